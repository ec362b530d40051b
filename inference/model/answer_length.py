"""How long the answers of a model are: in prose, or only "Yes." and "No."."""

from __future__ import annotations

GENERATION_FILE = "generation_config.json"
"""The file in a model's folder that tells the length of its answers, as ``max_new_tokens``."""
_YES_OR_NO = 8
"""Tokens below which there is no sentence, with room for a full stop, a line break and an end of turn."""


def writes_prose(max_new_tokens: int | None) -> bool:
    """Whether a model answers in sentences, by the ``max_new_tokens`` of its generation settings.

    A model that was only taught yes/no questions says so there. A model that says nothing is taken to write prose.
    """
    return max_new_tokens is None or max_new_tokens > _YES_OR_NO
