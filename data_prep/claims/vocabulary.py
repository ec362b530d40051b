"""The vocabulary: every kind of claim that NicheLens can make. Each family of kinds has one file."""

from data_prep.claims import enrichment, gene_over_tissue, gene_pairs, inside_niche, location, niche_identity
from data_prep.claims.claim_type import ClaimType

CLAIM_TYPES: dict[str, ClaimType] = {
    claim_type.kind: claim_type
    for family in (enrichment, location, gene_over_tissue, inside_niche, gene_pairs, niche_identity)
    for claim_type in family.TYPES
}
"""Name of a kind → its type."""
