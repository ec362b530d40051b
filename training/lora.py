"""Where LoRA and 4-bit weights go: the decoder's linear layers, and nowhere else.

Both are decided from a model's real module names, and checked on the finished model: name patterns that miss are
silently ignored by the libraries that take them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from peft import LoraConfig
    from torch import nn


_BLOCK = 64
"""Weights that share a scale in nf4; bitsandbytes multiplies whole blocks of a row on CPUs with bf16."""


def decoder_name(model: nn.Module) -> str:
    """Dotted name of the language model inside a vision-language model.

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
    """Dotted names of the decoder's linear layers."""
    from torch import nn

    prefix = decoder_name(model) + "."
    return [name for name, layer in model.named_modules() if name.startswith(prefix) and isinstance(layer, nn.Linear)]


def lora_config(model: nn.Module, rank: int, alpha: int) -> LoraConfig:
    """LoRA on every linear layer of the decoder, named by one pattern that a reader of adapter_config.json can check.

    There is no dropout: with it, a run could not be repeated on another number of processes.
    """
    from peft import LoraConfig

    decoder = re.escape(decoder_name(model))
    leaves = sorted({name.rpartition(".")[2] for name in decoder_linears(model)})
    return LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.0,
        target_modules=rf"{decoder}\..*\.({'|'.join(map(re.escape, leaves))})",
        task_type="CAUSAL_LM",
    )


def check_adapted(model: nn.Module) -> None:
    """Assert that a PEFT model adapts each linear layer of the decoder, that nothing else is adapted or can learn."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    base = model.get_base_model()
    inside = decoder_name(base) + "."
    adapted = {name for name, layer in base.named_modules() if isinstance(layer, BaseTunerLayer)}
    bare = {name for name in decoder_linears(base) if ".base_layer" not in name and ".lora_" not in name}
    learning = {name for name, weight in base.named_parameters() if weight.requires_grad}
    stray = {name for name in adapted | learning if not name.startswith(inside)}
    stray |= {name for name in learning if ".lora_" not in name}
    if not adapted or bare or stray:
        message = f"LoRA is not on the decoder's linear layers alone: {sorted(bare | stray)[:3] or 'on none'}"
        raise AssertionError(message)


def modules_kept_whole(model: nn.Module) -> list[str]:
    """Names of the largest modules beside the decoder: those that 4-bit loading has to skip, as whole paths.

    A bare name such as `vision_model` would match nothing where the path is `model.vision_model`.
    """
    path = decoder_name(model).split(".")
    kept = []
    for depth in range(len(path)):
        parent, way = ".".join(path[:depth]), path[depth]
        siblings = model.get_submodule(parent).named_children()
        kept += [f"{parent}.{name}".lstrip(".") for name, _ in siblings if name != way]
    return kept


def quantisation(model_config: Any, compute_dtype: Any) -> Any:
    """The `BitsAndBytesConfig` that holds the decoder in nf4 and leaves every other module as it is.

    Args:
        model_config: configuration of the model to be loaded; a hollow one is built from it to learn its names.
        compute_dtype: dtype in which products are formed.

    Raises:
        NicheLensError: the decoder's widths do not fit 4-bit products on a CPU.
    """
    import torch
    from transformers import AutoModelForImageTextToText, BitsAndBytesConfig

    with torch.device("meta"):
        hollow = AutoModelForImageTextToText.from_config(model_config)
    odd = [name for name in decoder_linears(hollow) if hollow.get_submodule(name).in_features % _BLOCK]
    if odd and not torch.cuda.is_available():
        width = hollow.get_submodule(odd[0]).in_features
        message = (
            f"{type(hollow).__name__}: on a CPU 4-bit weights come in blocks of {_BLOCK} inputs, and {odd[0]} has "
            f"{width}; leave out load_in_4bit, or train on a GPU"
        )
        raise NicheLensError(message)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=compute_dtype,
        llm_int8_skip_modules=modules_kept_whole(hollow),
    )


def check_quantised(model: nn.Module) -> None:
    """Assert that all of the decoder's linear layers are in 4 bits, and no layer outside it."""
    import bitsandbytes as bnb

    four_bit = {name for name, layer in model.named_modules() if isinstance(layer, bnb.nn.Linear4bit)}
    wrong = four_bit ^ set(decoder_linears(model))
    if wrong or not four_bit:
        message = f"4-bit weights are not in the decoder's linear layers alone: {sorted(wrong)[:3] or 'nowhere'}"
        raise AssertionError(message)
