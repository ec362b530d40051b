"""The lexicon: every phrase by which a claim is heard in free prose."""

from __future__ import annotations

from data_prep.claims.prose.niche_gene_phrases import DEPLETED, ENRICHED, WITHIN_NICHE
from data_prep.claims.prose.niche_phrases import CELLS, FORM, NEIGHBOURS, PLACE_AND_SIZE
from data_prep.claims.prose.phrase import Phrase
from data_prep.claims.prose.slide_phrases import SLIDE
from data_prep.claims.prose.tissue_phrases import GENE_ON_TISSUE, GENE_PAIRS

PHRASES: tuple[Phrase, ...] = (
    *WITHIN_NICHE,
    *ENRICHED,
    *DEPLETED,
    *GENE_PAIRS,
    *GENE_ON_TISSUE,
    *NEIGHBOURS,
    *FORM,
    *PLACE_AND_SIZE,
    *CELLS,
    *SLIDE,
)
