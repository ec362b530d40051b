"""Every kind of claim by its name."""

from data_prep.claims import enrichment, gene_over_tissue, gene_pairs, inside_niche, location, niche_identity
from data_prep.claims.claim import ClaimType

TYPES: dict[str, ClaimType] = {
    known.kind: known
    for family in (enrichment, location, gene_over_tissue, inside_niche, gene_pairs, niche_identity)
    for known in family.TYPES
}
