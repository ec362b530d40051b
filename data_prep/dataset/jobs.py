"""Jobs: the parts of the work of building a dataset. Any process can do them in any order, several times if needed.

    WORK/settings.json              settings, sides of donors, fingerprints of the slides
    WORK/slides/0/                  slides (`data_prep.dataset.saved_slides`)
    WORK/measure/0-0.npz            marker statistics of a block of genes
    WORK/ask/0.json                 the questions about a slide: split and spec of each
    WORK/asked/0.json               those that are kept (`data_prep.dataset.slide_questions`)
    WORK/draw/0-0.parquet           rows of some of these questions

The result of a job is one file, which is renamed into place when it is complete. So jobs can run in one process, in
several processes, or on a cluster that shares the folder. A lost job is done again, and an interrupted build continues.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from data_prep.dataset.prep_config import PrepConfig
from data_prep.dataset.rows import make_row, write_rows
from data_prep.dataset.saved_slides import open_slide
from data_prep.dataset.slide_questions import balance, is_about_slide
from data_prep.dataset.splits import Partition
from data_prep.facts.facts import Facts
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MarkerBlock, measure_block
from data_prep.figures.canvas import Canvas
from data_prep.figures.contract import figure_contract
from data_prep.gene_columns import GENE_BLOCK
from data_prep.slide import Slide
from data_prep.split_names import AMBIGUOUS
from data_prep.tasks import CLAIM_TASKS, TASKS, QuestionLimits, QuestionSpec
from data_prep.tasks.task import new_seed

QUESTIONS_PER_JOB = 256
SETTINGS_FILE = "settings.json"


@dataclass(frozen=True)
class Job:
    """One part of the work.

    Attributes:
        kind: "measure", "ask" or "draw".
        work: the work folder.
        slide: number of the slide.
        part: number of the block of genes or of questions.
    """

    kind: str
    work: str
    slide: int
    part: int = 0

    @property
    def result(self) -> Path:
        """The file that the job writes."""
        folder = Path(self.work) / self.kind
        if self.kind == "ask":
            return folder / f"{self.slide}.json"
        return folder / f"{self.slide}-{self.part}.{'npz' if self.kind == 'measure' else 'parquet'}"


def run(job: Job) -> None:
    """Do a job unless its result exists."""
    if job.result.exists():
        return
    job.result.parent.mkdir(parents=True, exist_ok=True)
    partial = job.result.with_name(f"{job.result.stem}.{os.getpid()}.partial{job.result.suffix}")
    try:
        _MAKERS[job.kind](job, partial)
        partial.replace(job.result)
    finally:
        partial.unlink(missing_ok=True)


def measure_jobs(work: Path, slides: Sequence[Slide]) -> list[Job]:
    """One job for every block of genes of every slide."""
    return [job for number, slide in enumerate(slides) for job in _measure_jobs(str(work), number, slide)]


def _measure_jobs(work: str, number: int, slide: Slide) -> list[Job]:
    return [Job("measure", work, number, block) for block in range(-(-slide.n_genes // GENE_BLOCK))]


def keep_balanced(work: Path, n_slides: int, seed: int) -> None:
    """Decide which of the chosen questions are asked, when those of all slides are known."""
    chosen = [
        [(split, QuestionSpec.from_json(record)) for split, record in _read_json(work / "ask" / f"{slide}.json")]
        for slide in range(n_slides)
    ]
    (work / "asked").mkdir(exist_ok=True)
    for slide, kept in enumerate(balance(chosen, seed)):
        _write_asked(kept, work / "asked" / f"{slide}.json")


def draw_jobs(work: Path, slide: int) -> list[Job]:
    """One job for every `QUESTIONS_PER_JOB` kept questions about a slide, in their order."""
    n_questions = len(_read_json(work / "asked" / f"{slide}.json"))
    return [Job("draw", str(work), slide, part) for part in range(-(-n_questions // QUESTIONS_PER_JOB))]


def choose_questions(facts: Facts, sides: Partition, config: PrepConfig) -> Iterator[tuple[str, QuestionSpec]]:
    """Choose the questions about one slide: the split and the spec of each.

    Every combination of slide, split and task has its own random generator. So another slide or task does not change
    the questions. Questions without genes are asked in the first split of a slide only: genes cannot hold them out.
    """
    slide = facts.slide

    def rng(split: str, task: str) -> np.random.Generator:
        return np.random.default_rng([config.seed, *(crc32(text.encode()) for text in (slide.name, split, task))])

    for number, (split, genes) in enumerate(sides.genes_by_split(slide.meta.donor, slide.genes).items()):
        for task in config.tasks:
            if number and not TASKS[task].needs_genes:
                continue
            if is_about_slide(task):
                about_slide = CLAIM_TASKS[task].slide_question(facts, new_seed(rng(split, task)))
                if about_slide is not None:
                    yield split, about_slide
                continue
            count = config.limit(task, split, len(slide.niches))
            limits = QuestionLimits(count, genes, named_share=config.named)
            for spec in TASKS[task].choose_questions(facts, rng(split, task), limits):
                yield split, spec
    if sides.asks_ambiguous(slide.meta.donor):
        for task in config.tasks:
            if task in CLAIM_TASKS:
                limits = QuestionLimits(config.unclear_per_slide)
                for spec in CLAIM_TASKS[task].choose_unclear(facts, rng(AMBIGUOUS, task), limits):
                    yield AMBIGUOUS, spec


def _measure(job: Job, out: Path) -> None:
    block = measure_block(_tissue(job.work, job.slide), job.part * GENE_BLOCK)
    with out.open("wb") as file:
        np.savez(file, **{field.name: getattr(block, field.name) for field in fields(MarkerBlock)})


def _ask(job: Job, out: Path) -> None:
    config, sides = _settings(job.work)
    _write_asked(choose_questions(_facts(job.work, job.slide), sides, config), out)


def _draw(job: Job, out: Path) -> None:
    config, _ = _settings(job.work)
    facts = _facts(job.work, job.slide)
    asked = _read_json(Path(job.work) / "asked" / f"{job.slide}.json")
    contract = str(figure_contract(config.size)["hash"])
    start = job.part * QUESTIONS_PER_JOB
    rows = []
    for split, record in asked[start : start + QUESTIONS_PER_JOB]:
        spec = QuestionSpec.from_json(record)
        example = TASKS[spec.task].make_example(facts, spec)
        row = make_row(example, contract, ambiguous=split == AMBIGUOUS, with_images=config.store == "images")
        rows.append((split, row))
    write_rows(rows, out)


_MAKERS: dict[str, Callable[[Job, Path], None]] = {"measure": _measure, "ask": _ask, "draw": _draw}


# Caches of a process. The slides and settings of a work folder never change: another build has another folder.


@lru_cache(maxsize=4)
def _slide(work: str, number: int) -> Slide:
    return open_slide(Path(work) / "slides" / str(number))


@lru_cache(maxsize=4)
def _tissue(work: str, number: int) -> LabelledTissue:
    return LabelledTissue.of(_slide(work, number))


@lru_cache(maxsize=1)
def _settings(work: str) -> tuple[PrepConfig, Partition]:
    settings = _read_json(Path(work) / SETTINGS_FILE)
    return PrepConfig.from_json(settings["config"]), Partition.from_json(settings["sides"])


@lru_cache(maxsize=2)
def _facts(work: str, number: int) -> Facts:
    """The facts of a slide, from its measured marker statistics."""
    config, _ = _settings(work)
    slide = _slide(work, number)
    blocks = []
    for job in _measure_jobs(work, number, slide):
        with np.load(job.result) as arrays:
            blocks.append(MarkerBlock(**arrays))
    return Facts.of_canvas(Canvas(slide, config.size), blocks)


def _write_asked(questions: Iterable[tuple[str, QuestionSpec]], out: Path) -> None:
    asked = [(split, spec.to_json()) for split, spec in questions]
    out.write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
