"""Highest: one ninth of the tissue has the highest mean of a gene. Its opposite is no_peak."""

from __future__ import annotations

from math import isfinite

from data_prep.claims.candidates import of_genes
from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_gene
from data_prep.claims.evidence import ERRORS, Evidence, in_words, not_asked, what_decides
from data_prep.claims.kinds.centred import PLACES
from data_prep.claims.samples import of_place, of_tissue
from data_prep.facts.facts import Facts
from data_prep.facts.measurement import Measurement

HIGHEST = 0.25
"""Log2 ratio of a ninth to the highest of the other eight. From 1.2-fold on a peak is seen beside its runner-up."""


def peak_verdict(ratio: Measurement) -> str:
    """The verdict on "this ninth is the highest".

    Supported: higher than all others by ``HIGHEST``, and still higher when it moves by its errors. Contradicted: lower
    than another one in the same way.
    """
    if not isfinite(ratio.value):
        return UNCLEAR
    far = abs(ratio.value) >= HIGHEST and abs(ratio.value) >= ERRORS * ratio.error
    return UNCLEAR if not far else SUPPORTED if ratio.value > 0 else CONTRADICTED


def _check_highest(claim: Claim, facts: Facts) -> Evidence:
    ratio = facts.gene_maps.ninths(claim.gene)[claim.value]
    if not isfinite(ratio.value) and not of_place(claim, facts).n_spots:
        return not_asked("the tissue has no spots there")
    verdict = peak_verdict(ratio)
    needs = what_decides(ratio, HIGHEST, -HIGHEST) if verdict == UNCLEAR else ""
    return Evidence(verdict, ratio.value, ratio.error, in_words(ratio), ratio.value, needs)


def _check_no_peak(claim: Claim, facts: Facts) -> Evidence:
    ratios = {place: r for place, r in facts.gene_maps.ninths(claim.gene).items() if isfinite(r.value)}
    if not ratios:
        return not_asked("too few spots in every ninth of the tissue")
    place = max(ratios, key=lambda name: ratios[name].value)
    first = ratios[place]
    certain_tie = first.value + ERRORS * first.error < HIGHEST
    verdict = SUPPORTED if certain_tie else CONTRADICTED if peak_verdict(first) == SUPPORTED else UNCLEAR
    needs = what_decides(first, HIGHEST, HIGHEST) if verdict == UNCLEAR else ""
    words = f"{in_words(first)} {PLACES[place]}"
    return Evidence(verdict, first.value, first.error, words, HIGHEST - first.value, needs)


def _threshold_highest(claim: Claim) -> str:
    return f"yes from {HIGHEST:+g}, no up to {-HIGHEST:+g}, each {ERRORS:g} errors from 0"


def _threshold_no_peak(claim: Claim) -> str:
    return (
        f"no peak below {HIGHEST:+g} with {ERRORS:g} errors added; a peak from {HIGHEST:+g}, {ERRORS:g} errors from 0"
    )


TYPES = (
    ClaimType(
        kind="highest",
        sentences=("{gene} is highest {value}.", "{gene} peaks {value}."),
        values=PLACES,
        statistic="log2 ratio of that ninth to the highest other ninth",
        check=_check_highest,
        threshold=_threshold_highest,
        sample=of_place,
        question=ClaimQuestion(
            figure="expression",
            wordings=(
                "Is this gene highest {value}?",
                "Does this gene peak {value}?",
                "Is the mean of this gene highest {value}?",
            ),
            candidates=of_genes("highest", PLACES),
            exclusive=True,
        ),
    ),
    ClaimType(
        kind="no_peak",
        sentences=("{gene} has no single peak.", "{gene} is highest in no single place."),
        statistic="log2 ratio of the highest ninth of the tissue to the next",
        check=_check_no_peak,
        threshold=_threshold_no_peak,
        sample=of_tissue,
        excludes={"highest": same_gene},
    ),
)
