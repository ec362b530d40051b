"""TextProcessor: the tokenizer of a language model without pictures, used like the processor of one with pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


class TextProcessor:
    """A tokenizer that is called as a processor is.

    Attributes:
        tokenizer: the tokenizer.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Wraps a tokenizer."""
        self.tokenizer = tokenizer

    @property
    def chat_template(self) -> str | None:
        """The chat template of the tokenizer; None for a model that was not tuned to follow instructions."""
        return self.tokenizer.chat_template

    def __call__(self, text: Sequence[str], images: None = None, **options: Any) -> Any:
        """The tokens of some texts.

        Args:
            text: the texts.
            images: always None.
            options: of the tokenizer.
        """
        return self.tokenizer(list(text), **options)

    def apply_chat_template(self, messages: Sequence[dict[str, Any]], **options: Any) -> Any:
        """As that of the tokenizer. Templates of language models expect plain text, not a list of parts."""
        plain = [
            message | {"content": "".join(part["text"] for part in message["content"])}
            if isinstance(message["content"], list)
            else message
            for message in messages
        ]
        return self.tokenizer.apply_chat_template(plain, **options)

    def save_pretrained(self, folder: str | Path) -> None:
        """Saves the tokenizer."""
        self.tokenizer.save_pretrained(folder)
