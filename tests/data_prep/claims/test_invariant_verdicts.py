"""Verdicts do not change with what has nothing to do with the tissue: the same number and verdict for every claim."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import permutations, product

import numpy as np
import pytest

from data_prep.claims.checker import Entry, check
from data_prep.claims.claim import DECIDED, Claim
from data_prep.claims.vocabulary import CLAIM_TYPES, KNOWN_KINDS
from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.claims.known_lists import with_lists
from tests.data_prep.facts.irrelevant_changes import CHANGES, OTHER_SIZE, SIZE, with_unlabelled_tissue

KINDS = sorted(CLAIM_TYPES.keys() - {"identity", "composed_of"})
"""A name is no fact, and the slide has no cell types."""


@pytest.fixture(scope="module")
def facts() -> Facts:
    slide = make_slide(12, n_spots=800, n_niches=4, n_genes=24, layout="cells", pattern="blobs")
    return Facts.measure(with_lists(dataclasses.replace(slide, niche=np.maximum(slide.niche, 0))), SIZE)


def _claims(facts: Facts, kind: str) -> Iterator[Claim]:
    """Claims of a kind with all its values on some genes and niches."""
    claim_type, genes, niches = CLAIM_TYPES[kind], [str(gene) for gene in facts.slide.genes], facts.slide.niches
    words = " ".join(claim_type.sentences)
    all_others = {"gene": [genes[13]], "niche": [niches[3]], "known name": facts.slide.knowledge.lists}
    others = all_others[claim_type.other] if "{other}" in words else [""]
    if kind == "signals_to":
        pairs = [(pair.ligand[0], pair.receptor[0]) for pair in facts.slide.knowledge.pairs[:8]]
        for (ligand, receptor), (niche, value) in product(pairs, permutations(niches, 2)):
            yield Claim(kind, ligand, niche, value, receptor)
        return
    asked_genes = genes[:8] if "{gene}" in words else [""]
    asked_niches = niches[:3] if "{niche}" in words else [""]
    for gene, niche, value, other in product(asked_genes, asked_niches, claim_type.values or [""], others):
        yield Claim(kind, gene, niche, value, other)


def _evidence(entry: Entry) -> tuple:
    return entry.number, entry.error, entry.threshold, entry.n_spots, entry.depth, entry.pooled, entry.needs


@pytest.mark.parametrize("change", CHANGES)
def test_every_claim_has_the_same_verdict(facts: Facts, change: Callable[[Slide], Slide]) -> None:
    changed = Facts.measure(with_lists(change(facts.slide)), OTHER_SIZE)
    renamed = {"": ""} | dict(zip(map(str, facts.slide.genes), map(str, changed.slide.genes), strict=True))
    renamed |= dict(zip(facts.slide.niches, changed.slide.niches, strict=True))
    checked = Counter()
    # Unlabelled tissue is part of the slide, and its depth is drawn.
    of_slide = change is not with_unlabelled_tissue
    for kind in [kind for kind in KINDS if of_slide or not CLAIM_TYPES[kind].is_about_slide]:
        for claim in _claims(facts, kind):
            value = renamed.get(claim.value, claim.value)  # of signals, it is a niche
            other = renamed.get(claim.other, claim.other)
            same = Claim(kind, renamed[claim.gene], renamed[claim.niche], value, other)
            ours, theirs = check(claim, facts), check(same, changed)
            assert ours.verdict == theirs.verdict, claim
            np.testing.assert_equal(_evidence(ours), _evidence(theirs))
            checked[kind in KNOWN_KINDS] += ours.verdict in DECIDED
    assert checked[False] > 200
    assert checked[True] > 30
