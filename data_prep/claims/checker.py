"""The checker: compares a claim with the facts of its slide."""

from __future__ import annotations

from dataclasses import dataclass

from data_prep.claims.claim import UNCHECKABLE, Claim
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
    """

    claim: Claim
    verdict: str
    statistic: str
    value: str
    sentence: str


def check(claim: Claim, facts: Facts) -> Entry:
    """Check a claim with real names against the facts of its slide."""
    claim_type = CLAIM_TYPES[claim.kind]
    genes = [claim.gene, claim.other if claim_type.other == "gene" else ""]
    niches = [claim.niche, claim.other if claim_type.other == "niche" else ""]
    on_slide = all(not name or (facts.slide.genes == name).any() for name in genes)
    on_slide &= all(not name or name in facts.shapes for name in niches)
    if not on_slide:
        return Entry(claim, UNCHECKABLE, "names something that is not on the slide", "", sentence(claim))
    verdict, value = claim_type.check(claim, facts)
    return Entry(claim, verdict, claim_type.statistic, value, sentence(claim))
