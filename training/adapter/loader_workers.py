"""How many processes draw figures and make batches ahead of the model."""

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
"""What one GPU may be expected to learn from: a row of Qwen3.5-2B takes about 2e12 operations, and an H100 does 4e14 a
second at 40 % of its peak. A smaller model reads more; `training.sft` reports how long it waited."""
_TRIED_ROWS = 16


def plan_workers(asked: int, rows: Dataset, processor: ProcessorMixin) -> int:
    """Worker processes of the data loader of this training process: as many as asked for, else chosen and logged.

    Args:
        asked: how many; below 0 for a choice.
        rows: the training rows, which render themselves when they are read.
        processor: of the model.
    """
    import torch
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    if asked >= 0:
        return asked
    seconds = time_rows(rows, DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True))
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    workers, reason = choose_workers(seconds, on_gpu=torch.cuda.is_available(), processes=here)
    logger.info("%d processes draw ahead: %s", workers, reason)
    return workers


def choose_workers(seconds_per_row: float, *, on_gpu: bool, processes: int) -> tuple[int, str]:
    """(worker processes of the data loader of each training process, why).

    On a CPU the model keeps every core busy, and a worker would take from it what it gives. Beside a GPU the cores are
    idle: so many draw as keep up with `ROWS_PER_SECOND`, one core left to each training process.

    Args:
        seconds_per_row: that drawing a row's figures and making its tensors takes.
        on_gpu: whether the model learns on a GPU.
        processes: training processes on this machine.
    """
    took = f"a row takes {seconds_per_row * 1e3:.1f} ms to draw and encode"
    if not on_gpu:
        return 0, f"{took}, and the model keeps the cores of a CPU busy by itself"
    spare = max(len(os.sched_getaffinity(0)) // processes - 1, 0)
    needed = ceil(seconds_per_row * ROWS_PER_SECOND)
    return min(needed, spare), f"{took}; {needed} keep up {ROWS_PER_SECOND} rows/s, {spare} cores are to spare"


def time_rows(rows: Dataset, collate: Callable[[list[Any]], Any]) -> float:
    """Seconds that it takes to draw a row and make its tensors, tried on rows from all over a dataset."""
    places = range(0, len(rows), max(len(rows) // _TRIED_ROWS, 1))
    collate([rows[places[0]]])  # what is made once, for a slide or a processor, is not counted
    started = time.perf_counter()
    for place in places:
        collate([rows[place]])
    return (time.perf_counter() - started) / len(places)
