"""The decoder of a vision-language model, which is its language model, and the linear layers inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from torch import nn


def decoder_name(model: nn.Module) -> str:
    """Dotted name of the decoder inside a vision-language model.

    Raises:
        NicheLensError: the model has no decoder of its own beside other parts.
    """
    decoder = model.get_decoder()
    name = next((name for name, module in model.named_modules() if module is decoder), "")
    if not name:
        message = f"{type(model).__name__}: no decoder is found inside this model; choose a vision-language model"
        raise NicheLensError(message)
    return name


def decoder_linears(model: nn.Module) -> list[str]:
    """Dotted names of the linear layers of the decoder.

    Raises:
        NicheLensError: the model has no decoder of its own beside other parts.
    """
    return linears_within(model, decoder_name(model))


def linears_within(model: nn.Module, parent: str) -> list[str]:
    """Dotted names of the linear layers below a module, which is given by its dotted name."""
    from torch import nn

    return [
        name for name, layer in model.named_modules() if name.startswith(f"{parent}.") and isinstance(layer, nn.Linear)
    ]
