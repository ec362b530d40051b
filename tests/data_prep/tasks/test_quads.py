"""Quads: no text and no average of a gene or niche can answer them; flat genes are true of no niche."""

from collections import Counter

import numpy as np

from data_prep.tasks import checkerboard_quads
from data_prep.tasks.quads import flat_pairs


def test_quads_are_half_yes_for_every_gene_and_niche_and_never_repeat() -> None:
    rng = np.random.default_rng(0)
    label = rng.choice([1, 0, -1], (200, 6), p=[0.2, 0.6, 0.2]).astype(np.int8)
    asked = [
        (gene, niche, label[gene, niche])
        for genes, niches in checkerboard_quads(label, rng)
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
    first = list(checkerboard_quads(label, np.random.default_rng(5), 7))
    assert len(first) == 7
    assert first == list(checkerboard_quads(label, np.random.default_rng(5), 7))


def test_flat_genes_have_the_answer_yes_nowhere() -> None:
    label = np.random.default_rng(2).choice([1, 0, -1], (80, 3), p=[0.1, 0.8, 0.1]).astype(np.int8)
    pairs = list(flat_pairs(label, np.random.default_rng(0)))
    assert len(pairs) >= 10
    for gene, flat, niche in pairs:
        assert label[gene, niche] == 1
        assert label[flat, niche] == 0
        assert not (label[flat] == 1).any()
    genes = [gene for gene, flat, _ in pairs for gene in (gene, flat)]
    assert len(set(genes)) == len(genes)
