"""Examples of tasks for tests."""

import numpy as np

from data_prep import tasks
from data_prep.facts.facts import Facts


def make_examples(facts: Facts, task: str, seed: int, count: int, *, named: float = 0.0) -> list[tasks.Example]:
    """Examples of one task."""
    limits = tasks.QuestionLimits(count, named_share=named)
    specs = tasks.TASKS[task].choose_questions(facts, np.random.default_rng(seed), limits)
    return [tasks.TASKS[task].make_example(facts, spec) for spec in specs]
