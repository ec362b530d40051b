"""Adds layers to the decoder of a trained nano. They write nothing at first, so its answers do not change."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from transformers import Idefics3ForConditionalGeneration


def add_layers(model: Idefics3ForConditionalGeneration, layers: int) -> None:
    """Give the decoder this many layers. The new ones are copies of the layer past the middle, and write nothing.

    Args:
        model: changed in place.
        layers: at least as many as the decoder has.

    Raises:
        NicheLensError: fewer than the decoder has.
    """
    from torch import nn

    decoder = model.model.text_model
    present = len(decoder.layers)
    if layers < present:
        message = f"text_layers is {layers} and the base to start from has {present}: layers can only be added"
        raise NicheLensError(message)
    middle = min(present // 2 + 1, present - 1)
    added = [copy.deepcopy(decoder.layers[middle]) for _ in range(layers - present)]
    for layer in added:
        nn.init.zeros_(layer.self_attn.o_proj.weight)
        nn.init.zeros_(layer.mlp.down_proj.weight)
    decoder.layers = nn.ModuleList([*decoder.layers[:middle], *added, *decoder.layers[middle:]])
    for index, layer in enumerate(decoder.layers):
        layer.self_attn.layer_idx = index  # its position in the cache of keys and values
    text = model.config.text_config
    text.num_hidden_layers = layers
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:1] * layers
