"""The layers that get LoRA: the decoder's linear layers, and others only where a setting says so.

The layers are chosen by the real module names of a model and checked on the finished model, because PEFT silently
ignores name patterns that match nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError
from inference.model.decoder import decoder_linears, decoder_name, linears_within
from inference.model.families import family_of

if TYPE_CHECKING:
    from peft import LoraConfig
    from torch import nn


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
    return [name for name in linears_within(model, name) if not name.startswith(outside)]


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


def _projector_paths(model: nn.Module) -> list[str]:
    trunk = model.base_model_prefix
    return [f"{trunk}.{name}" for name in family_of(model.config).projector]
