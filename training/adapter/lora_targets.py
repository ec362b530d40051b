"""The layers that get LoRA and 4-bit weights: the decoder's linear layers, and others only where a setting says so.

The layers are chosen by the real module names of a model and checked on the finished model, because PEFT and
bitsandbytes silently ignore name patterns that match nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError
from inference.model.families import family_of

if TYPE_CHECKING:
    from peft import LoraConfig
    from torch import nn


_BLOCK = 64
"""Weights that share a scale in nf4. On CPUs with bf16, bitsandbytes multiplies whole blocks of a row."""


def decoder_name(model: nn.Module) -> str:
    """Dotted name of the language model inside a vision-language model.

    Raises:
        NicheLensError: the model has no separate decoder.
    """
    decoder = model.get_decoder()
    name = next((name for name, module in model.named_modules() if module is decoder), "")
    if not name:
        message = f"{type(model).__name__}: no decoder is found inside this model; choose a vision-language model"
        raise NicheLensError(message)
    return name


def decoder_linears(model: nn.Module) -> list[str]:
    """Dotted names of the decoder's linear layers."""
    return _linears_within(model, decoder_name(model))


def vision_linears(model: nn.Module) -> list[str]:
    """Dotted names of the vision tower's linear layers, without those of the projector.

    Raises:
        NicheLensError: no vision tower is found.
    """
    tower = model.get_encoder(modality="image")
    name = next((name for name, module in model.named_modules() if module is tower), "")
    if not name:
        message = f"{type(model).__name__}: no vision tower is found inside this model; leave out lora_vision"
        raise NicheLensError(message)
    outside = tuple(f"{path}." for path in _projector_paths(model))
    return [name for name in _linears_within(model, name) if not name.startswith(outside)]


def projector_names(model: nn.Module) -> list[str]:
    """Dotted names of the modules between vision tower and decoder.

    Raises:
        NicheLensError: the table of families does not name them.
    """
    from torch import nn

    names = []
    for path in _projector_paths(model):
        module = model.get_submodule(path)
        # A list of modules is never called itself, so PEFT can only train its members.
        names += [f"{path}.{i}" for i in range(len(module))] if isinstance(module, nn.ModuleList) else [path]
    if not names:
        message = (
            f"{model.config.model_type}: the table of families does not name this model's projector; "
            "leave out train_projector"
        )
        raise NicheLensError(message)
    return names


def lora_config(
    model: nn.Module,
    rank: int,
    alpha: int,
    *,
    vision: bool = False,
    projector: bool = False,
    rank_stabilised: bool = False,
) -> LoraConfig:
    """LoRA on every linear layer of the decoder, named by one pattern that people can check in adapter_config.json.

    There is no dropout, because a run with dropout cannot be repeated on another number of processes.

    Args:
        model: the model to adapt.
        rank: rank of each update.
        alpha: updates are scaled by alpha / rank.
        vision: whether to put LoRA on every linear layer of the vision tower too.
        projector: whether to train the projector too. Its own weights are trained and stored: it is small, and in some
            families it holds more than linear layers.
        rank_stabilised: whether to scale by alpha / sqrt(rank) instead (rsLoRA, arXiv 2312.03732).
    """
    from peft import LoraConfig

    leaves = sorted({name.rpartition(".")[2] for name in decoder_linears(model)})
    patterns = [rf"{re.escape(decoder_name(model))}\.(.*\.)?({'|'.join(map(re.escape, leaves))})"]
    if vision:  # the projector may lie inside the tower, so whole names are given; one pattern covers all blocks
        patterns += sorted({re.sub(r"\\\.\d+\\\.", r"\\.\\d+\\.", re.escape(name)) for name in vision_linears(model)})
    return LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.0,
        target_modules="|".join(patterns),
        modules_to_save=projector_names(model) if projector else None,
        use_rslora=rank_stabilised,
        task_type="CAUSAL_LM",
    )


def check_adapted(model: nn.Module, *, vision: bool = False, projector: bool = False) -> None:
    """Assert that a PEFT model adapts exactly the expected layers, and that nothing else is trained.

    Args:
        model: the PEFT model.
        vision: whether the vision tower's linear layers are expected too.
        projector: whether the projector is expected to be trained.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    base = model.get_base_model()
    expected = decoder_linears(base) + (vision_linears(base) if vision else [])
    adapted = {name for name, layer in base.named_modules() if isinstance(layer, BaseTunerLayer)}
    # An adapted layer holds its original layer and its updates, which are linear layers themselves.
    wanted = {re.sub(r"\.(base_layer|lora_[AB]\.\w+)$", "", name) for name in expected}
    trained = tuple(f"{name}.modules_to_save." for name in (projector_names(base) if projector else []))
    trainable = {name for name, weight in base.named_parameters() if weight.requires_grad}
    stray = {name for name in trainable if not name.startswith(trained) and name.partition(".lora_")[0] not in adapted}
    wrong = (adapted ^ wanted) | stray
    if not adapted or wrong or (projector and not any(name.startswith(trained) for name in trainable)):
        message = f"LoRA is not on the decoder's linear layers alone: {sorted(wrong)[:3] or 'on none'}"
        raise AssertionError(message)


def _linears_within(model: nn.Module, parent: str) -> list[str]:
    from torch import nn

    return [
        name for name, layer in model.named_modules() if name.startswith(f"{parent}.") and isinstance(layer, nn.Linear)
    ]


def _projector_paths(model: nn.Module) -> list[str]:
    trunk = model.base_model_prefix
    return [f"{trunk}.{name}" for name in family_of(model.config).projector]


def modules_outside_decoder(model: nn.Module) -> list[str]:
    """Full names of the largest modules outside the decoder: those that 4-bit loading must skip.

    A short name such as `vision_model` would match nothing where the full name is `model.vision_model`.
    """
    path = decoder_name(model).split(".")
    outside = []
    for depth, child in enumerate(path):
        parent = ".".join(path[:depth])
        siblings = model.get_submodule(parent).named_children()
        outside += [f"{parent}.{name}".lstrip(".") for name, _ in siblings if name != child]
    return outside


def quantisation_config(model_config: Any, compute_dtype: Any) -> Any:
    """The `BitsAndBytesConfig` that holds the decoder in nf4 and leaves every other module unchanged.

    Args:
        model_config: configuration of the model to load. A model without weights is built from it to learn its names.
        compute_dtype: dtype of matrix products.

    Raises:
        NicheLensError: the decoder's widths do not fit 4-bit products on a CPU.
    """
    import torch
    from transformers import AutoModelForImageTextToText, BitsAndBytesConfig

    with torch.device("meta"):
        weightless = AutoModelForImageTextToText.from_config(model_config)
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
        llm_int8_skip_modules=modules_outside_decoder(weightless),
    )


def check_quantised(model: nn.Module) -> None:
    """Assert that all of the decoder's linear layers are in 4 bits, and no layer outside it."""
    import bitsandbytes as bnb

    four_bit = {name for name, layer in model.named_modules() if isinstance(layer, bnb.nn.Linear4bit)}
    wrong = four_bit ^ set(decoder_linears(model))
    if wrong or not four_bit:
        message = f"4-bit weights are not in the decoder's linear layers alone: {sorted(wrong)[:3] or 'nowhere'}"
        raise AssertionError(message)
