"""SftSettings: everything a fine-tuning run is told, read from a YAML recipe and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import NoReturn

from data_prep.errors import NicheLensError
from training.adapter.product_precision import check_precision


@dataclass(frozen=True)
class SftSettings:
    """Settings of a fine-tuning run. `training/recipes/nano.yaml` says why its values are what they are."""

    dataset: str = field(metadata={"help": "NicheLens dataset: a folder written by `nichelens prep`, or a Hub id."})
    output_dir: str = field(metadata={"help": "Folder that becomes the adapter. Checkpoints live in its checkpoints/."})
    model: str | None = field(
        default=None, metadata={"help": "Base to adapt: a folder or a Hub id. Default: the bundled nichelens-nano."}
    )
    resume_from_checkpoint: str | None = field(
        default=None,
        metadata={"help": "`auto`: go on from the newest complete checkpoint in output_dir; a folder: from that one."},
    )
    load_in_4bit: bool = field(
        default=False,
        metadata={"help": "Hold the decoder's frozen weights in 4 bits (nf4), all else untouched: QLoRA."},
    )
    lora_rank: int = field(default=16, metadata={"help": "Rank of each LoRA update."})
    lora_alpha: int = field(default=32, metadata={"help": "LoRA updates are scaled by lora_alpha / lora_rank."})
    use_rslora: bool = field(
        default=False, metadata={"help": "Scale LoRA updates by lora_alpha / sqrt(lora_rank) instead (ablation)."}
    )
    lora_vision: bool = field(
        default=False,
        metadata={"help": "LoRA on the vision tower's linear layers too (ablation); vLLM serves it only when merged."},
    )
    train_projector: bool = field(
        default=False,
        metadata={"help": "Train the weights between vision tower and decoder too, and store them whole (ablation)."},
    )
    learning_rate: float = field(default=2e-4, metadata={"help": "Peak learning rate of AdamW."})
    warmup_steps: int = field(default=20, metadata={"help": "Steps over which the learning rate rises from zero."})
    schedule: str = field(
        default="cosine", metadata={"help": "How the learning rate falls afterwards: cosine, linear or constant."}
    )
    weight_decay: float = field(default=0.0, metadata={"help": "AdamW weight decay of the LoRA matrices."})
    max_grad_norm: float = field(default=1.0, metadata={"help": "Gradients longer than this are shortened to it."})
    epochs: float = field(default=3.0, metadata={"help": "Passes over the training split."})
    max_steps: int = field(
        default=0, metadata={"help": "Stop after so many steps, whatever `epochs` says; 0: no stop."}
    )
    batch_size: int = field(
        default=32, metadata={"help": "Examples per optimiser step, over all processes and accumulation steps."}
    )
    per_device_batch_size: int = field(
        default=16,
        metadata={"help": "Most examples a process holds at once. Accumulation steps follow from batch_size."},
    )
    activation_checkpointing: str = field(
        default="auto",
        metadata={
            "help": "Recompute activations in the backward pass, a third slower and far smaller: always, never, or "
            "auto, where an estimate says that they would not fit."
        },
    )
    loader_workers: int = field(
        default=-1,
        metadata={
            "help": "Processes that draw figures ahead of each training process; 0: none, -1: none on a CPU, on a "
            "GPU so many as drawing needs. The result is the same."
        },
    )
    vision_cache_gib: float = field(
        default=2.0,
        metadata={
            "help": "Memory of each process in which the image tokens of a frozen vision tower are kept, so that a "
            "picture is read once; 0: none are kept."
        },
    )
    logging_steps: int = field(default=10, metadata={"help": "Steps between two reports of the training loss."})
    eval_steps: int = field(default=50, metadata={"help": "Steps between two losses on the validation split."})
    save_steps: int = field(default=50, metadata={"help": "Steps between two checkpoints."})
    patience: int = field(
        default=0,
        metadata={"help": "Stop after so many validation losses without a better one, and keep the best; 0: never."},
    )
    precision: str = field(
        default="", metadata={"help": "bf16 or fp32 products; empty picks bf16 where the hardware multiplies it."}
    )
    seed: int = field(default=0, metadata={"help": "Seed of the LoRA weights and of the order of the examples."})

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant."""
        for spec in fields(self):
            value, kind = getattr(self, spec.name), type(spec.default)
            whole = kind is float and type(value) is int
            if kind in (bool, int, float) and type(value) is not kind and not whole:
                message = f"{spec.name} is {value!r} and must be of type {kind.__name__}"
                raise NicheLensError(message)
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

    def accumulation(self, processes: int) -> tuple[int, int]:
        """(examples a process holds at once, accumulation steps), so that each optimiser step sees `batch_size`.

        Raises:
            NicheLensError: `batch_size` cannot be shared out evenly.
        """
        share, rest = divmod(self.batch_size, processes)
        held = min(self.per_device_batch_size, share)
        if rest or share % held:
            message = (
                f"batch_size {self.batch_size} cannot be shared out by {processes} processes holding at most "
                f"{self.per_device_batch_size} examples each; make it a multiple of {processes} x per_device_batch_size"
            )
            raise NicheLensError(message)
        return held, share // held

    def _check_least(self, name: str, least: int) -> None:
        if getattr(self, name) < least:
            message = f"{name} is {getattr(self, name)} and must be at least {least}"
            raise NicheLensError(message)


def read_settings(arguments: Sequence[str] | None = None) -> SftSettings:
    """Settings from `--config RECIPE.yaml` and the other arguments, which win; the command line's by default.

    Raises:
        NicheLensError: an unknown setting, a value of the wrong kind, a setting that is missing, no such recipe.
    """
    import sys

    import yaml
    from trl import TrlParser

    class Parser(TrlParser):
        def error(self, message: str) -> NoReturn:
            text = f"{message}; `python -m training.sft --help` lists the settings"
            raise NicheLensError(text)

    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if "--config" in arguments:
        recipe = "".join(arguments[arguments.index("--config") + 1 :][:1])
        if not Path(recipe).is_file():
            message = f"--config {recipe}: no such recipe; those at hand lie in training/recipes"
            raise NicheLensError(message)
    try:
        (settings,) = Parser(SftSettings).parse_args_and_config(arguments)
    except yaml.YAMLError as error:
        message = f"--config: not readable as YAML ({' '.join(str(error).split())})"
        raise NicheLensError(message) from error
    except (ValueError, TypeError) as error:
        # Unknown settings, in the recipe or on the command line, and values that are no scalars.
        reason = " ".join(str(error).split())
        message = f"{reason}; `python -m training.sft --help` lists the settings"
        raise NicheLensError(message) from error
    return settings
