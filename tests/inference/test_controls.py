"""The controls take away what they say they take away, and nothing else."""

import numpy as np
import pytest

from data_prep.claims import Names
from data_prep.tasks import Question
from inference.controls import (
    blank,
    five_statistics,
    read_focus,
    shuffled,
    statistics_probability,
    words_probability,
)


@pytest.fixture(scope="module")
def shown(facts):
    """A focus picture with what it was drawn from: levels of the pixels and the niche."""
    gene, niche = str(facts.slide.genes[0]), facts.slide.niches[0]
    return facts.canvas.focus([gene], niche)[0]


def test_brightness_and_niche_are_read_back_exactly(facts, shown):
    level = facts.canvas.levels([str(facts.slide.genes[0])], within_niche=True)[:, 0]
    mark, inside = facts.canvas._by_niche.shown(0)
    seen = read_focus(shown)
    assert (seen.tissue.ravel() == (mark >= 0)).all()
    assert (seen.inside.ravel() == inside).all()
    assert np.abs(seen.level.ravel() - level[mark])[mark >= 0].max() < 0.0126  # one step of grey


def test_shuffling_keeps_niche_and_brightnesses_but_not_their_places(shown, rng):
    question = Question((shown,), "?", Names(), ())
    mixed = shuffled(question, rng).images[0]
    before, after = read_focus(shown), read_focus(mixed)
    assert (before.inside == after.inside).all()
    assert (before.tissue == after.tissue).all()
    assert np.allclose(np.sort(before.level[before.tissue]), np.sort(after.level[after.tissue]), atol=0.0126)
    assert np.corrcoef(before.level[before.tissue], after.level[after.tissue])[0, 1] < 0.1
    assert (question.images[0] == shown).all()


def test_shuffling_evens_out_a_niche(rng):
    from data_prep.palette import expression_table, grey_table

    picture = np.repeat(np.repeat(grey_table()[20][None, None], 64, 0), 64, 1)
    picture[16:48, 16:48] = expression_table()[118]
    assert five_statistics(picture)[2] > 0.8
    mixed = shuffled(Question((picture,), "?", Names(), ()), rng).images[0]
    assert abs(five_statistics(mixed)[2]) < 0.05


def test_blank_pictures_are_white_and_as_many(questions):
    seen = blank(questions[0])
    assert seen.prompt == questions[0].prompt
    assert [(image == 255).all() for image in seen.images] == [True]
    assert not (questions[0].images[0] == 255).all()


def test_statistics_of_a_picture_without_tissue():
    assert (five_statistics(np.full((8, 8, 3), 255, np.uint8)) == 0).all()


def test_five_statistics_learn_an_easy_task(rng):
    from data_prep.palette import expression_table, grey_table

    def picture(is_marker):
        level = rng.integers(30, 60, (32, 32))
        level[8:20, 8:20] += 40 if is_marker else 0
        drawn = grey_table()[level]
        drawn[8:20, 8:20] = expression_table()[level[8:20, 8:20]]
        return five_statistics(drawn)

    label = np.arange(80) % 2 == 1
    statistics = np.array([picture(is_marker) for is_marker in label])
    p_yes = statistics_probability(statistics[:40], label[:40], statistics[40:])
    assert ((p_yes >= 0.5) == label[40:]).all()


def test_words_learn_a_giveaway_and_nothing_from_one_prompt():
    label = np.arange(60) % 2 == 1
    told = [f"Is gene {i} a marker of {'tumour' if yes else 'stroma'}?" for i, yes in enumerate(label)]
    assert ((words_probability(told[:40], label[:40], told[40:]) >= 0.5) == label[40:]).all()
    same = ["Is this gene a marker of the highlighted niche?"] * 60
    assert words_probability(same[:40], label[:40], same[40:]) == pytest.approx(0.5, abs=1e-3)


def test_one_answer_only_is_learnt_as_such():
    assert (words_probability(["a", "b"], np.array([True, True]), ["c"]) == 1.0).all()
