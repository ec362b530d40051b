"""The checkpoint of a base training run, by which an interrupted run goes on.

checkpoint/ARM.safetensors      weights by name; AdamW's moments as NAME.exp_avg, NAME.exp_avg_sq and NAME.step
checkpoint/position.json        where the run stands
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from data_prep.errors import NicheLensError
from data_prep.staging import staged
from training.nano.arm_training import ArmTraining

logger = logging.getLogger(__name__)

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")
_POSITION = "position.json"
_SEEDS_PER_RUN = 10_000_000
"""Distance between the first slides of runs with successive seeds, so that they share no slide."""


@dataclass(frozen=True)
class Position:
    """Where a run stands.

    Attributes:
        step: optimiser steps taken.
        next_seed: seed of the next synthetic slide.
        seconds: of training so far.
    """

    step: int
    next_seed: int
    seconds: float


def save_checkpoint(folder: Path, arms: Sequence[ArmTraining], position: Position) -> None:
    """Write a checkpoint beside the last one, then put it in its place."""
    from safetensors.torch import save_file

    with staged(folder) as partial:
        partial.mkdir()
        for arm in arms:
            tensors: dict[str, torch.Tensor] = {}
            for name, parameter in arm.named_parameters():
                tensors[name] = parameter.detach().cpu().contiguous()
                for moment, value in arm.optimizer.state[parameter].items():
                    tensors[f"{name}.{moment}"] = value.detach().cpu()
            save_file(tensors, _weights_file(partial, arm))
        (partial / _POSITION).write_text(json.dumps(asdict(position)))


def restore_checkpoint(folder: Path, arms: Sequence[ArmTraining], seed: int) -> tuple[Position, list[ArmTraining]]:
    """Read weights and optimiser state of each arm from a checkpoint, if there is one.

    An arm that had diverged is not in the checkpoint, and is left out.

    Args:
        folder: of the checkpoint.
        arms: changed in place.
        seed: of the run, which decides its first slide.

    Returns:
        Where the run stands, and the arms that go on.

    Raises:
        NicheLensError: the checkpoint has none of the arms.
    """
    from safetensors.torch import load_file

    if not (folder / _POSITION).exists():
        return Position(0, seed * _SEEDS_PER_RUN, 0.0), list(arms)
    found = [arm for arm in arms if _weights_file(folder, arm).exists()]
    if not found:
        names = ", ".join(arm.arm.name for arm in arms)
        message = f"{folder}: has no weights of {names}; give another --output-dir, or the arms of the interrupted run"
        raise NicheLensError(message)
    for arm in arms:
        if arm not in found:
            logger.warning("%s is not in %s and is left out", arm.arm.name, folder)
    for arm in found:
        tensors = load_file(_weights_file(folder, arm))
        with torch.no_grad():
            for name, parameter in arm.named_parameters():
                parameter.copy_(tensors[name])
                arm.optimizer.state[parameter] = {
                    moment: tensors[f"{name}.{moment}"].to(parameter.device)
                    for moment in _MOMENTS
                    if f"{name}.{moment}" in tensors
                }
    return Position(**json.loads((folder / _POSITION).read_text())), found


def _weights_file(folder: Path, arm: ArmTraining) -> Path:
    return folder / f"{arm.arm.name}.safetensors"
