"""PretrainSettings: the settings of a base training run."""

from __future__ import annotations

from dataclasses import dataclass, field

from data_prep.errors import NicheLensError
from training.product_precision import check_precision

_FILES = "Input and output"
_STEPS = "Optimiser and length of the run"
_LESSONS = "Lessons"
_SPEED = "Speed and reports"


@dataclass(frozen=True)
class PretrainSettings:
    """Settings of a base training run. `training/recipes/nano_base.yaml` says why its values are what they are."""

    output_dir: str = field(metadata={"group": _FILES, "help": "The folder of the finished model and its checkpoint."})
    start: str = field(
        default="",
        metadata={
            "group": _FILES,
            "help": "The folder of a base to train further. Of the model sizes only text-layers is then used; it may "
            "add layers. By default, training starts from random weights.",
        },
    )
    steps: int = field(default=5000, metadata={"group": _STEPS, "help": "Optimiser steps."})
    single_batch: int = field(
        default=48, metadata={"group": _LESSONS, "help": "Questions about one picture in each step."}
    )
    several_batch: int = field(
        default=24, metadata={"group": _LESSONS, "help": "Questions about two or three pictures in each step."}
    )
    learning_rate: float = field(default=1e-3, metadata={"group": _STEPS, "help": "Peak learning rate of AdamW."})
    warmup_steps: int = field(
        default=200,
        metadata={
            "group": _STEPS,
            "help": "Steps over which the learning rate rises from zero. Afterwards it falls along a cosine to 2 % of "
            "the peak.",
        },
    )
    weight_decay: float = field(
        default=0.05, metadata={"group": _STEPS, "help": "AdamW weight decay of the weight matrices."}
    )
    tower_steps: int = field(
        default=0,
        metadata={
            "group": _STEPS,
            "help": "First steps in which the vision tower learns only from the dense targets of the pictures.",
        },
    )
    dense_weight: float = field(
        default=1.0,
        metadata={"group": _STEPS, "help": "Weight of the dense loss. It falls to zero by the end of the run."},
    )
    repeats: int = field(default=1, metadata={"group": _LESSONS, "help": "How often each lesson is shown."})
    pool: int = field(
        default=4000, metadata={"group": _LESSONS, "help": "Lessons that are kept in memory and shuffled."}
    )
    workers: int = field(default=1, metadata={"group": _SPEED, "help": "Processes that draw synthetic slides."})
    seed: int = field(
        default=0, metadata={"group": _LESSONS, "help": "Seed of the weights, and of the first synthetic slide."}
    )
    save_every: int = field(default=250, metadata={"group": _SPEED, "help": "Steps between two checkpoints."})
    evaluate_every: int = field(
        default=500, metadata={"group": _SPEED, "help": "Steps between two validations on unseen synthetic slides."}
    )
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

    def __post_init__(self) -> None:
        """Refuses values that make no sense."""
        counts = (
            "steps",
            "single_batch",
            "several_batch",
            "repeats",
            "pool",
            "workers",
            "save_every",
            "evaluate_every",
        )
        for name in counts:
            if getattr(self, name) < 1:
                message = f"{name} is {getattr(self, name)} and must be at least 1"
                raise NicheLensError(message)
        for name in ("warmup_steps", "weight_decay", "tower_steps", "dense_weight", "seed"):
            if getattr(self, name) < 0:
                message = f"{name} is {getattr(self, name)} and must be at least 0"
                raise NicheLensError(message)
        if self.learning_rate <= 0:
            message = f"learning_rate is {self.learning_rate:g} and must be above 0"
            raise NicheLensError(message)
        check_precision(self.precision)
