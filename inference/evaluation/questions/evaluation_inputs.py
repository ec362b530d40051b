"""Inputs of every suite: the model, the questions of a split, and the random draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.split_names import TRAIN
from inference.engine.engine import Engine
from inference.evaluation.questions.altered_slides import AlterableSlide
from inference.evaluation.questions.row_questions import load_rows

if TYPE_CHECKING:
    from datasets import Dataset

Progress = Callable[[str, int, int], None]
"""Called with (name of the step, questions done, all questions)."""


@dataclass(frozen=True, eq=False)
class EvaluationInputs:
    """One model and one split.

    Attributes:
        engine: the model.
        base: the base of an adapter; None for a base, or if the base is not evaluated.
        dataset: folder or Hub id.
        split: its name.
        rows: all rows of the split.
        slides: slide name → slide; {} for a dataset of pictures.
        limit: largest number of questions of a part; None for the limits of the parts.
        seed: of every random draw.
        progress: receives the progress of each step.
    """

    engine: Engine
    base: Engine | None
    dataset: str | Path
    split: str
    rows: Dataset
    slides: dict[str, AlterableSlide] = field(default_factory=dict)
    limit: int | None = None
    seed: int = 0
    progress: Progress | None = None

    @cached_property
    def train(self) -> Dataset | None:
        """Rows of the training split, on which the baselines are fitted; None where the dataset has none."""
        try:
            return load_rows(self.dataset, TRAIN, self.slides)
        except NicheLensError:
            return None

    @cached_property
    def labels(self) -> list[str]:
        """Label of each row."""
        return list(self.rows["label"])

    def rng(self, *part: str) -> np.random.Generator:
        """A generator for one part. Each part has its own, so that leaving one out does not change another."""
        return np.random.default_rng([self.seed, *(crc32(word.encode()) for word in part)])

    def row_indices(self, task: str, *, answered: bool = True, train: bool = False) -> list[int]:
        """Indices of a task's rows with a right answer, or without one (the ambiguous genes)."""
        rows = self.train if train else self.rows
        if rows is None:
            return []
        columns = zip(rows["task"], rows["completion"], strict=True)
        return [i for i, (name, completion) in enumerate(columns) if name == task and bool(completion) == answered]

    def draw(self, indices: Sequence[int], most: int | None, *part: str) -> list[int]:
        """Draws at most ``most`` and at most ``limit`` of some indices at random, in ascending order."""
        limits = [n for n in (most, self.limit) if n is not None]
        if not limits or len(indices) <= min(limits):
            return list(indices)
        return sorted(self.rng("draw", *part).choice(indices, min(limits), replace=False).tolist())

    def draw_evenly(self, indices: Sequence[int], most: int, *part: str, train: bool = False) -> list[int]:
        """Draws at most ``most`` and at most ``limit`` of some indices, evenly from slides and answers.

        Args:
            indices: of rows.
            most: largest number of rows.
            part: names the random generator.
            train: draw from the training split.
        """
        most = min(most, self.limit or most)
        if len(indices) <= most:
            return list(indices)
        rows = self.train if train else self.rows
        assert rows is not None
        slides, labels = rows["slide"], rows["label"]
        rng = self.rng("draw", *part)
        queues: dict[tuple[str, str], list[int]] = {}
        for i in rng.permutation(list(indices)).tolist():
            queues.setdefault((slides[i], labels[i]), []).append(i)
        in_turn = [i for turn in zip_longest(*(queues[key] for key in sorted(queues))) for i in turn if i is not None]
        return sorted(in_turn[:most])

    def step(self, name: str) -> Callable[[int, int], None]:
        """A progress callback for one step of the engine."""
        return lambda done, total: self.progress(name, done, total) if self.progress else None


def gene_groups(rows: Any) -> np.ndarray:
    """The group of each question that a bootstrap resamples as a whole.

    A group is the (first) gene of a slide, or the niche where the question names no gene.

    Args:
        rows: rows of a dataset with the columns "slide", "genes" and "niche".
    """
    columns = zip(rows["slide"], rows["genes"], rows["niche"], strict=True)
    return np.array([f"{slide}\t{genes[0] if genes else niche}" for slide, genes, niche in columns])
