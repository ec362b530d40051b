"""Shuffled and thinned slides."""

import pytest

from inference.evaluation.baselines.pixel_statistics import read_focus
from inference.evaluation.questions.altered_slides import AlterableSlide
from inference.evaluation.questions.control_questions import redraw


def test_counts_of_a_spot_move_together_and_niches_stay(facts, questions):
    slide = AlterableSlide(facts.slide, facts.canvas.size)
    mixed = slide.shuffled_canvas(3, 0).slide
    assert (mixed.niche == facts.slide.niche).all()
    assert (mixed.xy == facts.slide.xy).all()
    assert sorted(mixed.depth) == sorted(facts.slide.depth)
    assert not (mixed.depth == facts.slide.depth).all()
    rows = {row.tobytes() for row in facts.slide.counts.toarray()}
    assert {row.tobytes() for row in mixed.counts.toarray()} == rows
    seen = redraw(questions[0], slide.shuffled_canvas(3, 0)).images[0]
    assert (read_focus(seen).inside == read_focus(questions[0].images[0]).inside).all()
    assert not (seen == questions[0].images[0]).all()


def test_a_thinned_slide_keeps_the_share_of_its_counts(facts):
    slide = AlterableSlide(facts.slide, facts.canvas.size)
    tenth = slide.thinned_canvas(0.1, 0).slide
    assert tenth.counts.sum() == pytest.approx(0.1 * facts.slide.counts.sum(), rel=0.05)
    assert (tenth.counts.toarray() <= facts.slide.counts.toarray()).all()
    assert slide.thinned_canvas(1.0, 0) is slide.canvas
    assert (slide.thinned_canvas(0.1, 0).slide.counts != tenth.counts).nnz == 0
    assert (slide.thinned_canvas(0.1, 1).slide.counts != tenth.counts).nnz > 0
