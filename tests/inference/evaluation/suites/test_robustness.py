"""Each change of a picture changes what its name says, and nothing else."""

import numpy as np
import pytest

from data_prep.figures.frame import tissue_slices
from data_prep.tasks import marker_question
from inference.evaluation.baselines.figure_statistics import read_figure
from inference.evaluation.evaluation import evaluate
from inference.evaluation.questions.altered_slides import AlterableSlide
from inference.evaluation.suites import robustness
from inference.evaluation.suites.robustness import SHIFTS, recolour_niche, shift


@pytest.fixture
def picture(facts):
    return facts.canvas.focus([str(facts.slide.genes[0])], facts.slide.niches[0])[0]


@pytest.mark.parametrize("way", SHIFTS)
def test_a_shift_is_by_one_pixel(picture, way):
    down, right = SHIFTS[way]
    after = shift(picture, down, right)
    assert after.shape == picture.shape
    y, x = 60, 70
    assert (after[y + down, x + right] == picture[y, x]).all()
    assert (shift(after, -down, -right)[2:-2, 2:-2] == picture[2:-2, 2:-2]).all()


def test_a_shift_uncovers_background():
    black = np.zeros((4, 4, 3), np.uint8)
    assert (shift(black, 1, 0)[0] == 255).all()
    assert (shift(black, 0, -1)[:, -1] == 255).all()
    assert (shift(black, 1, 0)[1:] == 0).all()


def test_another_colour_scale_repaints_the_niche_only(picture):
    square = tissue_slices(len(picture))
    before = read_figure(picture)
    changed = (recolour_niche(picture) != picture).any(axis=-1)
    assert (changed[square] == before.colour).all()
    assert changed.sum() == before.colour.sum()
    darkest, brightest = (before.level[before.colour] == v for v in (0.0, 1.0))
    after = recolour_niche(picture)[square][before.colour]
    assert (after[darkest] == (68, 1, 84)).all()  # viridis from end to end
    assert (after[brightest] == (253, 231, 37)).all()


def test_harmless_changes_hardly_change_the_answers_of_a_sighted_model(sighted, specs):
    result = evaluate(sighted, specs, suites=("robustness",), limit=40).robustness
    changes = result.changes
    assert changes[robustness.UNCHANGED].holds.value == 1.0
    assert changes[robustness.UNCHANGED].moved.value == 0.0
    for name in ("mirrored left to right", "turned by 90° clockwise", "moved one pixel up"):
        assert changes[name].moved.value == pytest.approx(0.0, abs=0.05), name
    assert robustness.COLOURS in changes
    assert {name for name in changes if name.startswith("drawn")} == set(robustness.SIZES)
    assert result.left_out == {}


@pytest.mark.parametrize("scale", robustness.SIZES.values())
def test_a_resized_question_is_drawn_at_another_size_and_keeps_its_own(scale, facts, marker):
    question = marker_question(facts.canvas, *marker)
    (resized,) = robustness._resize(AlterableSlide(facts.slide, facts.canvas.size), [question], scale)
    assert resized.images[0].shape == question.images[0].shape
    assert not (resized.images[0] == question.images[0]).all()
    niche, before = read_figure(resized.images[0]).colour, read_figure(question.images[0]).colour
    assert (niche == before).mean() > 0.95
