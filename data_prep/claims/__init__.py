"""The closed vocabulary of claims: each kind is spoken, heard, measured and checked in one place."""

from data_prep.claims.base import (
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
from data_prep.claims.genes import gene_claims
from data_prep.claims.identity import composition_claims, programme_claims
from data_prep.claims.ledger import Entry, check
from data_prep.claims.markers import enriched_niches, gene_in_niche
from data_prep.claims.pairs import pair_claims
from data_prep.claims.places import ADJACENT_SPOKEN, EXTENTS, PLACES, located, niche_claims
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
from data_prep.claims.types import TYPES
from data_prep.claims.within import within_claims

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
