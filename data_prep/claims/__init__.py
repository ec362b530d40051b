"""The closed vocabulary of claims: each kind is spoken, heard, measured and checked in one place."""

from data_prep.claims.checking import Entry, check
from data_prep.claims.claim import (
    CONTRADICTED,
    FIRST_GENE,
    SECOND_GENE,
    SUPPORTED,
    THE_NICHE,
    THIS_GENE,
    UNCHECKABLE,
    Claim,
    ClaimType,
    Names,
)
from data_prep.claims.enrichment import enriched_niches, gene_in_niche
from data_prep.claims.gene_over_tissue import gene_claims
from data_prep.claims.gene_pairs import pair_claims
from data_prep.claims.inside_niche import within_claims
from data_prep.claims.location import ADJACENT_SPOKEN, EXTENTS, PLACES, located, niche_claims
from data_prep.claims.niche_identity import composition_claims, programme_claims
from data_prep.claims.speech import (
    hear,
    hear_sentence,
    put_back,
    refer,
    resolve,
    sentence,
    speak,
    speak_answer,
    split_sentences,
)
from data_prep.claims.vocabulary import TYPES

__all__ = [
    "ADJACENT_SPOKEN",
    "CONTRADICTED",
    "EXTENTS",
    "FIRST_GENE",
    "PLACES",
    "SECOND_GENE",
    "SUPPORTED",
    "THE_NICHE",
    "THIS_GENE",
    "TYPES",
    "UNCHECKABLE",
    "Claim",
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
    "programme_claims",
    "put_back",
    "refer",
    "resolve",
    "sentence",
    "speak",
    "speak_answer",
    "split_sentences",
    "within_claims",
]
