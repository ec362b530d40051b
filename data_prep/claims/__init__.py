"""Claims: statements about a slide, in a closed vocabulary.

``vocabulary`` lists the kinds of claim. The functions ``*_claims`` make the claims that are true of a slide.
``speaker`` writes claims as sentences, ``hearer`` reads them from a model's text, and ``checker`` compares them with
the facts. ``names`` exchanges the references that a model writes ("this gene", "the niche") and real names.
"""

from data_prep.claims.checker import Entry, check
from data_prep.claims.claim import (
    CONTRADICTED,
    FIRST_GENE,
    SECOND_GENE,
    SUPPORTED,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    UNCHECKABLE,
    Claim,
)
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.enrichment import enriched_niches, gene_in_niche
from data_prep.claims.gene_over_tissue import gene_claims
from data_prep.claims.gene_pairs import pair_claims
from data_prep.claims.hearer import hear, hear_sentence, split_sentences
from data_prep.claims.inside_niche import within_claims
from data_prep.claims.location import ADJACENT_SPOKEN, EXTENTS, PLACES, located, niche_claims
from data_prep.claims.names import Names, refer, resolve, restore_names
from data_prep.claims.niche_identity import composition_claims
from data_prep.claims.speaker import sentence, speak, speak_answer
from data_prep.claims.vocabulary import CLAIM_TYPES

__all__ = [
    "ADJACENT_SPOKEN",
    "CLAIM_TYPES",
    "CONTRADICTED",
    "EXTENTS",
    "FIRST_GENE",
    "PLACES",
    "SECOND_GENE",
    "SUPPORTED",
    "THE_NICHE",
    "THE_OTHER_NICHE",
    "THIS_CELL_TYPE",
    "THIS_GENE",
    "UNCHECKABLE",
    "Claim",
    "ClaimQuestion",
    "ClaimType",
    "Entry",
    "Names",
    "check",
    "composition_claims",
    "enriched_niches",
    "gene_claims",
    "gene_in_niche",
    "hear",
    "hear_sentence",
    "located",
    "niche_claims",
    "pair_claims",
    "refer",
    "resolve",
    "restore_names",
    "sentence",
    "speak",
    "speak_answer",
    "split_sentences",
    "within_claims",
]
