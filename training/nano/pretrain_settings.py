"""PretrainSettings: the settings of a base training run."""

from __future__ import annotations

from dataclasses import dataclass, field

from data_prep.errors import NicheLensError
from training.product_precision import check_precision

_FILES = "Input and output"
_LENGTH = "Length of the run"
_OPTIMISER = "Optimiser"
_LESSONS = "Lessons"
_SPEED = "Speed and reports"


@dataclass(frozen=True)
class PretrainSettings:
    """Settings of a base training run. `training/recipes/nano_base.yaml` says why its values are what they are."""

    output_dir: str = field(
        metadata={"group": _FILES, "help": "The folder of the finished models, the scores and the checkpoint."}
    )
    arms: str = field(
        default="",
        metadata={
            "group": _FILES,
            "help": "A YAML file of models to train side by side on the same lessons. By default, one model of the "
            "sizes below.",
        },
    )
    start_from: str = field(
        default="",
        metadata={
            "group": _FILES,
            "help": "The folder of a finished model to go on from, of the same sizes. Its tokenizer is kept. By "
            "default, random weights. Give another --seed than that model had, so that the slides are new.",
        },
    )
    steps: int = field(default=0, metadata={"group": _LENGTH, "help": "Optimiser steps; 0 for no limit."})
    minutes: float = field(
        default=0.0,
        metadata={
            "group": _LENGTH,
            "help": "Minutes of the whole command, start and last save included; 0 for no limit. The learning rate "
            "falls to zero as the run nears its last step or minute, whichever comes first.",
        },
    )
    finish_seconds: float = field(
        default=15.0,
        metadata={"group": _LENGTH, "help": "Part of the minutes that is kept for the last validation and save."},
    )
    batch: int = field(default=64, metadata={"group": _OPTIMISER, "help": "Lessons in each step."})
    learning_rate: float = field(default=6e-4, metadata={"group": _OPTIMISER, "help": "Peak learning rate of AdamW."})
    warmup_steps: int = field(
        default=100,
        metadata={
            "group": _OPTIMISER,
            "help": "Steps over which the learning rate rises from zero. Afterwards it falls along a cosine to zero.",
        },
    )
    weight_decay: float = field(
        default=0.05, metadata={"group": _OPTIMISER, "help": "AdamW weight decay of the weight matrices."}
    )
    dense_weight: float = field(
        default=1.0,
        metadata={"group": _OPTIMISER, "help": "Weight of the dense loss. It falls to zero by the end of the run."},
    )
    repeats: int = field(
        default=1,
        metadata={
            "group": _LESSONS,
            "help": "How often each lesson is shown at most. Above 1, a fast GPU need not wait for new lessons.",
        },
    )
    pool: int = field(
        default=4000, metadata={"group": _LESSONS, "help": "Lessons that are kept on the device and shuffled."}
    )
    validation_slides: int = field(
        default=24, metadata={"group": _LESSONS, "help": "Synthetic slides that are kept for validation."}
    )
    artefact_slides: float = field(
        default=0.5,
        metadata={
            "group": _LESSONS,
            "help": "Pairs of slides with artefacts (edge, stripe, bubble) for each other slide, on average. More "
            "help a finished base to learn these kinds soon.",
        },
    )
    seed: int = field(
        default=0, metadata={"group": _LESSONS, "help": "Seed of the weights, and of the first synthetic slide."}
    )
    workers: int = field(default=1, metadata={"group": _SPEED, "help": "Processes that draw synthetic slides."})
    save_seconds: float = field(
        default=300.0, metadata={"group": _SPEED, "help": "Seconds between two checkpoints and saves of the models."}
    )
    evaluate_seconds: float = field(default=300.0, metadata={"group": _SPEED, "help": "Seconds between validations."})
    report_seconds: float = field(default=20.0, metadata={"group": _SPEED, "help": "Seconds between progress reports."})
    device: str = field(
        default="",
        metadata={"group": _SPEED, "help": "cpu or cuda. By default, cuda where there is a GPU."},
    )
    precision: str = field(
        default="",
        metadata={
            "group": _SPEED,
            "help": "Type of matrix products: bf16 or fp32. By default, bf16 where the hardware multiplies it.",
        },
    )
    compile: bool = field(
        default=False,
        metadata={
            "group": _SPEED,
            "help": "Compile the models. Each step is faster, and the first one takes a minute for each model.",
        },
    )

    def __post_init__(self) -> None:
        """Refuses values that make no sense."""
        for name in ("batch", "repeats", "pool", "validation_slides", "workers"):
            if getattr(self, name) < 1:
                message = f"{name} is {getattr(self, name)} and must be at least 1"
                raise NicheLensError(message)
        for name in (
            "steps",
            "minutes",
            "finish_seconds",
            "warmup_steps",
            "weight_decay",
            "dense_weight",
            "seed",
            "artefact_slides",
        ):
            if getattr(self, name) < 0:
                message = f"{name} is {getattr(self, name):g} and must be at least 0"
                raise NicheLensError(message)
        for name in ("learning_rate", "save_seconds", "evaluate_seconds", "report_seconds"):
            if getattr(self, name) <= 0:
                message = f"{name} is {getattr(self, name):g} and must be above 0"
                raise NicheLensError(message)
        if not self.steps and self.minutes * 60 <= self.finish_seconds:
            message = "neither steps nor enough minutes are given; give --steps or --minutes"
            raise NicheLensError(message)
        check_precision(self.precision)
