"""Examples of tasks, and a slide with cell types, for tests."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data_prep import tasks
from data_prep.facts.facts import Facts
from data_prep.slide import Slide


def make_examples(facts: Facts, task: str, seed: int, count: int, *, named: float = 0.0) -> list[tasks.Example]:
    """Examples of one task."""
    limits = tasks.QuestionLimits(count, named_share=named)
    specs = tasks.TASKS[task].choose_questions(facts, np.random.default_rng(seed), limits)
    return [tasks.TASKS[task].make_example(facts, spec) for spec in specs]


def with_questions(
    many: Sequence[Facts], task: str, count: int, genes: Sequence[int] | None = None
) -> tuple[Facts, list[tasks.QuestionSpec]]:
    """The first slide that has questions of a task, and its questions."""
    limits = tasks.QuestionLimits(count, genes)
    claim_task = tasks.CLAIM_TASKS.get(task)
    if claim_task and claim_task.claim_type.is_about_slide:
        asked = ((facts, claim_task.slide_question(facts, seed)) for facts in many for seed in range(count))
        return next((facts, [spec]) for facts, spec in asked if spec)
    for facts in many:
        if specs := list(tasks.TASKS[task].choose_questions(facts, np.random.default_rng(8), limits)):
            return facts, specs
    message = f"no slide has questions of the task {task}"
    raise AssertionError(message)


def with_cell_types(slide: Slide) -> Slide:
    """The slide with cell types that are mixed differently in each niche."""
    rng = np.random.default_rng(0)
    share = rng.dirichlet([0.4] * 4, len(slide.niches))
    codes = [rng.choice(4, p=share[niche]) for niche in slide.niche]
    return replace(slide, cell_type=np.array(codes, np.int32), cell_types=("T cell", "B cell", "Neuron", "Glia"))
