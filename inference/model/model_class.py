"""Chooses the class of `transformers` that loads a model: with or without pictures."""

from __future__ import annotations

from typing import Any


def model_class(config: Any, *, reads_pictures: bool) -> Any:
    """The automatic class for a configuration.

    A model that reads pictures is loaded with them, also where the caller needs none: its adapters and its weights then
    have the same names in every use.

    Args:
        config: configuration of the model.
        reads_pictures: whether the model must read pictures.
    """
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    with_pictures = reads_pictures or type(config) in AutoModelForImageTextToText._model_mapping
    return AutoModelForImageTextToText if with_pictures else AutoModelForCausalLM
