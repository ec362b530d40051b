"""Read the questions and right answers back from the rows of a dataset."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep.claims import Claim, Names
from data_prep.figures.spec import FigureSpec
from data_prep.tasks import Question

if TYPE_CHECKING:
    from datasets import Dataset


def read_question(row: Mapping[str, Any]) -> Question:
    """The question of a row of ``data_prep.dataset.loading``, with its pictures decoded."""
    specs = json.loads(row["specs"])
    return Question(
        images=tuple(np.asarray(image.convert("RGB"), dtype=np.uint8) for image in row["images"]),
        prompt=row["prompt"],
        names=Names(**json.loads(row["names"])),
        specs=tuple(FigureSpec(**{**spec, "genes": tuple(spec["genes"])}) for spec in specs),
    )


def read_claims(row: Mapping[str, Any]) -> list[Claim]:
    """The claims of a row's right answer. They refer to genes and niches as the question does."""
    return [Claim(**claim) for claim in json.loads(row["claims"])]


def marker_rows(rows: Dataset) -> list[int]:
    """Indices of the marker questions that have a right answer."""
    columns = zip(rows["task"], rows["label"], strict=True)
    return [i for i, (task, label) in enumerate(columns) if task == "marker" and label]


def rows_with_claims(rows: Dataset, most: int) -> list[int]:
    """Indices of the first ``most`` rows of each task whose right answer makes claims."""
    taken: Counter[str] = Counter()
    indices = []
    for i, (task, claims) in enumerate(zip(rows["task"], rows["claims"], strict=True)):
        if claims != "[]" and taken[task] < most:
            taken[task] += 1
            indices.append(i)
    return indices
