"""Turns a sentence as people and models write it into plain text: no Markdown, no contractions, one kind of quotes."""

from __future__ import annotations

import re

_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "\u00a0": " ", "§": " ", "−": "-"})
_MARKUP: tuple[tuple[str, str], ...] = (
    (r"!?\[([^\]\n]*)\]\([^)\s]*\)", r"\1"),  # links and pictures
    (r"</?[a-zA-Z][^<>]{0,200}>", " "),  # HTML
    (r"\*+|`+|~~", ""),
    (r"(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)", ""),
    (r"^\s*(?:[-+•‣>]|#{1,6})\s+", ""),
    (r"\s*[–—]+\s*|\s+--?\s+", " – "),
)
_CONTRACTIONS: tuple[tuple[str, str], ...] = (
    (r"\bwon't\b", "will not"),
    (r"\bcan(?:'t|not)\b", "can not"),
    (r"\b(is|are|was|were|does|do|did|has|have|had|could|would|should|must|need)n'?t\b", r"\1 not"),
    (r"\b(it|that|there|here|what|which|who)'s\b", r"\1 is"),
    (r"\b(they|we|you)'re\b", r"\1 are"),
    (r"\b(i|we|they|you)'ve\b", r"\1 have"),
    (r"\bi'm\b", "i am"),
)
_STRUCK = re.compile(r"~~|</?(?:s|del|strike)\b[^<>]*>|<!--|-->|^\W*\[ \]", re.IGNORECASE)
"""Marks of words that are struck out, hidden or still to do. What a sentence with them says depends on who shows it."""
_QUOTED = re.compile(r'"([^"]*)"')
_LONGEST_QUOTED_NAME = 3
"""Words in quotes that are a name. More words are what somebody else says, and no statement of this text."""


def to_plain_text(sentence: str) -> str:
    """The sentence without markup, with contractions written out, and with longer quotations left out.

    Nothing is left of a sentence in which words are struck out.
    """
    if _STRUCK.search(sentence):
        return ""
    text = sentence.translate(_SIGNS)
    for pattern, words in _MARKUP:
        text = re.sub(pattern, words, text)
    for pattern, words in _CONTRACTIONS:
        text = re.sub(pattern, words, text, flags=re.IGNORECASE)
    return " ".join(_QUOTED.sub(_unquoted, text).split())


def _unquoted(quoted: re.Match[str]) -> str:
    return quoted[1] if len(quoted[1].split()) <= _LONGEST_QUOTED_NAME else " quotation "
