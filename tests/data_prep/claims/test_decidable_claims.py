"""Which kinds of claim a slide can decide: the ledger's own verdicts, on genes from rare to common."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.claims.decidable_claims import SAMPLED_GENES, decidable_kinds, sampled_genes
from data_prep.facts.facts import Facts
from data_prep.facts.thinning import thin
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(3, n_spots=900, n_niches=4, n_genes=90, layout="hex", pattern="layers")


@pytest.fixture(scope="module")
def facts(slide: Slide) -> Facts:
    return Facts.measure(slide)


def test_genes_are_sampled_from_rare_to_common(facts: Facts) -> None:
    totals = np.asarray(facts.slide.counts[facts.slide.niche >= 0].sum(axis=0)).ravel()
    own = [totals[facts.slide.gene_index(gene)] for gene in sampled_genes(facts)]
    assert len(own) == SAMPLED_GENES
    assert own == sorted(own)
    assert (own[0], own[-1]) == (totals[totals > 0].min(), totals.max())


def test_every_claim_is_decided_or_needs_something(facts: Facts) -> None:
    kinds = {kind.kind: kind for kind in decidable_kinds(facts, has_niches=True)}
    assert {"enriched", "depleted", "patterned", "highest", "gradient", "colocalised", "form"} <= set(kinds)
    for kind in kinds.values():
        assert kind.n_decided + kind.n_counts + kind.n_spots + kind.n_between == kind.n_claims
        assert 0 <= kind.share <= 1
    assert kinds["enriched"].share > 0.8


def test_fewer_counts_decide_less_and_need_counts(slide: Slide, facts: Facts) -> None:
    sparse = slide.with_counts(thin(slide.counts, np.full(slide.n_spots, 0.01), 0))
    kept = np.flatnonzero(sparse.depth > 0)
    sparse = replace(sparse, counts=sparse.counts[kept], xy=sparse.xy[kept], niche=sparse.niche[kept])
    full, thinned = (
        {kind.kind: kind for kind in decidable_kinds(part, has_niches=True)} for part in (facts, Facts.measure(sparse))
    )
    for kind in ("enriched", "patterned"):
        assert thinned[kind].share < full[kind].share - 0.2
        assert thinned[kind].needs == "more counts"


def test_stand_ins_for_niches_are_not_talked_about(facts: Facts) -> None:
    kinds = {kind.kind for kind in decidable_kinds(facts, has_niches=False)}
    assert "patterned" in kinds
    assert not kinds & {"enriched", "form", "adjacent", "partial", "spills_over"}
