"""Composed of: a niche has mostly, partly or hardly any cells of a cell type."""

from __future__ import annotations

from math import inf

from data_prep.claims.candidates import of_cell_types
from data_prep.claims.claim import Claim
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.conflicts import same_niche
from data_prep.claims.evidence import Evidence, in_percent, not_asked, range_in_words, weigh_margin
from data_prep.claims.samples import of_niche
from data_prep.facts.facts import Facts

BANDS = {"mostly": (0.5, inf), "partly": (0.2, 0.5), "hardly": (-inf, 0.05)}
"""Least and largest share of the niche's cells for each word. No word fits a share between 0.05 and 0.2."""
SHARE_SLACK = {"mostly": 0.05, "partly": 0.05, "hardly": 0.03}
"""A word is certain if the share could change by this and keep the word."""


def share_margin(share: float, band: str) -> float:
    """How far inside a band a share in 0..1 lies, in units of the slack; negative outside."""
    low, high = BANDS[band]
    return min(share - low, high - share) / SHARE_SLACK[band]


def _are_both_most(a: Claim, b: Claim) -> bool:
    return same_niche(a, b) and a.other != b.other and a.value == b.value == "mostly"


def _check(claim: Claim, facts: Facts) -> Evidence:
    shares = facts.composition.get(claim.niche, {})
    if claim.other not in shares:
        return not_asked("no such cell type")
    share = shares[claim.other]
    return weigh_margin(share_margin(share.value, claim.value), share.value, in_percent(share.value), share.error)


def _threshold(claim: Claim) -> str:
    low, high = BANDS[claim.value]
    return f"{claim.value} is {range_in_words(low, high, '{:.0%}')}, by {SHARE_SLACK[claim.value]:.0%}"


TYPES = (
    ClaimType(
        kind="composed_of",
        sentences=("{niche} is {value} composed of {other}.", "The cells of {niche} are {value} those of {other}."),
        values={band: band for band in BANDS},
        other="cell type",
        statistic="share of its cells",
        check=_check,
        threshold=_threshold,
        sample=of_niche,
        question=ClaimQuestion(
            figure="share",
            wordings=(
                "Is the niche {value} composed of this cell type?",
                "Are the cells of the niche {value} of this type?",
                "Does the niche {value} consist of this cell type?",
            ),
            candidates=of_cell_types("composed_of", BANDS),
            exclusive=True,
        ),
        excludes={"composed_of": _are_both_most},
    ),
)
