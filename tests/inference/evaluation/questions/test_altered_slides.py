"""Shuffled, thinned and turned slides."""

import numpy as np
import pytest

from inference.evaluation.questions.altered_slides import LEFT_RIGHT, QUARTER, UP_DOWN, AlterableSlide


@pytest.fixture(scope="module")
def slide(facts):
    return AlterableSlide(facts.slide, facts.canvas.size)


def test_counts_of_a_spot_move_together_and_niches_stay(facts, slide):
    mixed = slide.shuffled_canvas(3, 0).slide
    assert (mixed.niche == facts.slide.niche).all()
    assert (mixed.xy == facts.slide.xy).all()
    assert sorted(mixed.depth) == sorted(facts.slide.depth)
    assert not (mixed.depth == facts.slide.depth).all()
    rows = {row.tobytes() for row in facts.slide.counts.toarray()}
    assert {row.tobytes() for row in mixed.counts.toarray()} == rows


def test_a_thinned_slide_keeps_the_share_of_its_counts(facts, slide):
    tenth = slide.thinned(0.1, 0).slide
    assert tenth.counts.sum() == pytest.approx(0.1 * facts.slide.counts.sum(), rel=0.05)
    assert (tenth.counts.toarray() <= facts.slide.counts.toarray()).all()
    assert slide.thinned(1.0, 0) is slide
    assert (slide.thinned(0.1, 0).slide.counts != tenth.counts).nnz == 0
    assert (slide.thinned(0.1, 1).slide.counts != tenth.counts).nnz > 0


@pytest.mark.parametrize(
    ("turn", "turn_pixels"),
    [
        (LEFT_RIGHT, lambda p: p[:, ::-1]),
        (UP_DOWN, lambda p: p[::-1]),
        (QUARTER, lambda p: np.rot90(p, k=-1)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_turned_tissue_gives_a_turned_picture(facts, slide, turn, turn_pixels):
    from data_prep.figures.frame import tissue_slices

    niche = facts.slide.niches[0]
    square = tissue_slices(facts.canvas.size)
    before, after = facts.canvas.niche(niche)[square], slide.turned_canvas(turn).niche(niche)[square]
    assert (turn_pixels(before) == after).mean() > 0.98  # a pixel between two spots may show either
    assert (before == after).mean() < 0.98


def test_directions_turn_as_the_tissue_does():
    assert (LEFT_RIGHT.vector(1, -1), UP_DOWN.vector(1, -1)) == ((-1, -1), (1, 1))
    assert (QUARTER.vector(1, 0), QUARTER.vector(0, -1)) == ((0, 1), (1, 0))
