"""Loads a sentence model for the search by words.

The vector of a text is the mean of the last states of a text encoder, as in Sentence-BERT (Reimers and Gurevych 2019).
Weights must be safetensors, and code of a model is never run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data_prep.errors import NicheLensError, first_line
from data_prep.facts.known.search.text_vectors import TextVectors
from inference.model.model_folder import find_model

MOST_TOKENS = 128
"""Names of lists and genes are short."""
FILES = ("config.json", "*.safetensors", "tokenizer*", "vocab*", "special_tokens_map.json", "*.model", "merges.txt")
"""Files to fetch from the Hub."""


def load_sentence_model(model: str | Path) -> TextVectors:
    """A function from texts to vectors, for `find_niches_by_words`.

    Args:
        model: folder or Hub id of a text encoder, for example "sentence-transformers/all-MiniLM-L6-v2".

    Raises:
        NicheLensError: there is no such model, or it cannot be loaded without running code of its own.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModel, AutoTokenizer

    source = find_model(model, FILES)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.path, trust_remote_code=False)
        encoder = AutoModel.from_pretrained(
            source.path, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
        ).eval()
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        message = (
            f"{source.name}: cannot be loaded as a text encoder ({first_line(error)}); give a model of sentences with "
            "safetensors weights"
        )
        raise NicheLensError(message) from error

    def encode(texts: Sequence[str]) -> np.ndarray:
        """(n_texts, n_numbers) mean of the last states over the tokens of each text."""
        batch = tokenizer(list(texts), padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            states = encoder(**batch).last_hidden_state
        mask = batch["attention_mask"][:, :, None].to(states.dtype)
        return ((states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)).numpy()

    return TextVectors(encode)
