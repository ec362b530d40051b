"""What an answer must say beside its claims, where the question asks for a little more than its claims tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from data_prep.claims import Claim
from inference.answers.question_words import Clause

EACH_BY_ITSELF = "Each niche is compared with all the other tissue, not with the other niche."
"""Note on a question that compares niches."""
NOT_WITH_EACH = "A niche is compared with all the other tissue, not with each other niche."
"""Note on a question whether a gene is highest, lowest or best in a niche."""
MAY_BE_EXPRESSED = (
    "The niche is compared with all the other tissue: a gene that is not enriched there, or depleted, may still be "
    "expressed in it."
)
"""Note on a question whether a niche has a gene at all."""
MAY_BE_ELSEWHERE = "A gene that is enriched in a niche may be expressed in other niches too."
"""Note on a question whether a gene is in one niche only."""
_IN_NICHE = ("enriched", "depleted")
_AMOUNT = {"ENRICHED", "MARKER", "DEPLETED", "HIGH", "LOW", "HIGH_OR_LOW"}
_PRESENCE = re.compile(r"absent|missing|lack|devoid|silent|absence|empty|without")
_SUPERLATIVE = re.compile(
    r"\b(?:highest|lowest|most|least|best|top|strongest|weakest|greatest|fewest|peak\w*|max\w*)\b"
)
_ONLY = re.compile(r"\b(?:only|solely|exclusive\w*|unique\w*|restricted|confined|limited)\b")


def note_on(asking: Sequence[Clause], claims: Sequence[Claim]) -> str:
    """The note on a question; "" where its claims say all that it asks.

    Args:
        asking: the clauses that ask.
        claims: that they ask about.
    """
    niches = {claim.niche for claim in claims if claim.kind in _IN_NICHE}
    if not niches:
        return ""
    if any(clause.has("THAN", "COMPARE") for clause in asking) and len(niches) > 1:
        return EACH_BY_ITSELF
    words = " ".join(token.text for clause in asking for token in clause.tokens)
    if _ONLY.search(words):
        return MAY_BE_ELSEWHERE
    if all(map(_asks_for_presence, asking)):
        return MAY_BE_EXPRESSED
    is_of_gene = any(claim.gene for claim in claims if claim.kind in _IN_NICHE) and any(
        clause.genes for clause in asking
    )
    return NOT_WITH_EACH if is_of_gene and _SUPERLATIVE.search(words) else ""


def _asks_for_presence(clause: Clause) -> bool:
    """Whether a clause asks if a gene is there, and not how much of it."""
    amounts = [token for token in clause.tokens if not token.subjects.isdisjoint(_AMOUNT)]
    return bool(clause.genes) and all("EXPRESSED" in t.subjects or _PRESENCE.search(t.text) for t in amounts)
