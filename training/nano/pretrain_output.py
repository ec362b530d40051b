"""PretrainOutput: what a base training run writes and prints.

OUTPUT_DIR/ARM/           the model of each arm, which `from_pretrained` opens
OUTPUT_DIR/scores.jsonl   a line for each validation of each arm
OUTPUT_DIR/checkpoint/    see `training.nano.pretrain_checkpoint`
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.figures.contract import figure_contract
from data_prep.staging import staged
from training.nano.architecture import save_nano
from training.nano.arm_training import ArmTraining
from training.nano.lesson_pool import LessonBatch
from training.nano.lesson_validation import validate
from training.nano.pretrain_checkpoint import Position, save_checkpoint

logger = logging.getLogger(__name__)


class PretrainOutput:
    """The output folder of a run.

    Attributes:
        folder: the folder.
        checkpoint: the folder of the checkpoint in it.
    """

    def __init__(self, folder: Path) -> None:
        """Sets the folder; nothing is written yet."""
        self.folder = folder
        self.checkpoint = folder / "checkpoint"

    def report(
        self,
        arms: Sequence[ArmTraining],
        losses: Sequence[torch.Tensor],
        step: int,
        n_seen: int,
        n_drawn: int,
        seconds: float,
    ) -> list[ArmTraining]:
        """Print the losses of a step.

        Args:
            arms: the models.
            losses: (answer, dense) of each.
            step: steps taken.
            n_seen: lessons shown so far.
            n_drawn: lessons drawn since the run began or was resumed.
            seconds: of training so far.

        Returns:
            Those arms that have not diverged.
        """
        rows = torch.stack(list(losses)).tolist()
        words = "  ".join(f"{arm.arm.name} {a:.3f} {d:.2f}" for arm, (a, d) in zip(arms, rows, strict=True))
        logger.info(
            "step %d  %d shown, %d drawn in %.0f s  loss (answer, dense) %s", step, n_seen, n_drawn, seconds, words
        )
        return _without_diverged(arms)

    def evaluate(
        self, arms: Sequence[ArmTraining], validation: LessonBatch, step: int, n_seen: int, seconds: float
    ) -> None:
        """Print the scores of each model, and append them to the file of scores.

        Args:
            arms: the models.
            validation: lessons that no arm was trained on.
            step: steps taken.
            n_seen: lessons shown so far.
            seconds: of training so far.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "scores.jsonl").open("a", encoding="utf-8") as file:
            for arm in arms:
                scores = asdict(validate(arm, validation))
                logger.info("step %d  %s  %s", step, arm.arm.name, json.dumps(scores))
                where = {"arm": arm.arm.name, "step": step, "examples": n_seen, "seconds": round(seconds, 1)}
                file.write(json.dumps(where | scores) + "\n")

    def save(self, arms: Sequence[ArmTraining], step: int, next_seed: int, seconds: float) -> list[ArmTraining]:
        """Write each model, and a checkpoint. Diverged models are not written, so that their last save stays.

        Args:
            arms: the models.
            step: steps taken.
            next_seed: seed of the next synthetic slide.
            seconds: of training so far.

        Returns:
            Those arms that have not diverged.
        """
        arms = _without_diverged(arms)
        for arm in arms:
            contract = json.dumps(figure_contract(arm.arm.sizes.image_size), indent=2)
            with staged(self.folder / arm.arm.name) as partial:
                save_nano(arm.model, arm.processor, partial)
                (partial / CONTRACT_FILE).write_text(contract + "\n", encoding="utf-8")
        if arms:
            save_checkpoint(self.checkpoint, arms, Position(step, next_seed, seconds))
        return arms


def _without_diverged(arms: Sequence[ArmTraining]) -> list[ArmTraining]:
    diverged = [arm for arm in arms if arm.has_diverged]
    for arm in diverged:
        logger.warning("%s has diverged and is left out; its last save stays", arm.arm.name)
    return [arm for arm in arms if arm not in diverged]
