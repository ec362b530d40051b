"""The task marker: checkerboard quads that no text can answer, asked with and without names."""

from collections import Counter

import numpy as np

from data_prep import tasks
from data_prep.facts.facts import Facts
from tests.data_prep.tasks.task_examples import make_examples


def test_quads_are_half_yes_for_every_gene_and_niche_and_never_repeat() -> None:
    rng = np.random.default_rng(0)
    label = rng.choice([1, 0, -1], (200, 6), p=[0.2, 0.6, 0.2]).astype(np.int8)
    asked = [
        (gene, niche, label[gene, niche])
        for genes, niches in tasks.checkerboard_quads(label, rng)
        for gene in genes
        for niche in niches
    ]
    assert len(asked) >= 200
    assert len({(gene, niche) for gene, niche, _ in asked}) == len(asked)
    assert {answer for *_, answer in asked} == {0, 1}
    for column in (0, 1):
        yes, total = Counter(), Counter()
        for row in asked:
            total[row[column]] += 1
            yes[row[column]] += int(row[2])
        assert all(2 * yes[key] == total[key] for key in total)


def test_quads_keep_to_the_limit_and_to_their_seed() -> None:
    label = np.random.default_rng(1).choice([1, 0], (60, 4)).astype(np.int8)
    first = list(tasks.checkerboard_quads(label, np.random.default_rng(5), 7))
    assert len(first) == 7
    assert first == list(tasks.checkerboard_quads(label, np.random.default_rng(5), 7))


def test_questions_hide_names_unless_asked_for(facts: Facts) -> None:
    gene, niche = str(facts.slide.genes[0]), facts.slide.niches[0]
    hidden = tasks.marker_question(facts.canvas, gene, niche)
    assert gene not in hidden.prompt
    assert niche not in hidden.prompt
    named = tasks.marker_question(facts.canvas, gene, niche, named=True)
    assert gene in named.prompt
    assert niche in named.prompt
    np.testing.assert_array_equal(hidden.images[0], named.images[0])


def test_a_named_quad_is_named_whole(facts: Facts) -> None:
    examples = make_examples(facts, "marker", 6, 40, named=0.5)
    by_name = [example.question.prompt != tasks.MARKER_PROMPT for example in examples]
    assert set(by_name) == {True, False}
    assert all(len(set(by_name[i : i + 4])) == 1 for i in range(0, len(by_name), 4))
