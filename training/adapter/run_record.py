"""What a finished run records beside its weights: its settings, its result, its losses and its card."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.gene_text.text_loading import GENE_TEXT
from inference.model.loader import Base
from inference.model.model_folder import RUN_CONFIG
from training.adapter.adapter_card import adapter_card
from training.adapter.settings import SftSettings
from training.adapter.text_adapter_card import text_adapter_card
from training.adapter.vision_cache import VisionCache

if TYPE_CHECKING:
    from trl import SFTTrainer

logger = logging.getLogger(__name__)
TRAINING_LOG = "training_log.json"


@dataclass(frozen=True)
class RunResult:
    """How a run ended. Seconds and shares are counted from its last start.

    Attributes:
        steps: optimiser steps.
        train_loss: mean loss of the last steps, in nats per answer token.
        seconds: time of training.
        waited_for_rows: share of that time that was spent on getting rows.
        pictures_kept: share of the pictures that the vision cache supplied; None without a cache.
        eval_loss: loss on the validation split, in nats per answer token; None without one.
    """

    steps: int
    train_loss: float
    seconds: float
    waited_for_rows: float
    pictures_kept: float | None
    eval_loss: float | None


def measure_result(trainer: SFTTrainer, cache: VisionCache | None, seconds: float) -> RunResult:
    """Losses and speed of a run that has just ended; the validation loss is measured here.

    Args:
        trainer: of `build_trainer`.
        cache: its vision cache.
        seconds: that the training took.
    """
    history = trainer.state.log_history
    # A run shorter than `logging_steps` reports only its mean loss, at its end.
    losses = [entry["loss"] for entry in history if "loss" in entry] or [history[-1]["train_loss"]]
    waited = trainer.seconds_waiting / seconds
    logger.info("%.1f s, of which %.1f %% went into getting rows", seconds, 100 * waited)
    pictures_kept = None
    if cache is not None and cache.requested:
        pictures_kept = round(cache.reused / cache.requested, 3)
        logger.info(
            "%d pictures were read, %d of them from the cache of %.0f MiB",
            cache.requested,
            cache.reused,
            cache.held_bytes / 2**20,
        )
    return RunResult(
        steps=trainer.state.global_step,
        train_loss=losses[-1],
        seconds=round(seconds, 1),
        waited_for_rows=round(waited, 3),
        pictures_kept=pictures_kept,
        eval_loss=trainer.evaluate()["eval_loss"] if trainer.eval_dataset is not None else None,
    )


def describe_run(
    settings: SftSettings, base: Base, contract: Mapping[str, Any] | None, result: RunResult, n_rows: Mapping[str, int]
) -> dict[str, Any]:
    """Content of run_config.json: everything that decides the adapter, without paths of this machine.

    Args:
        settings: of the run.
        base: the adapted base.
        contract: the dataset's figure contract; None for questions without pictures.
        result: how the run ended.
        n_rows: examples of the splits "train" and "validation".
    """
    names = {"dataset": _public_name(settings.dataset), "model": _public_name(base.reference)}
    kept = asdict(settings) | names
    del kept["output_dir"], kept["resume_from_checkpoint"]
    return {
        "name": Path(settings.output_dir).resolve().name,
        "base": {"name": names["model"], "on_hub": base.revision is not None, "revision": base.revision},
        "dataset": {"name": names["dataset"], **n_rows} | ({} if contract else {"kind": GENE_TEXT}),
        "contract": contract["hash"] if contract else "",
        "settings": kept,
        "result": {name: value for name, value in asdict(result).items() if value is not None},
        "versions": {name: version(name) for name in ("torch", "transformers", "trl", "peft", "accelerate")},
    }


def adapter_files(
    run: Mapping[str, Any], contract: Mapping[str, Any] | None, log: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Files that lie beside an adapter's weights, name to content.

    Args:
        run: of `describe_run`.
        contract: the dataset's figure contract; None for questions without pictures.
        log: what the trainer reported on the way.
    """
    files = {RUN_CONFIG: _json(run), TRAINING_LOG: _json(log)}
    if contract is None:
        return files | {"README.md": text_adapter_card(run)}
    return files | {CONTRACT_FILE: _json(contract), "README.md": adapter_card(run)}


def _public_name(source: str) -> str:
    """A folder's own name, without its path on this machine; a Hub id as it is."""
    return Path(source).resolve().name if Path(source).exists() else source


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
