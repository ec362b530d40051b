"""The task compare: as many pairs of one place as pairs of two places."""

from collections import Counter

from data_prep.facts.facts import Facts
from tests.data_prep.tasks.task_examples import make_examples


def test_compare_asks_as_many_yes_as_no(facts: Facts) -> None:
    examples = make_examples(facts, "compare", 5, 20)
    assert Counter(example.label for example in examples)["yes"] * 2 == len(examples) >= 10
    for example in examples:
        assert example.completion.startswith("Yes." if example.label == "yes" else "No.")


def test_answers_are_worded_in_several_ways(facts: Facts) -> None:
    examples = make_examples(facts, "compare", 6, 60)
    reasons = {example.completion.split(". ", 1)[1] for example in examples if example.label == "yes"}
    assert len(reasons) > 1
