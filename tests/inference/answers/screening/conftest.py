"""A screen of two slides in small blocks."""

from dataclasses import replace

import pytest

from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from inference.answers import screen
from inference.answers.screening.screen_plan import ModelSource, ScreenPlan
from inference.engine.load_engine import load_engine


@pytest.fixture(scope="session")
def engine(base_folder):
    """As another process loads it."""
    return load_engine(base_folder, device="cpu")


@pytest.fixture(scope="session")
def two_slides(facts):
    """Facts of two slides of other genes and niches; a gene of the second has no counts."""
    slide = make_slide(8, n_spots=240, n_niches=3, n_genes=14)
    counts = slide.counts.tolil()
    counts[:, 5] = 0
    return [facts, Facts.measure(slide.with_counts(counts.tocsc()))]


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of five genes: five for the first slide, three for the second."""
    monkeypatch.setattr(screen, "_BLOCK_GENES", 5)


@pytest.fixture
def plan(engine, two_slides, small_blocks):
    return ScreenPlan.of(engine, [part.slide for part in two_slides], [None, None])


@pytest.fixture
def source(base_folder):
    """Where another process finds the engine."""
    return ModelSource(str(base_folder))


@pytest.fixture
def renamed(two_slides):
    """The first slide with another name of a niche."""
    slide = two_slides[0].slide
    return replace(slide, niches=("other", *slide.niches[1:]))
