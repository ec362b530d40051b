"""Nowhere: a gene marks no niche."""

from __future__ import annotations

from data_prep.claims.claim import CONTRADICTED, SUPPORTED, UNCLEAR, Claim
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, most_needed
from data_prep.claims.kinds.enriched import TYPES as ENRICHED_TYPES
from data_prep.claims.samples import of_tissue
from data_prep.facts.facts import Facts

_ENRICHED = ENRICHED_TYPES[0]


def _check(claim: Claim, facts: Facts) -> Evidence:
    label = facts.markers.label[facts.slide.gene_index(claim.gene)]
    marked = [name for name, of_niche in zip(facts.slide.niches, label, strict=True) if of_niche == 1]
    verdict = CONTRADICTED if marked else SUPPORTED if (label == 0).all() else UNCLEAR
    open_niches = [name for name, of_niche in zip(facts.slide.niches, label, strict=True) if of_niche == -1]
    in_each = (_ENRICHED.check(Claim(_ENRICHED.kind, claim.gene, name), facts).needs for name in open_niches)
    needs = most_needed(in_each) if verdict == UNCLEAR else ""
    words = f"marks {', '.join(marked) or 'none'}"
    if verdict == UNCLEAR:
        words += f", unclear in {', '.join(open_niches)}"
    return Evidence(verdict, float(len(marked)), 0.0, words, needs=needs)


def _threshold(claim: Claim) -> str:
    return f"in every niche: {_ENRICHED.threshold(claim)}"


TYPES = (
    ClaimType(
        kind="nowhere",
        sentences=("{gene} is enriched in no niche.", "{gene} marks no niche.", "No niche is marked by {gene}."),
        statistic="niches that it marks",
        check=_check,
        threshold=_threshold,
        sample=of_tissue,
    ),
)
