"""The checker: compares a claim with the facts of its slide."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

from data_prep.claims.claim import SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.speaker import sentence
from data_prep.claims.vocabulary import CLAIM_TYPES
from data_prep.facts.facts import Facts


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a claim and the result of its check.

    Attributes:
        claim: the claim with real names.
        verdict: supported, contradicted or uncheckable.
        statistic: name of the statistic that decided.
        value: the measured value, formatted.
        sentence: the claim as a sentence with real names.
        number: the measured value; NaN where there is none.
        error: its standard error; NaN where there is none.
    """

    claim: Claim
    verdict: str
    statistic: str
    value: str
    sentence: str
    number: float = nan
    error: float = nan


def check(claim: Claim, facts: Facts) -> Entry:
    """Check a claim with real names against the facts of its slide."""
    claim_type, words = CLAIM_TYPES[claim.kind], sentence(claim, real_names=True)
    genes = [claim.gene, claim.other if claim_type.other == "gene" else ""]
    niches = [claim.niche, claim.other if claim_type.other == "niche" else ""]
    on_slide = all(not name or (facts.slide.genes == name).any() for name in genes)
    on_slide &= all(not name or name in facts.shapes for name in niches)
    if not on_slide:
        return Entry(claim, UNCHECKABLE, "names something that is not on the slide", "", words)
    evidence = claim_type.check(claim, facts)
    return Entry(
        claim=claim,
        verdict=evidence.verdict,
        statistic=claim_type.statistic,
        value=evidence.words,
        sentence=words,
        number=evidence.value,
        error=evidence.error,
    )


def holds(claim: Claim, facts: Facts) -> bool:
    """Whether the counts support a claim with real names of the slide."""
    return CLAIM_TYPES[claim.kind].check(claim, facts).verdict == SUPPORTED
