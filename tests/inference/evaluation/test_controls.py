"""The controls take away what they say they take away, and nothing else."""

import numpy as np
import pytest

from data_prep.claims import Names
from data_prep.figures.canvas import FigureSpec
from data_prep.figures.palette import expression_table, grey_table
from data_prep.tasks import MARKER_PROMPT, Question, marker_question
from inference.evaluation.altered_slides import Tissue
from inference.evaluation.controls import blank, masked, redrawn, shuffled
from inference.evaluation.pixel_statistics import five_statistics, read_focus


@pytest.fixture(scope="module")
def shown(facts):
    gene, niche = str(facts.slide.genes[0]), facts.slide.niches[0]
    return facts.canvas.focus([gene], niche)[0]


def focus_question(picture):
    return Question((picture,), "?", Names(), (FigureSpec("focus"),))


def test_shuffling_keeps_niche_and_brightnesses_but_not_their_places(shown, rng):
    before_image = shown.copy()
    mixed = shuffled(focus_question(shown), rng).images[0]
    before, after = read_focus(shown), read_focus(mixed)
    assert (before.inside == after.inside).all()
    assert (before.tissue == after.tissue).all()
    assert np.allclose(np.sort(before.level[before.tissue]), np.sort(after.level[after.tissue]), atol=0.0126)
    assert np.corrcoef(before.level[before.tissue], after.level[after.tissue])[0, 1] < 0.1
    assert (before_image == shown).all()


def test_shuffling_evens_out_a_niche(rng):
    picture = np.repeat(np.repeat(grey_table()[20][None, None], 64, 0), 64, 1)
    picture[16:48, 16:48] = expression_table()[118]
    assert five_statistics(picture)[2] > 0.8
    mixed = shuffled(focus_question(picture), rng).images[0]
    assert abs(five_statistics(mixed)[2]) < 0.05


def test_maps_of_niches_are_not_shuffled(shown, rng):
    question = Question((shown, shown), "?", Names(), (FigureSpec("focus"), FigureSpec("niches")))
    first, second = shuffled(question, rng).images
    assert not (first == shown).all()
    assert (second == shown).all()


def test_blank_pictures_are_white_and_as_many(questions):
    seen = blank(questions[0])
    assert seen.prompt == questions[0].prompt
    assert [(image == 255).all() for image in seen.images] == [True]
    assert not (questions[0].images[0] == 255).all()


def test_masking_takes_the_names_out_of_the_words_only(facts):
    named = marker_question(facts.canvas, str(facts.slide.genes[0]), facts.slide.niches[0], named=True)
    seen = masked(named)
    assert str(facts.slide.genes[0]) in named.prompt
    assert seen.prompt == MARKER_PROMPT
    assert seen.images is named.images


def test_spots_are_shuffled_with_their_depth_while_niches_stay(facts, questions):
    tissue = Tissue(facts.slide, facts.canvas.size)
    mixed = tissue.shuffled(3, 0).slide
    assert (mixed.niche == facts.slide.niche).all()
    assert (mixed.xy == facts.slide.xy).all()
    assert sorted(mixed.depth) == sorted(facts.slide.depth)
    assert not (mixed.depth == facts.slide.depth).all()
    rows = {row.tobytes() for row in facts.slide.counts.toarray()}
    assert {row.tobytes() for row in mixed.counts.toarray()} == rows
    seen = redrawn(questions[0], tissue.shuffled(3, 0)).images[0]
    assert (read_focus(seen).inside == read_focus(questions[0].images[0]).inside).all()
    assert not (seen == questions[0].images[0]).all()


def test_a_thinned_tissue_keeps_the_share_of_its_counts(facts):
    tissue = Tissue(facts.slide, facts.canvas.size)
    tenth = tissue.thinned(0.1, 0).slide
    assert tenth.counts.sum() == pytest.approx(0.1 * facts.slide.counts.sum(), rel=0.05)
    assert (tenth.counts.toarray() <= facts.slide.counts.toarray()).all()
    assert tissue.thinned(1.0, 0) is tissue.canvas
    assert (tissue.thinned(0.1, 0).slide.counts != tenth.counts).nnz == 0
