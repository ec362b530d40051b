"""Claims about synthetic slides: planted ones are found, others are not, and fewer counts mean fewer verdicts."""

from collections import Counter

import numpy as np
import pytest

from data_prep.claims import CLAIM_TYPES, CONTRADICTED, DECIDED, SUPPORTED, UNCHECKABLE, UNCLEAR, check
from data_prep.facts.facts import Facts
from data_prep.facts.thinning import thin
from data_prep.synth.tissue import SynthTruth, make_tissue
from data_prep.tasks import CLAIM_TASKS, QuestionLimits, claim_of

PLANTED = {
    "marker": "enriched",
    "depleted": "depleted",
    "partial": "partial",
    "rim": "rim",
    "core": "rim",
    "spill": "spills_over",
    "gradient": "gradient",
    "depth": "follows_depth",
    "patch": "patterned",
}
"""Kind of planted gene → the claim that is true of it."""
FLAT = ("flat", "ubiquitous")
RATIOS = ("enriched", "depleted", "partial", "rim", "spills_over", "highest")
"""Kinds whose statistic is a log ratio of rates. Correlations and Moran's I are those of the maps as measured, and
noise lowers them."""


@pytest.fixture(scope="module")
def tissues() -> list[tuple[Facts, SynthTruth]]:
    made = [make_tissue(seed, n_genes=96) for seed in range(30, 42)]
    return [(Facts.measure(slide), truth) for slide, truth in made]


def verdicts(tissues: list[tuple[Facts, SynthTruth]], planted: tuple[str, ...], kind: str) -> Counter[str]:
    """The best verdict on the claims of a kind about each planted gene and its niche (any niche if it has none)."""
    found: Counter[str] = Counter()
    question = CLAIM_TYPES[kind].question
    assert question is not None
    for facts, truth in tissues:
        for gene in np.flatnonzero(np.isin(truth.kind, planted)):
            niche = next(iter(truth.niches[gene]), facts.slide.niches[0])
            claims = question.candidates(facts.slide, (str(facts.slide.genes[gene]),), (niche,))
            of_gene = {check(claim, facts).verdict for claim in claims}
            found[next(v for v in (SUPPORTED, UNCLEAR, UNCHECKABLE, CONTRADICTED) if v in of_gene)] += 1
    return found


@pytest.mark.parametrize(("planted", "kind"), PLANTED.items())
def test_planted_claims_are_found_and_flat_genes_have_none(
    tissues: list[tuple[Facts, SynthTruth]], planted: str, kind: str
) -> None:
    found, flat = verdicts(tissues, (planted,), kind), verdicts(tissues, FLAT, kind)
    assert found[SUPPORTED] >= 4
    assert found[SUPPORTED] / found.total() > 4 * flat[SUPPORTED] / flat.total()


def test_every_verdict_occurs(tissues: list[tuple[Facts, SynthTruth]]) -> None:
    for kind in set(PLANTED.values()):
        found = sum((verdicts(tissues, (planted,), kind) for planted in (*PLANTED, *FLAT)), Counter())
        assert min(found[verdict] for verdict in (SUPPORTED, UNCLEAR, CONTRADICTED)) > 0, kind


@pytest.mark.parametrize("kind", RATIOS)
def test_fewer_counts_make_claims_unclear_but_not_wrong(tissues: list[tuple[Facts, SynthTruth]], kind: str) -> None:
    later: Counter[str] = Counter()
    for facts, _ in tissues[:6]:
        slide = facts.slide
        sparse = Facts.measure(slide.with_counts(thin(slide.counts, np.full(slide.n_spots, 0.1), 0)))
        for spec in CLAIM_TASKS[kind].choose_questions(facts, np.random.default_rng(0), QuestionLimits(24)):
            verdict = check(claim_of(spec), sparse).verdict
            right = SUPPORTED if spec.label == "yes" else CONTRADICTED
            later["right" if verdict == right else "open" if verdict not in DECIDED else "wrong"] += 1
    assert later["open"] > 0
    assert later["wrong"] <= 0.05 * later.total()
