"""Questions about slides themselves: one for each slide and kind of claim, so only many slides can balance them.

Each slide answers yes or no (`ClaimTask.slide_question`). Of each split and kind as many slides with either answer are
kept, in pairs that share a wording, so the words of a question do not tell its answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np

from data_prep.tasks import CLAIM_TASKS, QuestionSpec

Asked = tuple[str, QuestionSpec]
"""Split and spec of a question."""


def is_about_slide(task: str) -> bool:
    """Whether the questions of a task are about slides themselves."""
    return task in CLAIM_TASKS and CLAIM_TASKS[task].claim_type.is_about_slide


def balance(asked: Sequence[Sequence[Asked]], seed: int) -> list[list[Asked]]:
    """The questions of each slide that are kept, in their order. Those about genes and niches are all kept.

    Args:
        asked: for each slide, its questions with their right answers; questions without one are kept too.
        seed: draws which slides are left out where one answer is more common.
    """
    places: dict[tuple[str, str], dict[str, list[tuple[int, int]]]] = defaultdict(lambda: {"yes": [], "no": []})
    for number, questions in enumerate(asked):
        for position, (split, spec) in enumerate(questions):
            if is_about_slide(spec.task) and spec.label:
                places[split, spec.task][spec.label].append((number, position))
    kept: list[list[Asked | None]] = [list(questions) for questions in asked]
    for (split, task), by_answer in places.items():
        rng = np.random.default_rng([seed, crc32(split.encode()), crc32(task.encode())])
        n_pairs = min(map(len, by_answer.values()))
        yes, no = ([found[i] for i in rng.permutation(len(found))] for found in by_answer.values())
        for number, position in (*yes[n_pairs:], *no[n_pairs:]):
            kept[number][position] = None
        for (of_yes, at_yes), (of_no, at_no) in zip(yes[:n_pairs], no[:n_pairs], strict=True):
            kept[of_no][at_no] = (split, replace(asked[of_no][at_no][1], seed=asked[of_yes][at_yes][1].seed))
    return [[question for question in questions if question is not None] for questions in kept]
