"""A few lessons for each slide and a tiny base training run, so that tests take seconds."""

from pathlib import Path
from typing import Any

from training.nano.architecture import NanoConfig
from training.nano.base_training import BaseTraining
from training.nano.lessons import LessonConfig
from training.nano.pretrain_settings import PretrainSettings

SMALL = LessonConfig(
    genes=64, marker=8, flat=2, marker_panel=2, niches_of_gene=3, pattern=4, special=4, describe=4, compare=2, thinned=0
)


def tiny_run(folder: Path, **settings: Any) -> BaseTraining:
    """A run of the tiny model on the CPU that writes into a folder."""
    return BaseTraining(PretrainSettings(str(folder), device="cpu", **settings), NanoConfig.tiny())
