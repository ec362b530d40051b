"""Conflicts: rules for claims of two kinds that cannot both be right (`ClaimType.excludes`)."""

from __future__ import annotations

from data_prep.claims.claim import Claim


def same_gene(a: Claim, b: Claim) -> bool:
    """Whether two claims are about the same gene, in whatever niche."""
    return a.gene == b.gene


def same_niche(a: Claim, b: Claim) -> bool:
    """Whether two claims are about the same niche."""
    return a.niche == b.niche


def same_gene_and_niche(a: Claim, b: Claim) -> bool:
    """Whether two claims are about the same gene in the same niche."""
    return same_gene(a, b) and same_niche(a, b)


def same_pair(a: Claim, b: Claim) -> bool:
    """Whether two claims are about the same two genes, in any order."""
    return {a.gene, a.other} == {b.gene, b.other}
