"""Measured slides for the tests of tasks."""

import pytest

from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from tests.data_prep.tasks.task_examples import with_cell_types


@pytest.fixture(scope="session")
def facts() -> Facts:
    """A synthetic slide with layers. Its niches A, B, C, ... have names that the task identity accepts."""
    return Facts.measure(make_slide(11, n_spots=900, n_niches=5, n_genes=120))


@pytest.fixture(scope="session")
def many() -> list[Facts]:
    """Synthetic slides with cell types that together have questions of every task."""
    slides = [make_slide(seed, n_spots=900, n_niches=4, n_genes=120) for seed in (13, 17, 18, 21, 22)]
    return [Facts.measure(with_cell_types(slide)) for slide in slides]
