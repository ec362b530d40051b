"""Two small datasets of synthetic tissue, an adapted model, and the scorecard of every suite."""

import numpy as np
import pytest

from data_prep.dataset.builder import build_dataset
from data_prep.dataset.prep_config import PrepConfig
from data_prep.synth.tissue import make_slide
from data_prep.tasks import PROSE_TASKS
from inference.engine.load_engine import load_engine
from inference.evaluation.baselines.figure_statistics import read_figure
from inference.evaluation.evaluation import evaluate
from inference.evaluation.suites import depth, perception


@pytest.fixture(scope="session")
def slides():
    return [make_slide(seed, n_spots=300, n_niches=4, n_genes=100, layout="hex") for seed in range(4)]


PROSE = tuple(task for task in PROSE_TASKS if task != "compare")
TASKS = ("enriched", "adjacent", "centred", "patterned", *PROSE)
"""So few questions of the task compare may be unbalanced by chance, which the leak check refuses."""


def settings(slides, **more):
    return PrepConfig(
        tasks=TASKS,
        test_donors=(slides[3].meta.donor,),
        markers_per_slide=80,
        held_out_per_slide=100,
        descriptions_per_niche=1,
        others_per_slide=24,
        **more,
    )


@pytest.fixture(scope="session")
def pictures(tmp_path_factory, slides):
    """A dataset that holds pictures."""
    folder = tmp_path_factory.mktemp("data") / "pictures"
    build_dataset(slides, folder, settings(slides))
    return folder


@pytest.fixture(scope="session")
def specs(tmp_path_factory, slides):
    """A dataset that holds its slides."""
    folder = tmp_path_factory.mktemp("data") / "specs"
    build_dataset(slides, folder, settings(slides, store="specs", named=0.5))
    return folder


@pytest.fixture(scope="session")
def adapted(adapter_folder):
    return load_engine(adapter_folder, device="cpu")


def shorten_ladders(patch):
    """Two rungs on few slides: the length of a ladder does not change what it measures."""
    patch.setattr(depth, "KEPT_SHARES", (1.0, 0.02))
    patch.setattr(depth, "MIN_QUESTIONS_EACH", 4)
    patch.setattr(perception, "LADDERS", {"effect": ("effect", (0.25, 3))})
    patch.setattr(perception, "SLIDES_PER_RUNG", 2)


@pytest.fixture
def small_ladders(monkeypatch):
    shorten_ladders(monkeypatch)


@pytest.fixture(scope="session")
def progress_steps():
    """Every call of the progress callback while `card` is measured."""
    return []


@pytest.fixture(scope="session")
def card(adapted, specs, progress_steps):
    """The scorecard of every suite for a model with random weights."""
    with pytest.MonkeyPatch.context() as patch:
        shorten_ladders(patch)
        return evaluate(
            adapted, specs, "test_slide", limit=16, written=3, progress=lambda *step: progress_steps.append(step)
        )


@pytest.fixture
def sighted(adapted, monkeypatch):
    """Stands in for a trained model: it answers by the difference of brightness inside and outside the niche."""

    def contrast(image):
        reading = read_figure(image)
        sides = reading.colour, reading.tissue & ~reading.colour
        inside, outside = (reading.level[side].mean() if side.any() else 0.0 for side in sides)
        return inside - outside

    def yes_logit(questions, batch_size=None, progress=None):
        logit = np.array([0.0 if (q.images[0] == 255).all() else 40 * contrast(q.images[0]) for q in questions])
        if progress:
            progress(len(questions), len(questions))
        return logit

    monkeypatch.setattr(adapted, "yes_logit", yes_logit)
    return adapted
