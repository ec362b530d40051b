"""Claims on the cell types, the name and the marker programme of a niche: composed_of, identity, programme."""

from __future__ import annotations

from collections.abc import Mapping

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.claim_type import Checked, ClaimType
from data_prep.facts.facts import Facts

SHARES = {"mostly": 0.5, "partly": 0.2, "hardly": 0.0}
"""Band → least share of the niche's cells that are of a cell type."""
HARDLY = 0.02
"""Largest share for "hardly". No claim is made between this and "partly"."""
SHARE_SLACK = 0.05
"""Tolerance of the check of a band."""
Q_PROGRAMME = 0.01
"""A programme is claimed up to this q of the over-representation test, from ``LEAST_SHARED`` shared genes on."""
LEAST_SHARED = 3


def composition_claims(facts: Facts, niche: str, cell_types: list[str]) -> list[Claim]:
    """Claims on the share of each cell type in a niche. A share between two bands gives no claim."""
    claims = []
    for name in cell_types:
        band = _band(facts.composition[niche][name])
        if band:
            claims.append(Claim("composed_of", niche=niche, value=band, other=name))
    return claims


def programme_claims(facts: Facts, niche: str, gene_sets: Mapping[str, tuple[str, ...]]) -> list[Claim]:
    """The gene set that is most over-represented among the markers of a niche, if one is; at most one is claimed."""
    found = facts.programmes(niche, gene_sets)
    best = min(found, key=lambda name: (found[name][0], name), default=None)
    if best is None or found[best][0] >= Q_PROGRAMME or found[best][1] < LEAST_SHARED:
        return []
    return [Claim("programme", niche=niche, value=best)]


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


def _check_programme(claim: Claim, facts: Facts) -> Checked:
    tested = facts.tested_programmes(claim.niche)
    if claim.value not in tested:
        return UNCHECKABLE, "the gene set was not given"
    q, shared = tested[claim.value]
    right = q < Q_PROGRAMME and shared >= LEAST_SHARED
    return (SUPPORTED if right else CONTRADICTED), f"q = {q:.2g}, {shared} genes"


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
    ClaimType(
        kind="programme",
        sentences=('The markers of {niche} are rich in "{value}".', 'The programme of {niche} is "{value}".'),
        statistic="over-representation among its markers",
        check=_check_programme,
    ),
)
