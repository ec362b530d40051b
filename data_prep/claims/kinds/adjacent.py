"""Adjacent: a niche borders another one."""

from __future__ import annotations

from dataclasses import replace

from data_prep.claims.candidates import of_niche_pairs
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, in_percent, weigh
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts
from data_prep.facts.measurement import Measurement

ADJACENT, NOT_ADJACENT = 0.15, 0.05
"""Share of the edges of the spot graph that leave a niche and end in the other. A share of 0.15 is a border that the
eye finds at once; a share below 0.05 is a few stray spots."""


def _check(claim: Claim, facts: Facts) -> Evidence:
    shape = facts.shapes[claim.niche]
    share = Measurement(shape.contacts.get(claim.other, 0.0), shape.contact_errors.get(claim.other, 0.0))
    words = f"{in_percent(share.value)} ± {share.error:.0%}"
    return replace(weigh(share, ADJACENT, NOT_ADJACENT), words=words)


def _threshold(claim: Claim) -> str:
    return f"yes from {ADJACENT:.0%}, no up to {NOT_ADJACENT:.0%}"


TYPES = (
    ClaimType(
        kind="adjacent",
        sentences=("{niche} borders {other}.", "{niche} touches {other}."),
        joined=(
            ("{niche} borders {others}.", "{niche} borders {others}."),
            ("{niche} touches {others}.", "{niche} touches {others}."),
        ),
        statistic="share of the niche's border",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="pair",
            wordings=(
                "Does the niche border the other niche?",
                "Does the niche in black touch the niche in colour?",
                "Do the two niches share a border?",
            ),
            candidates=of_niche_pairs("adjacent"),
        ),
    ),
)
