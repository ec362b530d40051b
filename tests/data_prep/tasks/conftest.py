"""A measured slide for the tests of tasks."""

import pytest

from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="session")
def facts() -> Facts:
    """A synthetic slide with layers. Its niches A, B, C, ... have names that the task identity accepts."""
    return Facts.measure(make_slide(11, n_spots=900, n_niches=5, n_genes=120))
