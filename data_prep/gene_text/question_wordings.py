"""Wordings: how a question about a gene is asked. The words of a question say nothing of its answer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from data_prep.gene_text.sentence_topics import DISEASE, EXPRESSION, FAMILY, FUNCTION, LOCATION, PARTNERS

GENE_WORDINGS: Mapping[str, tuple[str, ...]] = {
    FUNCTION: (
        "What does the gene {gene} do?",
        "What is the function of {gene}?",
        "What is known about the function of the gene {gene}?",
        "Which role does {gene} play?",
        "Tell me what {gene} does.",
    ),
    DISEASE: (
        "In which disease is {gene} involved?",
        "Which diseases are known for the gene {gene}?",
        "Is a disease known for {gene}, and which one?",
    ),
    LOCATION: (
        "Where in the cell is the product of {gene}?",
        "In which part of the cell is the product of the gene {gene}?",
    ),
    EXPRESSION: (
        "Where in the body is {gene} expressed?",
        "In which tissues or cells is the gene {gene} expressed?",
        "Which tissues express {gene}?",
    ),
    FAMILY: (
        "To which family does {gene} belong?",
        "Which gene family is {gene} a member of?",
    ),
    PARTNERS: (
        "What does the product of {gene} bind to?",
        "With what does the product of the gene {gene} form a complex, or interact?",
    ),
}
"""Topic → questions that suit every gene."""
PROTEIN_WORDINGS: Mapping[str, tuple[str, ...]] = {
    FUNCTION: (
        "What is the function of the protein that {gene} encodes?",
        "What does the protein {gene} do in the cell?",
    ),
    LOCATION: ("Where in the cell is the protein {gene} found?", "Where is the protein that {gene} encodes located?"),
    FAMILY: ("Which protein family does {gene} belong to?",),
    PARTNERS: ("What does the protein {gene} bind to?", "Which partners does the protein {gene} interact with?"),
}
"""Topic → further questions that suit genes with a protein."""
WORDS_OF_QUESTIONS = frozenset(
    word
    for wordings in (*GENE_WORDINGS.values(), *PROTEIN_WORDINGS.values())
    for wording in wordings
    for word in wording.replace("{gene}", "").lower().replace("?", " ").replace(".", " ").replace(",", " ").split()
)
"""Words of all wordings: they occur in the questions about every gene, so they tell nothing."""


def word_question(topic: str, symbol: str, *, has_protein: bool, seed: int) -> str:
    """A question about a topic of a gene. The wording is drawn by the seed, the gene and the topic."""
    wordings = GENE_WORDINGS[topic] + (PROTEIN_WORDINGS.get(topic, ()) if has_protein else ())
    digest = hashlib.sha256(f"{seed}:{topic}:{symbol}".encode()).digest()
    return wordings[int.from_bytes(digest[:8], "big") % len(wordings)].format(gene=symbol)
