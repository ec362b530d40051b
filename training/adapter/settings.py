"""SftSettings: every setting of a fine-tuning run."""

from __future__ import annotations

from dataclasses import dataclass, field

from data_prep.errors import NicheLensError
from training.product_precision import check_precision

_FILES = "Input and output"
_WEIGHTS = "What is trained"
_STEPS = "Optimiser and length of the run"
_SPEED = "Batches, memory and speed"
_REPORTS = "Reports, checkpoints and early stopping"


@dataclass(frozen=True)
class BatchSplit:
    """How the examples of an optimiser step are split: `processes` x `held` x `accumulation`.

    Attributes:
        processes: training processes.
        held: examples that a process holds at once.
        accumulation: batches of `held` examples whose gradients a process adds up.
    """

    processes: int
    held: int
    accumulation: int


@dataclass(frozen=True)
class SftSettings:
    """Settings of a fine-tuning run. `training/recipes/nano.yaml` says why its values are what they are."""

    dataset: str = field(
        metadata={"group": _FILES, "help": "The NicheLens dataset: a folder that `nichelens prep` wrote, or a Hub id."}
    )
    output_dir: str = field(
        metadata={
            "group": _FILES,
            "help": "The folder that becomes the adapter. Checkpoints lie in its subfolder checkpoints/.",
        }
    )
    model: str | None = field(
        default=None,
        metadata={
            "group": _FILES,
            "help": "The base to adapt: a folder or a Hub id. By default, the bundled nichelens-nano.",
        },
    )
    resume_from_checkpoint: str | None = field(
        default=None,
        metadata={
            "group": _FILES,
            "help": "The checkpoint from which to continue. `auto` takes the newest complete one in the output folder; "
            "a folder is taken as it is.",
        },
    )
    load_in_4bit: bool = field(
        default=False,
        metadata={
            "group": _WEIGHTS,
            "help": "Hold the decoder's frozen weights in 4 bits (nf4, as in QLoRA). All other weights are untouched.",
        },
    )
    lora_rank: int = field(default=16, metadata={"group": _WEIGHTS, "help": "Rank of each LoRA update."})
    lora_alpha: int = field(
        default=32, metadata={"group": _WEIGHTS, "help": "LoRA updates are scaled by lora_alpha / lora_rank."}
    )
    use_rslora: bool = field(
        default=False,
        metadata={
            "group": _WEIGHTS,
            "help": "Scale LoRA updates by lora_alpha / sqrt(lora_rank) instead. For ablations.",
        },
    )
    lora_vision: bool = field(
        default=False,
        metadata={
            "group": _WEIGHTS,
            "help": "Put LoRA on the vision tower's linear layers too. For ablations; vLLM serves such an adapter only "
            "when it is merged.",
        },
    )
    train_projector: bool = field(
        default=False,
        metadata={
            "group": _WEIGHTS,
            "help": "Train the weights between vision tower and decoder too, and store them whole. For ablations.",
        },
    )
    learning_rate: float = field(default=2e-4, metadata={"group": _STEPS, "help": "Peak learning rate of AdamW."})
    warmup_steps: int = field(
        default=20, metadata={"group": _STEPS, "help": "Steps over which the learning rate rises from zero."}
    )
    schedule: str = field(
        default="cosine",
        metadata={"group": _STEPS, "help": "How the learning rate falls afterwards: cosine, linear or constant."},
    )
    weight_decay: float = field(
        default=0.0, metadata={"group": _STEPS, "help": "AdamW weight decay of the LoRA matrices."}
    )
    max_grad_norm: float = field(
        default=1.0, metadata={"group": _STEPS, "help": "Longer gradients are shortened to this norm."}
    )
    epochs: float = field(default=3.0, metadata={"group": _STEPS, "help": "Passes over the training split."})
    max_steps: int = field(
        default=0,
        metadata={
            "group": _STEPS,
            "help": "Most optimiser steps, whatever epochs says. 0 sets no limit.",
        },
    )
    batch_size: int = field(
        default=32,
        metadata={
            "group": _SPEED,
            "help": "Examples per optimiser step, over all processes and accumulation steps together.",
        },
    )
    per_device_batch_size: int = field(
        default=16,
        metadata={
            "group": _SPEED,
            "help": "Most examples that a process holds at once. The number of accumulation steps follows from it.",
        },
    )
    activation_checkpointing: str = field(
        default="auto",
        metadata={
            "group": _SPEED,
            "help": "Whether to recompute activations in the backward pass, which takes a third more time and far less "
            "memory: always, never, or auto. With auto they are recomputed where an estimate says that they would not "
            "fit.",
        },
    )
    loader_workers: int = field(
        default=-1,
        metadata={
            "group": _SPEED,
            "help": "Worker processes that draw figures ahead of each training process. -1 uses none on a CPU and, on "
            "a GPU, as many as drawing needs. The result is the same.",
        },
    )
    vision_cache_gib: float = field(
        default=2.0,
        metadata={
            "group": _SPEED,
            "help": "Memory of each process, in GiB, that keeps the image tokens of a frozen vision tower, so that "
            "each picture is read once. 0 keeps none.",
        },
    )
    logging_steps: int = field(
        default=10, metadata={"group": _REPORTS, "help": "Steps between two reports of the training loss."}
    )
    eval_steps: int = field(
        default=50, metadata={"group": _REPORTS, "help": "Steps between two losses on the validation split."}
    )
    save_steps: int = field(default=50, metadata={"group": _REPORTS, "help": "Steps between two checkpoints."})
    patience: int = field(
        default=0,
        metadata={
            "group": _REPORTS,
            "help": "Stop after this many validation losses without a better one, and keep the best weights. 0 never "
            "stops early.",
        },
    )
    precision: str = field(
        default="",
        metadata={
            "group": _SPEED,
            "help": "Type of matrix products: bf16 or fp32. By default, bf16 where the hardware multiplies it.",
        },
    )
    seed: int = field(
        default=0, metadata={"group": _STEPS, "help": "Seed of the LoRA weights and of the order of the examples."}
    )

    def __post_init__(self) -> None:
        """Refuses values that make no sense."""
        for name in ("lora_rank", "lora_alpha", "batch_size", "per_device_batch_size"):
            self._check_least(name, 1)
        for name in ("logging_steps", "eval_steps", "save_steps"):
            self._check_least(name, 1)
        for name in ("warmup_steps", "weight_decay", "max_steps", "patience", "seed", "vision_cache_gib"):
            self._check_least(name, 0)
        self._check_least("loader_workers", -1)
        for name in ("learning_rate", "max_grad_norm", "epochs"):
            if getattr(self, name) <= 0:
                message = f"{name} is {getattr(self, name):g} and must be above 0"
                raise NicheLensError(message)
        if self.schedule not in ("cosine", "linear", "constant"):
            message = f"schedule is {self.schedule!r}; choose cosine, linear or constant"
            raise NicheLensError(message)
        if self.activation_checkpointing not in ("auto", "always", "never"):
            message = f"activation_checkpointing is {self.activation_checkpointing!r}; choose auto, always or never"
            raise NicheLensError(message)
        check_precision(self.precision)
        if self.patience and self.save_steps % self.eval_steps:
            message = f"save_steps is {self.save_steps} and must be a multiple of eval_steps where patience is set"
            raise NicheLensError(message)

    def split_batch(self, processes: int) -> BatchSplit:
        """Split the batch of an optimiser step over processes and accumulation steps.

        Raises:
            NicheLensError: `batch_size` cannot be split evenly.
        """
        share, rest = divmod(self.batch_size, processes)
        held = min(self.per_device_batch_size, share)
        if rest or share % held:
            message = (
                f"batch_size {self.batch_size} cannot be shared out by {processes} processes holding at most "
                f"{self.per_device_batch_size} examples each; make it a multiple of {processes} x per_device_batch_size"
            )
            raise NicheLensError(message)
        return BatchSplit(processes, held, share // held)

    def _check_least(self, name: str, least: int) -> None:
        if getattr(self, name) < least:
            message = f"{name} is {getattr(self, name)} and must be at least {least}"
            raise NicheLensError(message)
