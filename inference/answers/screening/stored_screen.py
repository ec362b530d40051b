"""A screen that can be interrupted: finished blocks lie beside the output until it is whole.

    plan = ScreenPlan.of(engine, slides, genes)
    with StoredScreen.beside(Path("markers.csv"), plan, overwrite=False) as stored:
        table = stored.ask(engine, facts, sharing=Sharing(processes=4))
        table.to_csv("markers.csv")                     # the stored blocks go at the end of the `with` block

The table is the same, to the last bit, whatever interrupted it and whichever processes asked.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.dataset.runner import run_all
from data_prep.dataset.saved_slides import SLIDE_FILE, save_slide
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from inference.answers.interview import ENRICHED
from inference.answers.screen import join_blocks, marker_table
from inference.answers.screening.screen_jobs import (
    BLOCKS_FOLDER,
    PLAN_FILE,
    SLIDES_FOLDER,
    ScreenJob,
    read_block,
    read_settings,
    score_anywhere,
    score_here,
    write_settings,
)
from inference.answers.screening.screen_plan import ModelSource, ScreenPlan
from inference.engine.engine import Engine, Progress

if TYPE_CHECKING:
    import pandas as pd

_LOCK_FILE = "lock"


@dataclass(frozen=True)
class Sharing:
    """Which processes ask.

    Attributes:
        processes: on this machine, each with one thread; 1 asks in this process.
        dask: address of a Dask scheduler whose workers share the file system; replaces ``processes``.
        source: where other processes find the model.
    """

    processes: int = 1
    dask: str | None = None
    source: ModelSource = field(default_factory=ModelSource)

    @property
    def is_here(self) -> bool:
        """Whether this process asks alone."""
        return self.processes == 1 and self.dask is None


class StoredScreen:
    """The stored blocks of one screen; made by `StoredScreen.beside`.

    Attributes:
        plan: what is asked.
        work: folder of the blocks.
        n_found: questions that an earlier run has answered.
    """

    def __init__(self, work: Path, plan: ScreenPlan) -> None:
        self.work = work
        self.plan = plan
        self.n_found = self.count_answers()

    @classmethod
    @contextmanager
    def beside(cls, out: Path, plan: ScreenPlan, *, overwrite: bool = False) -> Iterator[StoredScreen]:
        """Opens the blocks of an output, or begins with none.

        After success the blocks are deleted. After an error they stay, if there are any.

        Args:
            out: the output that is going to be written; the blocks lie in `.NAME.work` beside it.
            plan: what is asked.
            overwrite: start anew if the blocks answer another plan.

        Raises:
            NicheLensError: the blocks answer another plan, or another process works on them now.
        """
        out = out.absolute()
        work = out.parent / f".{out.name}.work"
        created = [parent for parent in out.parents if not parent.exists()]
        work.mkdir(parents=True, exist_ok=True)
        with _alone(work, out):
            settings = read_settings(work)
            difference = "" if settings is None else plan.difference(settings.get("header"))
            if difference and not overwrite:
                message = (
                    f"{out}: an interrupted run left answers of {difference} in {work.name}; repeat that run to finish "
                    "it, or pass --overwrite to start anew"
                )
                raise NicheLensError(message)
            if difference:
                _empty(work)
            stored = cls(work, plan)
            try:
                yield stored
            except BaseException:
                if not stored.count_answers():
                    _remove(work, created)
                raise
            shutil.rmtree(work, ignore_errors=True)

    @property
    def jobs(self) -> list[ScreenJob]:
        """All blocks, in the order of the slides and genes."""
        work = str(self.work)
        return [
            ScreenJob(work, self.plan.key, slide, part)
            for slide, asked in enumerate(self.plan.asked)
            for part in range(len(asked.blocks))
        ]

    def count_answers(self) -> int:
        """Questions of the blocks that are stored whole. Damaged ones are deleted."""
        answered = 0
        for job in self.jobs:
            asked = self.plan.asked[job.slide]
            if not job.result.exists():
                continue
            if read_block(job, len(asked.blocks[job.part]), len(asked.niches)) is None:
                job.result.unlink()
            else:
                answered += asked.n_in_block(job.part)
        return answered

    def ask(
        self, engine: Engine, facts: Sequence[Facts], sharing: Sharing | None = None, progress: Progress | None = None
    ) -> pd.DataFrame:
        """Asks what is not answered yet.

        Args:
            engine: model to ask; where other processes ask, they load it from ``sharing.source``.
            facts: of each slide, with canvases of the engine's image size.
            sharing: which processes ask; None for this one.
            progress: called with (questions answered so far, all questions).

        Returns:
            The tables of all slides, see `inference.answers.screen.marker_table`.

        Raises:
            NicheLensError: processes keep dying, or the scheduler does not answer.
        """
        sharing = sharing or Sharing()
        write_settings(self.work, self.plan.header, self.plan.asked, sharing.source.absolute())
        if not sharing.is_here:
            self._save_slides(facts)
        total = self.plan.n_questions
        n_asked = sum(asked.n_in_block(part) for asked in self.plan.asked for part in range(len(asked.blocks)))
        done = total - n_asked + self.n_found
        if progress:
            progress(done, total)

        def score(job: ScreenJob) -> None:
            report = None if progress is None else lambda n, _: progress(done + n, total)
            score_here(job, engine, facts[job.slide].canvas, self.plan.asked[job.slide], report)

        def count(job: ScreenJob) -> None:
            nonlocal done
            done += self.plan.asked[job.slide].n_in_block(job.part)
            if progress:
                progress(done, total)

        run_all(
            self.jobs,
            score if sharing.is_here else score_anywhere,
            workers=sharing.processes,
            scheduler=sharing.dask,
            report=count,
        )
        return self._table(engine, facts)

    def _save_slides(self, facts: Sequence[Facts]) -> None:
        for number, part in enumerate(facts):
            folder = self.work / SLIDES_FOLDER / str(number)
            if not (folder / SLIDE_FILE).exists():
                save_slide(part.slide, folder)

    def _table(self, engine: Engine, facts: Sequence[Facts]) -> pd.DataFrame:
        import pandas as pd

        blocks: list[list] = [[] for _ in facts]
        for job in self.jobs:
            asked = self.plan.asked[job.slide]
            p_marker = read_block(job, len(asked.blocks[job.part]), len(asked.niches))
            if p_marker is None:
                message = f"{job.result}: is missing or damaged; run the command again to ask its questions again"
                raise NicheLensError(message)
            blocks[job.slide].append(p_marker)
        tables = []
        for part, asked, answers in zip(facts, self.plan.asked, blocks, strict=True):
            p_marker = join_blocks(asked.genes, asked.niches, asked.blocks, answers)
            calibration = engine.calibration.of(ENRICHED)
            tables.append(marker_table(part, asked.genes, asked.niches, p_marker, calibration))
        return pd.concat(tables, ignore_index=True)


@contextmanager
def _alone(work: Path, out: Path) -> Iterator[None]:
    """Holds a folder for this process. The system lets go of it when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (work / _LOCK_FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"{out}: another process is asking for it now; wait for it, or choose another --out"
            raise NicheLensError(message) from error
        yield


def _empty(work: Path) -> None:
    """Deletes what another plan left."""
    (work / PLAN_FILE).unlink()
    for folder in (BLOCKS_FOLDER, SLIDES_FOLDER):
        shutil.rmtree(work / folder, ignore_errors=True)


def _remove(work: Path, created: Sequence[Path]) -> None:
    """Deletes the folder, and the folders above it that it needed."""
    shutil.rmtree(work, ignore_errors=True)
    for parent in created:
        parent.rmdir()
