"""Whether a claim holds on a slide, and the number that decides."""

from __future__ import annotations

from dataclasses import dataclass

from data_prep.claims.claim import UNCHECKABLE, Claim
from data_prep.claims.speech import sentence
from data_prep.claims.vocabulary import TYPES
from data_prep.facts.facts import Facts


@dataclass(frozen=True)
class Entry:
    """One line of the ledger: a claim, what became of it, and the number that decided.

    Attributes:
        claim: the claim with real names.
        verdict: supported, contradicted or uncheckable.
        statistic: what was measured, in words.
        value: its value, formatted.
        sentence: the claim as a sentence with real names.
    """

    claim: Claim
    verdict: str
    statistic: str
    value: str
    sentence: str


def check(claim: Claim, facts: Facts) -> Entry:
    """Checks a resolved claim against the facts of its slide."""
    known = TYPES[claim.kind]
    genes = [claim.gene, claim.other if known.other == "gene" else ""]
    niches = [claim.niche, claim.other if known.other == "niche" else ""]
    on_slide = all(not name or (facts.slide.genes == name).any() for name in genes)
    on_slide &= all(not name or name in facts.shapes for name in niches)
    if not on_slide:
        return Entry(claim, UNCHECKABLE, "names something that is not on the slide", "", sentence(claim))
    verdict, value = known.check(claim, facts)
    return Entry(claim, verdict, known.statistic, value, sentence(claim))
