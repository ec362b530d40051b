"""Decides how many worker processes draw figures and prepare batches ahead of the model."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import ProcessorMixin

logger = logging.getLogger(__name__)

ROWS_PER_SECOND = 200
"""Rows that one GPU is expected to train on per second. A row of Qwen3.5-2B takes about 2e12 operations, and an H100
does 4e14 per second at 40 % of its peak. A smaller model trains on more; `training.sft` reports the time it waited."""
_TIMED_ROWS = 16


def decide_workers(setting: int, rows: Dataset, processor: ProcessorMixin) -> int:
    """Worker processes of the data loader of this training process: the setting, or a choice that is logged.

    Args:
        setting: the number that was asked for; -1 for a choice.
        rows: the training rows, rendered when they are read.
        processor: of the model.
    """
    import torch
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    if setting >= 0:
        return setting
    seconds = time_rows(rows, DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True))
    processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    workers, reason = choose_workers(seconds, on_gpu=torch.cuda.is_available(), processes=processes)
    logger.info("%d processes draw ahead: %s", workers, reason)
    return workers


def choose_workers(seconds_per_row: float, *, on_gpu: bool, processes: int) -> tuple[int, str]:
    """(worker processes of the data loader of each training process, the reason).

    On a CPU the model keeps every core busy, so workers would only slow it down. With a GPU the cores are idle: as many
    workers draw as `ROWS_PER_SECOND` needs, and each training process keeps one core.

    Args:
        seconds_per_row: time to draw a row's figures and make its tensors.
        on_gpu: whether the model trains on a GPU.
        processes: training processes on this machine.
    """
    took = f"a row takes {seconds_per_row * 1e3:.1f} ms to draw and encode"
    if not on_gpu:
        return 0, f"{took}, and the model keeps the cores of a CPU busy by itself"
    spare = max(len(os.sched_getaffinity(0)) // processes - 1, 0)
    needed = ceil(seconds_per_row * ROWS_PER_SECOND)
    return min(needed, spare), f"{took}; {needed} keep up {ROWS_PER_SECOND} rows/s, {spare} cores are to spare"


def time_rows(rows: Dataset, collate: Callable[[list[Any]], Any]) -> float:
    """Mean seconds to draw a row and make its tensors, timed on rows spread over a dataset."""
    indices = range(0, len(rows), max(len(rows) // _TIMED_ROWS, 1))
    collate([rows[indices[0]]])  # what is made only once, for a slide or a processor, is not counted
    started = time.perf_counter()
    for index in indices:
        collate([rows[index]])
    return (time.perf_counter() - started) / len(indices)
