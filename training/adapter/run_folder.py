"""RunFolder: the output folder of a fine-tuning run, from its first checkpoint to the finished adapter.

    ADAPTER/checkpoints/run.json            settings of the run that locked the folder
    ADAPTER/checkpoints/checkpoint-50/      what a resumed run needs; the file `complete` is written last
    ADAPTER/adapter_config.json, ...        the adapter, moved in once all of it is written; this file comes last

A folder without adapter_config.json is not loaded as an adapter, so a run that is killed at any moment leaves either no
adapter or a whole one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError
from data_prep.json_files import read_json
from inference.model.model_folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from training.adapter.settings import SftSettings

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import TrainerCallback

_COMPLETE = "complete"

# Settings that may differ between a run and its continuation, since they do not change the adapter.
_FREE_SETTINGS = (
    "output_dir",
    "resume_from_checkpoint",
    "per_device_batch_size",
    "loader_workers",
    "vision_cache_gib",
    "logging_steps",
    "eval_steps",
    "save_steps",
)


class RunFolder:
    """The output folder of one run.

    Attributes:
        path: the folder.
        checkpoints: folder of the checkpoints, as long as the run is unfinished.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.checkpoints = self.path / "checkpoints"
        self._run_file = self.checkpoints / "run.json"

    def find_start(self, settings: SftSettings) -> Path | None:
        """The checkpoint from which the run continues; None to start from the beginning. Writes nothing.

        Raises:
            NicheLensError: the folder holds something else, a finished adapter, an unfinished run with other settings,
                or an unfinished run although `resume_from_checkpoint` is not set.
        """
        resume = settings.resume_from_checkpoint
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            self._check_same_run(settings)
        elif resume not in (None, "auto"):
            message = f"{self.path}: holds no run that could go on from {resume}; leave --resume-from-checkpoint out"
            raise NicheLensError(message)
        if resume is None:
            return None
        if resume == "auto":
            return self.newest_checkpoint()
        if not (Path(resume) / _COMPLETE).is_file():
            message = f"{resume}: is not a complete checkpoint; `auto` takes the newest complete one in output_dir"
            raise NicheLensError(message)
        return Path(resume)

    def newest_checkpoint(self) -> Path | None:
        """The complete checkpoint with the most steps."""
        complete = [file.parent for file in self.checkpoints.glob(f"checkpoint-*/{_COMPLETE}")]
        return max(complete, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)

    def lock(self, settings: SftSettings) -> None:
        """Reserve the folder for a run with these settings, and remove incomplete checkpoints of a killed run."""
        self.checkpoints.mkdir(parents=True, exist_ok=True)
        if not self._run_file.exists():
            self._run_file.write_text(json.dumps(asdict(settings), indent=2) + "\n", encoding="utf-8")
        for folder in self.checkpoints.glob("checkpoint-*"):
            if not (folder / _COMPLETE).is_file():
                shutil.rmtree(folder)

    def finish(
        self,
        model: nn.Module,
        weights: Mapping[str, torch.Tensor],
        processor: Any,
        base: str,
        files: Mapping[str, str],
        revision: str | None = None,
    ) -> None:
        """Write the adapter into a temporary folder, check it, move it in, and remove the checkpoints.

        Args:
            model: the trained PEFT model.
            weights: its trained weights (`training.adapter.trained_weights`).
            processor: the base's processor.
            base: how the adapter names its base.
            files: further files, name to content. They replace files of the same name that the libraries write.
            revision: commit of a base on the Hub.
        """
        staged = self.checkpoints / "adapter"
        shutil.rmtree(staged, ignore_errors=True)
        model.peft_config["default"].base_model_name_or_path = base
        model.peft_config["default"].revision = revision
        # The embeddings are frozen. To check whether they grew, PEFT would ask the Hub.
        model.save_pretrained(staged, state_dict=dict(weights), save_embedding_layers=False)
        processor.save_pretrained(staged)
        for name, content in files.items():
            (staged / name).write_text(content, encoding="utf-8")
        check_saved(model, weights, staged)
        for file in sorted(staged.iterdir(), key=lambda file: file.name == ADAPTER_CONFIG):
            file.replace(self.path / file.name)
        shutil.rmtree(self.checkpoints)

    def _check_same_run(self, settings: SftSettings) -> None:
        if (self.path / ADAPTER_CONFIG).exists():
            message = f"{self.path}: holds a finished adapter; choose another --output-dir"
            raise NicheLensError(message)
        if not self._run_file.is_file():
            message = f"{self.path}: exists and is no run of this command; choose another --output-dir"
            raise NicheLensError(message)
        if settings.resume_from_checkpoint is None:
            message = f"{self.path}: holds an unfinished run; add --resume-from-checkpoint auto, or remove the folder"
            raise NicheLensError(message)
        run_settings = read_json(str(self.path), self._run_file)
        differing = [
            name
            for name, value in asdict(settings).items()
            if name not in _FREE_SETTINGS and run_settings.get(name) != value
        ]
        if differing:
            name = differing[0]
            message = (
                f"{self.path}: its run has {name} {run_settings.get(name)!r}, not {getattr(settings, name)!r}; "
                "resume it with its own settings, or choose another --output-dir"
            )
            raise NicheLensError(message)


def check_saved(model: nn.Module, weights: Mapping[str, torch.Tensor], folder: Path) -> None:
    """Assert that the saved weights equal the trained ones bit by bit, and that none is missing or added."""
    import torch
    from peft import get_peft_model_state_dict
    from safetensors.torch import load_file

    expected = get_peft_model_state_dict(model, state_dict=dict(weights), save_embedding_layers=False)
    saved = load_file(folder / ADAPTER_WEIGHTS)
    wrong = expected.keys() ^ saved.keys()
    wrong |= {key for key in expected.keys() & saved.keys() if not torch.equal(expected[key].cpu(), saved[key])}
    if wrong or not expected:
        message = f"{folder / ADAPTER_WEIGHTS}: not the trained LoRA weights: {sorted(wrong)[:3] or 'none at all'}"
        raise AssertionError(message)


def mark_complete() -> TrainerCallback:
    """A callback that marks a checkpoint as complete after every process has written its part."""
    from accelerate import PartialState
    from transformers import TrainerCallback

    class MarkComplete(TrainerCallback):
        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            PartialState().wait_for_everyone()
            if state.is_world_process_zero:
                (Path(args.output_dir) / f"checkpoint-{state.global_step}" / _COMPLETE).touch()

    return MarkComplete()
