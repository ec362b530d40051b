"""A transformed picture equals the picture of transformed tissue, and the scores follow the place words."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.figures.canvas import Canvas
from data_prep.tasks import describe_question, marker_question
from inference.evaluation.questions.mirrored_pictures import LEFT_RIGHT, QUARTER, UP_DOWN, score_place_words

TISSUE_TRANSFORMS = {
    LEFT_RIGHT: lambda xy: xy * [-1, 1],
    UP_DOWN: lambda xy: xy * [1, -1],
    QUARTER: lambda xy: np.stack([-xy[:, 1], xy[:, 0]], axis=1),
}


@pytest.mark.parametrize("transform", TISSUE_TRANSFORMS, ids=lambda transform: transform.name)
def test_a_transformed_picture_is_that_of_the_transformed_tissue(transform, facts):
    slide = facts.slide
    canvas = Canvas(replace(slide, xy=TISSUE_TRANSFORMS[transform](slide.xy)), facts.canvas.size)
    gene, niche = str(slide.genes[0]), slide.niches[0]
    ours = transform.question(marker_question(facts.canvas, gene, niche)).images[0]
    theirs = marker_question(canvas, gene, niche).images[0]
    assert (ours == theirs).all(axis=-1).mean() > 0.99  # a pixel between two spots may go to either


@pytest.mark.parametrize("transform", TISSUE_TRANSFORMS, ids=lambda transform: transform.name)
def test_panels_are_transformed_within_their_cells_and_keep_their_letters(transform, facts):
    slide = facts.slide
    canvas = Canvas(replace(slide, xy=TISSUE_TRANSFORMS[transform](slide.xy)), facts.canvas.size)
    genes, niche = [str(gene) for gene in slide.genes[:4]], slide.niches[0]
    before = describe_question(facts.canvas, niche, genes)
    ours, theirs = transform.question(before), describe_question(canvas, niche, genes)
    assert (ours.images[0] == theirs.images[0]).all(axis=-1).mean() > 0.99
    assert (ours.images[1] == theirs.images[1]).all(axis=-1).mean() > 0.97  # letters hide other corners of the tissue
    letter = (slice(0, 8), slice(0, 8))
    assert (ours.images[1][letter] == before.images[1][letter]).all()


def test_place_words_are_transformed():
    assert LEFT_RIGHT.word("located", "upper left") == "upper right"
    assert LEFT_RIGHT.word("located", "top") == "top"
    assert UP_DOWN.word("partial", "upper") == "lower"
    assert UP_DOWN.word("gradient", "down") == "up"
    assert QUARTER.word("located", "left") == "top"
    assert QUARTER.word("located", "upper left") == "upper right"
    assert QUARTER.word("gradient", "right") == "down"


def test_only_answers_that_must_change_are_counted():
    left = "This gene is highest in the left of the tissue."
    right = "This gene is highest in the right of the tissue."
    top = "This gene is highest at the top of the tissue."
    before, after = [left, left, left, top, "No."], [right, left, "No.", top, "No."]
    result = score_place_words(LEFT_RIGHT, before, after)
    assert result.n == 3
    assert result.turned.value == pytest.approx(1 / 3)
    assert result.stayed.value == pytest.approx(1 / 3)


def test_answers_without_place_words_give_no_score():
    result = score_place_words(UP_DOWN, ["No."], ["No."])
    assert result.n == 0
    assert np.isnan(result.turned.value)


def test_every_place_word_must_turn_and_none_may_turn_to_have_stayed():
    both = "This gene is highest in the left of the tissue. This gene is expressed only in the left part of the niche."
    half = "This gene is highest in the right of the tissue. This gene is expressed only in the left part of the niche."
    scores = score_place_words(LEFT_RIGHT, [both], [half])
    assert (scores.n, scores.turned.value, scores.stayed.value) == (1, 0.0, 0.0)
