"""Weights in 4 bits (nf4): in the linear layers of the decoder, and nowhere else.

The layers are chosen by the real module names of a model and checked on the loaded model, because the libraries ignore
a name pattern that matches nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError
from inference.model.decoder import decoder_linears, decoder_name

if TYPE_CHECKING:
    import torch
    from torch import nn

_BLOCK = 64
"""Weights that share one scale in nf4. On CPUs with bf16, bitsandbytes multiplies whole blocks of a row."""


def quantisation_config(weightless: nn.Module, compute_dtype: torch.dtype) -> Any:
    """Makes the `BitsAndBytesConfig` that holds the decoder in nf4 and leaves every other module as it is.

    Args:
        weightless: a model without weights of the same configuration; gives the module names.
        compute_dtype: dtype in which products are formed.

    Raises:
        NicheLensError: the widths of the decoder do not fit 4-bit products on a CPU.
    """
    import torch
    from transformers import BitsAndBytesConfig

    odd = [name for name in decoder_linears(weightless) if weightless.get_submodule(name).in_features % _BLOCK]
    if odd and not torch.cuda.is_available():
        width = weightless.get_submodule(odd[0]).in_features
        message = (
            f"{type(weightless).__name__}: on a CPU 4-bit weights come in blocks of {_BLOCK} inputs, and {odd[0]} has "
            f"{width}; leave out load_in_4bit, or train on a GPU"
        )
        raise NicheLensError(message)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute_dtype,
        llm_int8_skip_modules=_modules_outside_decoder(weightless),
    )


def check_quantised(model: nn.Module) -> None:
    """Asserts that all linear layers of the decoder are in 4 bits, and no other layer."""
    import bitsandbytes as bnb

    four_bit = {name for name, layer in model.named_modules() if isinstance(layer, bnb.nn.Linear4bit)}
    wrong = four_bit ^ set(decoder_linears(model))
    if wrong or not four_bit:
        message = f"4-bit weights are not in the decoder's linear layers alone: {sorted(wrong)[:3] or 'nowhere'}"
        raise AssertionError(message)


def _modules_outside_decoder(model: nn.Module) -> list[str]:
    """Dotted names of the largest modules that do not hold the decoder: 4-bit loading has to skip them.

    A bare name such as `vision_model` would match nothing where the path is `model.vision_model`.
    """
    path = decoder_name(model).split(".")
    beside = []
    for depth in range(len(path)):
        parent, towards_decoder = ".".join(path[:depth]), path[depth]
        children = model.get_submodule(parent).named_children()
        beside += [f"{parent}.{name}".lstrip(".") for name, _ in children if name != towards_decoder]
    return beside
