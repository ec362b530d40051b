"""Control questions remove the evidence that they name, and nothing else."""

import numpy as np
import pytest

from data_prep.claims import Names
from data_prep.figures.palette import expression_table, grey_table
from data_prep.figures.spec import FigureSpec
from data_prep.tasks import MARKER_PROMPT, Question, marker_question
from inference.evaluation.baselines.pixel_statistics import focus_statistics, read_focus
from inference.evaluation.questions.control_questions import blank_pictures, mask_names, shuffle_pixels


@pytest.fixture(scope="module")
def shown(facts):
    gene, niche = str(facts.slide.genes[0]), facts.slide.niches[0]
    return facts.canvas.focus([gene], niche)[0]


def focus_question(picture):
    return Question((picture,), "?", Names(), (FigureSpec("focus"),))


def test_shuffling_keeps_the_niche_and_permutes_the_brightness(shown, rng):
    before_image = shown.copy()
    mixed = shuffle_pixels(focus_question(shown), rng).images[0]
    before, after = read_focus(shown), read_focus(mixed)
    assert (before.inside == after.inside).all()
    assert (before.tissue == after.tissue).all()
    assert np.allclose(np.sort(before.level[before.tissue]), np.sort(after.level[after.tissue]), atol=0.0126)
    assert np.corrcoef(before.level[before.tissue], after.level[after.tissue])[0, 1] < 0.1
    assert (before_image == shown).all()


def test_shuffling_removes_the_contrast_of_a_niche(rng):
    picture = np.repeat(np.repeat(grey_table()[10][None, None], 64, 0), 64, 1)
    picture[16:48, 16:48] = expression_table()[98]
    assert focus_statistics(picture)[2] > 0.8
    mixed = shuffle_pixels(focus_question(picture), rng).images[0]
    assert abs(focus_statistics(mixed)[2]) < 0.05


def test_maps_of_niches_are_not_shuffled(shown, rng):
    question = Question((shown, shown), "?", Names(), (FigureSpec("focus"), FigureSpec("niches")))
    first, second = shuffle_pixels(question, rng).images
    assert not (first == shown).all()
    assert (second == shown).all()


def test_blank_pictures_are_white_and_keep_their_number(questions):
    seen = blank_pictures(questions[0])
    assert seen.prompt == questions[0].prompt
    assert [(image == 255).all() for image in seen.images] == [True]
    assert not (questions[0].images[0] == 255).all()


def test_masking_changes_the_prompt_only(facts):
    named = marker_question(facts.canvas, str(facts.slide.genes[0]), facts.slide.niches[0], named=True)
    seen = mask_names(named)
    assert str(facts.slide.genes[0]) in named.prompt
    assert seen.prompt == MARKER_PROMPT
    assert seen.images is named.images
