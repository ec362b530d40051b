"""Nowhere: a gene marks no niche."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCHECKABLE, Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence
from data_prep.facts.facts import Facts


def _check(claim: Claim, facts: Facts) -> Evidence:
    label = facts.markers.label[facts.slide.gene_index(claim.gene)]
    marked = [name for name, of_niche in zip(facts.slide.niches, label, strict=True) if of_niche == 1]
    verdict = CONTRADICTED if marked else SUPPORTED if (label == 0).all() else UNCHECKABLE
    return Evidence(verdict, float(len(marked)), 0.0, f"marks {', '.join(marked) or 'none'}")


TYPES = (
    ClaimType(
        kind="nowhere",
        sentences=("{gene} is enriched in no niche.", "{gene} marks no niche.", "No niche is marked by {gene}."),
        statistic="niches that it marks",
        check=_check,
    ),
)
