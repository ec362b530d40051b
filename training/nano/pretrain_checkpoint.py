"""The checkpoint of a base training run: weights, optimiser state, tokenizer, and the position in the run.

checkpoint/state.safetensors      weights by name; AdamW's moments as NAME.exp_avg, NAME.exp_avg_sq and NAME.step
checkpoint/state.json             step and next_seed
checkpoint/tokenizer.json, ...    the processor
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from transformers import Idefics3Processor

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass(frozen=True, eq=False)
class Position:
    """Where a run stands.

    Attributes:
        step: optimiser steps taken.
        next_seed: seed of the next synthetic slide.
        processor: with the tokenizer that the weights belong to, even if this version would learn another one.
    """

    step: int
    next_seed: int
    processor: Idefics3Processor


def exists(folder: Path) -> bool:
    """Whether a folder holds a whole checkpoint."""
    return (folder / "state.json").exists()


def save(
    folder: Path, parameters: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer, position: Position
) -> None:
    """Write a checkpoint into a temporary folder, then put it in place of the last one."""
    from safetensors.torch import save_file

    temporary = folder.with_name("checkpoint.new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    tensors: dict[str, torch.Tensor] = {}
    for name, parameter in parameters.items():
        tensors[name] = parameter.detach().cpu().contiguous().clone()
        for moment in _MOMENTS:
            tensors[f"{name}.{moment}"] = optimizer.state[parameter][moment].detach().cpu().clone()
    save_file(tensors, temporary / "state.safetensors")
    position.processor.save_pretrained(temporary)
    state = {"step": position.step, "next_seed": position.next_seed}
    (temporary / "state.json").write_text(json.dumps(state))
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)


def restore(folder: Path, parameters: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> Position:
    """Read weights and optimiser state of a checkpoint into `parameters` and `optimizer`, and its position."""
    from safetensors.torch import load_file
    from transformers import AutoProcessor

    tensors = load_file(folder / "state.safetensors")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(tensors[name])
            optimizer.state[parameter] = {
                moment: tensors[f"{name}.{moment}"].to(parameter.device if moment != "step" else "cpu")
                for moment in _MOMENTS
            }
    state = json.loads((folder / "state.json").read_text())
    return Position(state["step"], state["next_seed"], AutoProcessor.from_pretrained(folder))
