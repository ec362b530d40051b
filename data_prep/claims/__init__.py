"""Claims: statements about a slide, in a closed vocabulary.

``kinds`` has one file for each kind of claim; ``vocabulary`` lists them. ``true_claims`` makes the claims that are true
of a slide. ``speaker`` writes claims as sentences, ``hearer`` reads them from a model's text, and ``checker`` compares
them with the facts. ``names`` exchanges the references that a model writes ("this gene", "the niche") and real names.
"""

from data_prep.claims.checker import (
    Entry,
    check,
    evidence_beside,
    evidence_fields,
    evidence_line,
    holds,
    measured_words,
)
from data_prep.claims.claim import (
    CONTRADICTED,
    DECIDED,
    FIRST_GENE,
    SECOND_GENE,
    SUPPORTED,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    THIS_LIST,
    UNCHECKABLE,
    UNCLEAR,
    VERDICT_MARKS,
    Claim,
)
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.claims.claim_type import ClaimType
from data_prep.claims.evidence import Evidence, in_percent
from data_prep.claims.hearer import (
    bare_answer,
    denial_of,
    hear,
    hear_sentence,
    hear_sentences,
    split_sentences,
)
from data_prep.claims.mentions import SlideNames
from data_prep.claims.names import Names, refer, resolve, restore_names
from data_prep.claims.prose import REFERENCES, HeardSentence
from data_prep.claims.speaker import sentence, speak, speak_answer
from data_prep.claims.true_claims import (
    composition_claims,
    enriched_niches,
    enrichment_claims,
    gene_claims,
    niche_claims,
    pair_claims,
    peak_claims,
    within_claims,
)
from data_prep.claims.vocabulary import ASKED_KINDS, CLAIM_TYPES

__all__ = [
    "ASKED_KINDS",
    "CLAIM_TYPES",
    "CONTRADICTED",
    "DECIDED",
    "FIRST_GENE",
    "REFERENCES",
    "SECOND_GENE",
    "SUPPORTED",
    "THE_NICHE",
    "THE_OTHER_NICHE",
    "THIS_CELL_TYPE",
    "THIS_GENE",
    "THIS_LIST",
    "UNCHECKABLE",
    "UNCLEAR",
    "VERDICT_MARKS",
    "Claim",
    "ClaimQuestion",
    "ClaimType",
    "Entry",
    "Evidence",
    "HeardSentence",
    "Names",
    "SlideNames",
    "bare_answer",
    "check",
    "composition_claims",
    "denial_of",
    "enriched_niches",
    "enrichment_claims",
    "evidence_beside",
    "evidence_fields",
    "evidence_line",
    "gene_claims",
    "hear",
    "hear_sentence",
    "hear_sentences",
    "holds",
    "in_percent",
    "measured_words",
    "niche_claims",
    "pair_claims",
    "peak_claims",
    "refer",
    "resolve",
    "restore_names",
    "sentence",
    "speak",
    "speak_answer",
    "split_sentences",
    "within_claims",
]
