"""The task identity: the right name is one of the options, in any position."""

from collections import Counter
from dataclasses import replace

from data_prep.facts.facts import Facts
from tests.data_prep.tasks.task_examples import make_examples


def test_identity_offers_the_answer_once_and_anywhere(facts: Facts) -> None:
    named = replace(facts.slide, niches=("white matter", "cortex", "tumour", "stroma", "vessel"))
    examples = make_examples(Facts.measure(named), "identity", 7, 60)
    places = Counter()
    for example in examples:
        options = list(example.question.names.options.values())
        assert options.count(example.niche) == 1
        assert example.niche in example.question.prompt
        places[options.index(example.niche)] += 1
    assert set(places) == set(range(5))
    numbered = replace(facts.slide, niches=("1", "cluster 2", "niche_3", "Leiden 4", "domain-5"))
    assert make_examples(Facts.measure(numbered), "identity", 7, 20) == []
