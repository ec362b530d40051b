"""Control questions remove the evidence that they name, and nothing else."""

import numpy as np
import pytest

from data_prep.claims import Claim
from data_prep.tasks import MARKER_WHY_PROMPT, NAMED_MARKER_PROMPT, claim_question, marker_question
from data_prep.tasks.question import blank_pictures
from inference.evaluation.baselines.figure_statistics import read_figure
from inference.evaluation.questions.altered_slides import AlterableSlide
from inference.evaluation.questions.control_questions import (
    blank_logits,
    mask_names,
    redraw,
    shuffle_spots,
)


@pytest.fixture(scope="module")
def slides(facts):
    return {"slide": AlterableSlide(facts.slide, facts.canvas.size)}


def test_shuffled_counts_keep_the_niche_and_lose_the_contrast(facts, marker, slides):
    gene, niche = marker
    question = marker_question(facts.canvas, gene, niche)
    (mixed,) = shuffle_spots([question], ["slide"], slides, 0)
    before, after = read_figure(question.images[0]), read_figure(mixed.images[0])
    assert (before.colour == after.colour).all()
    assert (before.tissue == after.tissue).all()

    def contrast(reading):
        return reading.level[reading.colour].mean() - reading.level[reading.tissue & ~reading.colour].mean()

    assert contrast(before) > 0.2
    assert abs(contrast(after)) < contrast(before) / 2
    assert (mixed.prompt, mixed.names, mixed.specs) == (question.prompt, question.names, question.specs)


def test_in_figures_of_niches_the_labels_are_permuted(facts, slides):
    niche = facts.slide.niches[0]
    question = claim_question(facts.canvas, Claim("form", niche=niche, value="compact"))
    (mixed,) = shuffle_spots([question], ["slide"], slides, 0)
    scattered = slides["slide"].scattered_canvas(0, 0).slide
    assert sorted(scattered.niche) == sorted(facts.slide.niche)
    assert (scattered.counts != facts.slide.counts).nnz == 0
    assert not (mixed.images[0] == question.images[0]).all()


def test_blank_pictures_are_white_and_keep_their_number(questions):
    seen = blank_pictures(questions[0])
    assert seen.prompt == questions[0].prompt
    assert [(image == 255).all() for image in seen.images] == [True]
    assert not (questions[0].images[0] == 255).all()


def test_equal_words_with_a_blank_picture_are_asked_once(engine, questions, monkeypatch):
    asked = []

    def yes_logit(some, **_):
        asked.extend(some)
        return np.arange(len(some), dtype=float)

    monkeypatch.setattr(engine, "yes_logit", yes_logit)
    logit = blank_logits(engine, [*questions, *questions])
    assert len(asked) == len({question.prompt for question in questions})
    assert all((question.images[0] == 255).all() for question in asked)
    assert logit[: len(questions)].tolist() == logit[len(questions) :].tolist()


def test_masking_changes_the_prompt_only(questions):
    from dataclasses import replace

    named = replace(questions[0], prompt=NAMED_MARKER_PROMPT.format(gene="GFAP", niche="WM"))
    seen = mask_names(named)
    assert seen.prompt == MARKER_WHY_PROMPT
    assert seen.images is named.images


def test_a_question_redrawn_on_its_own_canvas_is_itself(facts, questions):
    for before, after in zip(questions, redraw(questions, facts.canvas), strict=True):
        assert [(a == b).all() for a, b in zip(before.images, after.images, strict=True)] == [True] * len(before.images)
