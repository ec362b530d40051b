"""Puts more layers into the decoder of a trained nano, which at first do nothing: its answers stay what they were."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from transformers import Idefics3ForConditionalGeneration


def deepen(model: Idefics3ForConditionalGeneration, layers: int) -> None:
    """Gives the decoder this many layers; the new ones are copies of one past the middle that write nothing.

    Args:
        model: changed in place.
        layers: at least as many as it has.

    Raises:
        NicheLensError: fewer than it has.
    """
    from torch import nn

    decoder = model.model.text_model
    has = len(decoder.layers)
    if layers < has:
        message = f"text_layers is {layers} and the base to start from has {has}: layers can only be added"
        raise NicheLensError(message)
    middle = min(has // 2 + 1, has - 1)
    added = [copy.deepcopy(decoder.layers[middle]) for _ in range(layers - has)]
    for layer in added:
        nn.init.zeros_(layer.self_attn.o_proj.weight)
        nn.init.zeros_(layer.mlp.down_proj.weight)
    decoder.layers = nn.ModuleList([*decoder.layers[:middle], *added, *decoder.layers[middle:]])
    for place, layer in enumerate(decoder.layers):
        layer.self_attn.layer_idx = place  # where it finds its keys and values in the cache
    text = model.config.text_config
    text.num_hidden_layers = layers
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:1] * layers
