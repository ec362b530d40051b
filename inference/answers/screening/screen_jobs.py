"""The jobs of a screen: one block of genes of one slide, asked of the model and stored in one file.

    WORK/screen.json            header of the plan, and what each process needs
    WORK/slides/0/              the slides, if several processes work
    WORK/blocks/0-12.npz        probabilities of block 12 of slide 0, with the key of the plan

A file appears under its name when it is complete, so whatever ends a process leaves finished blocks only.
"""

from __future__ import annotations

import json
import os
import threading
import zipfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.dataset.saved_slides import open_slide
from data_prep.errors import NicheLensError
from data_prep.figures.canvas import Canvas
from inference.answers.screen import score_block
from inference.answers.screening.screen_plan import Asked, ModelSource, describe_engine
from inference.engine.engine import Engine, Progress
from inference.engine.threads import one_thread

PLAN_FILE = "screen.json"
SLIDES_FOLDER = "slides"
BLOCKS_FOLDER = "blocks"
_loading = threading.Lock()
"""A Dask worker does several jobs at once; they share one model."""


@dataclass(frozen=True)
class ScreenJob:
    """One block of genes of one slide.

    Attributes:
        work: the work folder.
        key: of the plan.
        slide: number of the slide.
        part: number of the block.
    """

    work: str
    key: str
    slide: int
    part: int

    @property
    def result(self) -> Path:
        """The file with the answers."""
        return Path(self.work) / BLOCKS_FOLDER / f"{self.slide}-{self.part}.npz"


def score_here(job: ScreenJob, engine: Engine, canvas: Canvas, asked: Asked, progress: Progress | None = None) -> None:
    """Asks about a block and stores the answers."""
    _store(job, score_block(engine, canvas, asked.blocks[job.part], asked.niches, progress))


def score_anywhere(job: ScreenJob) -> None:
    """Does the same in a process that has only the work folder. It computes with one thread.

    Raises:
        NicheLensError: the process finds another model than that of the plan.
    """
    if job.result.exists():
        return
    settings = _settings(job.work, job.key)
    with one_thread():
        engine = _engine(job.work, job.key)
        canvas = _canvas(job.work, job.key, job.slide, engine.image_size)
        score_here(job, engine, canvas, _asked(settings["asked"][job.slide]))


def read_block(job: ScreenJob, n_genes: int, n_niches: int) -> np.ndarray | None:
    """The stored answers of a job, (n_genes, n_niches); None if there are none, or the file is not whole."""
    try:
        with np.load(job.result, allow_pickle=False) as stored:
            p_marker = stored["p_marker"]
            is_whole = str(stored["key"]) == job.key and p_marker.shape == (n_genes, n_niches)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return p_marker if is_whole else None


def write_settings(work: Path, header: dict[str, Any], asked: tuple[Asked, ...], source: ModelSource) -> None:
    """Writes what the processes need."""
    settings = {"header": header, "asked": [asdict(part) for part in asked], "source": asdict(source)}
    partial = work / f".{PLAN_FILE}"
    partial.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    partial.replace(work / PLAN_FILE)


def read_settings(work: Path) -> dict[str, Any] | None:
    """What `write_settings` wrote; None if it is not there or not whole."""
    try:
        settings = json.loads((work / PLAN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return settings if isinstance(settings, dict) else None


def _store(job: ScreenJob, p_marker: np.ndarray) -> None:
    job.result.parent.mkdir(parents=True, exist_ok=True)
    partial = job.result.with_name(f".{job.result.stem}.{os.getpid()}.{threading.get_ident()}.npz")
    try:
        with partial.open("wb") as file:
            np.savez(file, p_marker=p_marker, key=np.array(job.key))
        partial.replace(job.result)
    finally:
        partial.unlink(missing_ok=True)


def _asked(stored: dict[str, Any]) -> Asked:
    return Asked(tuple(stored["genes"]), tuple(stored["niches"]), tuple(map(tuple, stored["blocks"])))


# Caches of a process. The key stands for the plan: another screen may use the same folder later.


@lru_cache(maxsize=2)
def _settings(work: str, key: str) -> dict[str, Any]:
    settings = read_settings(Path(work))
    if settings is None:
        message = f"{work}: has no {PLAN_FILE}; put --out on a file system that all processes share"
        raise NicheLensError(message)
    return settings


def _engine(work: str, key: str) -> Engine:
    with _loading:
        return _loaded_engine(work, key)


@lru_cache(maxsize=1)
def _loaded_engine(work: str, key: str) -> Engine:
    settings = _settings(work, key)
    engine = ModelSource(**settings["source"]).load()
    described = describe_engine(engine)
    if any(settings["header"][part] != value for part, value in described.items()):
        message = f"{engine.name}: is not the same model in all processes; give every machine the same files and device"
        raise NicheLensError(message)
    return engine


def _canvas(work: str, key: str, slide: int, size: int) -> Canvas:
    with _loading:
        return _drawn_canvas(work, key, slide, size)


@lru_cache(maxsize=2)
def _drawn_canvas(work: str, key: str, slide: int, size: int) -> Canvas:
    return Canvas(open_slide(Path(work) / SLIDES_FOLDER / str(slide)), size)
