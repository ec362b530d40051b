"""Claims on the cell types and the name of a niche: composed_of, identity."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.claim_type import Checked, ClaimType
from data_prep.facts.facts import Facts

SHARES = {"mostly": 0.5, "partly": 0.2, "hardly": 0.0}
"""Band → least share of the niche's cells that are of a cell type."""
HARDLY = 0.02
"""Largest share for "hardly". No claim is made between this and "partly"."""
SHARE_SLACK = 0.05
"""Tolerance of the check of a band."""


def composition_claims(facts: Facts, niche: str, cell_types: list[str]) -> list[Claim]:
    """Claims on the share of each cell type in a niche. A share between two bands gives no claim."""
    claims = []
    for name in cell_types:
        band = _band(facts.composition[niche][name])
        if band:
            claims.append(Claim("composed_of", niche=niche, value=band, other=name))
    return claims


def _band(share: float) -> str:
    if share <= HARDLY:
        return "hardly"
    return next((band for band, least in SHARES.items() if least and share >= least), "")


def _check_composition(claim: Claim, facts: Facts) -> Checked:
    if claim.other not in facts.composition.get(claim.niche, {}):
        return UNCHECKABLE, "no such cell type"
    share = facts.composition[claim.niche][claim.other]
    near = {_band(max(share + change, 0.0)) for change in (-SHARE_SLACK, 0.0, SHARE_SLACK)}
    return (SUPPORTED if claim.value in near else CONTRADICTED), f"{share:.0%}"


def _check_identity(claim: Claim, facts: Facts) -> Checked:
    if claim.value not in facts.slide.niches:
        return UNCHECKABLE, "no such option"
    return (SUPPORTED if claim.value == claim.niche else CONTRADICTED), claim.niche


TYPES = (
    ClaimType(
        kind="composed_of",
        sentences=("{niche} is {value} composed of {other}.", "The cells of {niche} are {value} those of {other}."),
        values={band: band for band in SHARES},
        other="cell type",
        statistic="share of its cells",
        check=_check_composition,
    ),
    ClaimType(
        kind="identity",
        sentences=("{niche} is option {value}.", "The name of {niche} is option {value}."),
        statistic="the name that the slide gives it",
        check=_check_identity,
    ),
)
