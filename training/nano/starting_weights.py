"""Starting weights: a base training run that continues from a finished model, for example with new kinds of claims.

The tokenizer stays as it was: new words are spelt in more tokens, and no token changes its meaning. The dense heads are
not part of a finished model, so they start anew.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError
from training.nano.architecture import NanoConfig

if TYPE_CHECKING:
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3Processor

_FREE = ("vocab_size", "max_positions")
"""Sizes that the tokenizer and the texts decide, and not the run."""


def load_start(folder: str, sizes: NanoConfig) -> tuple[Idefics3ForConditionalGeneration, Idefics3Processor]:
    """The model of a folder in float32, ready to be trained, and its processor.

    Args:
        folder: of a finished model, such as `models/nichelens-nano`.
        sizes: of the run; those of the model must be the same.

    Raises:
        NicheLensError: there is no such model, it is no nichelens-nano, or its sizes differ.
    """
    import torch

    from inference.model.loader import load_base

    base = load_base(folder, dtype=torch.float32)
    if base.model.config.model_type != "idefics3":
        message = f"start_from is {folder}: a model of the type {base.model.config.model_type}, not of nichelens-nano"
        raise NicheLensError(message)
    found = sizes_of(base.model.config)
    for one in fields(NanoConfig):
        own, wanted = getattr(found, one.name), getattr(sizes, one.name)
        if one.name not in _FREE and own != wanted:
            option = f"--{one.name.replace('_', '-')}"
            message = (
                f"start_from is {folder}: its {one.name} is {own} and that of the run is {wanted}; give {option} {own}"
            )
            raise NicheLensError(message)
    return base.model.train(), base.processor


def sizes_of(config: Idefics3Config) -> NanoConfig:
    """The sizes of a model."""
    vision, text = config.vision_config, config.text_config
    return NanoConfig(
        image_size=vision.image_size,
        patch_size=vision.patch_size,
        scale_factor=config.scale_factor,
        vision_hidden=vision.hidden_size,
        vision_layers=vision.num_hidden_layers,
        vision_heads=vision.num_attention_heads,
        vision_intermediate=vision.intermediate_size,
        text_hidden=text.hidden_size,
        text_layers=text.num_hidden_layers,
        text_heads=text.num_attention_heads,
        text_intermediate=text.intermediate_size,
        vocab_size=text.vocab_size,
        max_positions=text.max_position_embeddings,
    )
