"""What every part of an evaluation needs: who is asked, the questions of the split, and the draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from data_prep.dataset.loading import load_examples
from data_prep.dataset.splits import TRAIN
from data_prep.errors import NicheLensError
from inference.engine.engine import Engine
from inference.evaluation.altered_slides import Tissue

if TYPE_CHECKING:
    from datasets import Dataset

Progress = Callable[[str, int, int], None]
"""Called with (what is done, questions done, questions)."""


@dataclass(frozen=True, eq=False)
class Exam:
    """One model and one split.

    Attributes:
        engine: the model.
        base: the base of an adapter; None for a base, and where it is not to be asked.
        dataset: folder or Hub id.
        split: its name.
        rows: all rows of the split.
        tissues: slide name → slide; {} for a dataset of pictures.
        limit: largest number of questions of a part; None for the parts' own limits.
        seed: of every draw.
        progress: shows how far a part is.
    """

    engine: Engine
    base: Engine | None
    dataset: str | Path
    split: str
    rows: Dataset
    tissues: dict[str, Tissue] = field(default_factory=dict)
    limit: int | None = None
    seed: int = 0
    progress: Progress | None = None

    @cached_property
    def train(self) -> Dataset | None:
        """Rows of the train split, for regressions to learn from; None where the dataset has none."""
        try:
            return load_examples(self.dataset, TRAIN)
        except NicheLensError:
            return None

    def rng(self, *part: str) -> np.random.Generator:
        """A generator of its own for each part, so that leaving one out changes no other."""
        return np.random.default_rng([self.seed, *(crc32(word.encode()) for word in part)])

    def places(self, task: str, *, answered: bool = True, train: bool = False) -> list[int]:
        """Places of a task's rows that have an answer, or of those that have none (the ambiguous bucket)."""
        rows = self.train if train else self.rows
        if rows is None:
            return []
        kinds = zip(rows["task"], rows["completion"], strict=True)
        return [place for place, (found, words) in enumerate(kinds) if found == task and bool(words) == answered]

    def draw(self, places: Sequence[int], most: int | None, *part: str) -> list[int]:
        """At most ``most`` and at most ``limit`` of some places, at random, in order."""
        limits = [n for n in (most, self.limit) if n is not None]
        if not limits or len(places) <= min(limits):
            return list(places)
        return sorted(self.rng("draw", *part).choice(places, min(limits), replace=False).tolist())

    def step(self, name: str) -> Callable[[int, int], None]:
        """A progress callback of the engine for one step."""
        return lambda done, total: self.progress(name, done, total) if self.progress else None


def gene_groups(rows: Any) -> np.ndarray:
    """What a bootstrap resamples as a whole: the (first) gene of a slide, or its niche where no gene is asked.

    Args:
        rows: rows of a dataset with the columns "slide", "genes" and "niche".
    """
    named = zip(rows["slide"], rows["genes"], rows["niche"], strict=True)
    return np.array([f"{slide}\t{genes[0] if genes else niche}" for slide, genes, niche in named])
