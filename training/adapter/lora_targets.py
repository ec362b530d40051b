"""Where LoRA and 4-bit weights go: the decoder's linear layers, and nowhere else unless a setting asks for it.

Both are decided from a model's real module names, and checked on the finished model: name patterns that miss are
silently ignored by the libraries that take them.
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
    return _linears_within(model, decoder_name(model))


def vision_linears(model: nn.Module) -> list[str]:
    """Dotted names of the vision tower's linear layers, those of the projector left out.

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
        NicheLensError: the table of families does not say where they are.
    """
    from torch import nn

    names = []
    for path in _projector_paths(model):
        module = model.get_submodule(path)
        # A list of modules is never called itself, so it is its members that can be trained.
        names += [f"{path}.{i}" for i in range(len(module))] if isinstance(module, nn.ModuleList) else [path]
    if not names:
        message = f"{model.config.model_type}: where this model's projector is is not known; leave out train_projector"
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
    """LoRA on every linear layer of the decoder, named by one pattern that a reader of adapter_config.json can check.

    There is no dropout: with it, a run could not be repeated on another number of processes.

    Args:
        model: the model to be adapted.
        rank: of each update.
        alpha: updates are scaled by alpha / rank.
        vision: LoRA on every linear layer of the vision tower too.
        projector: train the projector too. It is small, and not made of linear layers alone in every family, so its
            weights themselves are trained and stored.
        rank_stabilised: scale by alpha / sqrt(rank) instead (rsLoRA, arXiv 2312.03732).
    """
    from peft import LoraConfig

    leaves = sorted({name.rpartition(".")[2] for name in decoder_linears(model)})
    patterns = [rf"{re.escape(decoder_name(model))}\.(.*\.)?({'|'.join(map(re.escape, leaves))})"]
    if vision:  # the projector may lie inside the tower, so whole names are given, one pattern for all its blocks
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
    """Assert that a PEFT model adapts each layer that is to be adapted, that nothing else is adapted or can learn.

    Args:
        model: the PEFT model.
        vision: whether the vision tower's linear layers are adapted beside the decoder's.
        projector: whether the projector learns.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    base = model.get_base_model()
    expected = decoder_linears(base) + (vision_linears(base) if vision else [])
    adapted = {name for name, layer in base.named_modules() if isinstance(layer, BaseTunerLayer)}
    # The linear layers of an adapted one are its old self and its updates, whose names say so.
    places = {re.sub(r"\.(base_layer|lora_[AB]\.\w+)$", "", name) for name in expected}
    trained = tuple(f"{name}.modules_to_save." for name in (projector_names(base) if projector else []))
    learning = {name for name, weight in base.named_parameters() if weight.requires_grad}
    stray = {name for name in learning if not name.startswith(trained) and name.partition(".lora_")[0] not in adapted}
    wrong = (adapted ^ places) | stray
    if not adapted or wrong or (projector and not any(name.startswith(trained) for name in learning)):
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
