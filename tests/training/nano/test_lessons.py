"""What lessons hold: repeatable, true, and with the numbers behind their pictures and answers."""

import dataclasses

import numpy as np

from data_prep import claims
from data_prep.facts import marker_rule
from data_prep.facts.niche_shapes import FORMS
from data_prep.figures import palette
from data_prep.figures.spec import PANELS
from data_prep.tasks import TASKS
from tests.training.nano.small_run import SMALL
from training.nano.lessons import NEEDS_DEPTH, NEEDS_KNOWLEDGE, make_lessons, template_texts
from training.nano.picture_heads import PICTURE_TARGETS
from training.nano.relation_heads import RELATION_TARGETS


def test_the_same_seed_gives_the_same_lessons_and_answers_are_heard_as_spoken() -> None:
    first, again = make_lessons(3, SMALL), make_lessons(3, SMALL)
    assert {lesson.task for lesson in first} == set(TASKS) - set(NEEDS_KNOWLEDGE)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.images, two.images)
        assert one.completion == two.completion
        assert tuple(claims.hear(one.completion)) == one.claims
        assert one.targets.shape == (len(one.images), PICTURE_TARGETS.size)


def test_thinned_slides_keep_the_answers_of_full_depth_and_change_the_pictures() -> None:
    config = dataclasses.replace(SMALL, with_cell_types=0.0)
    deep, sparse = (
        [lesson for lesson in make_lessons(3, dataclasses.replace(config, thinned=share)) if lesson.task == "marker"]
        for share in (0.0, 1.0)
    )
    answers = {lesson.prompt + lesson.completion for lesson in deep}
    assert {lesson.prompt + lesson.completion for lesson in sparse} <= answers
    pictures = {lesson.images.tobytes() for lesson in deep}
    assert not any(lesson.images.tobytes() in pictures for lesson in sparse)
    thin = make_lessons(3, dataclasses.replace(config, thinned=1.0))
    assert not {lesson.task for lesson in thin} & set(NEEDS_DEPTH)


def test_rare_patterns_are_asked_about() -> None:
    many = dataclasses.replace(SMALL, genes=96, pattern=2, special=8)
    told = [claim.kind for seed in range(12) for lesson in make_lessons(seed, many) for claim in lesson.claims]
    assert {"partial", "rim", "spills_over", "gradient", "follows_depth"} <= set(told)


def test_targets_are_the_numbers_behind_a_picture() -> None:
    made = make_lessons(3, SMALL)
    asked = {lesson.task: lesson for lesson in made}
    fold = asked["marker"].targets[0, PICTURE_TARGETS.slices["fold"]]
    assert np.isfinite(fold).all()
    for lesson in made:
        if lesson.task == "marker" and lesson.label == "yes":
            assert lesson.targets[0, PICTURE_TARGETS.slices["fold"]] >= marker_rule.LOG2FC_MARKER
    niches, montage = asked["describe"].targets[:2]
    form = next(claim.value for claim in asked["describe"].claims if claim.kind == "form")
    assert FORMS[int(niches[PICTURE_TARGETS.slices["form"]].argmax())] == form
    marks = {claim.gene for claim in asked["describe"].claims if claim.kind == "enriched"}
    folds = dict(zip(PANELS, montage[PICTURE_TARGETS.slices["panels"]], strict=True))
    assert all(folds[letter] >= marker_rule.LOG2FC_MARKER for letter in marks)
    assert np.isnan(montage[PICTURE_TARGETS.slices["place"]]).all()


def test_any_niche_can_have_any_colour_and_answers_name_the_drawn_colours() -> None:
    drawn = {}
    for share in (0.0, 1.0):
        config = dataclasses.replace(SMALL, recoloured=share, thinned=1.0, niches_of_gene=12)
        maps = [lesson for lesson in make_lessons(4, config) if lesson.task == "niches_of_gene"]
        drawn[share] = {lesson.images[1].tobytes() for lesson in maps}
        for lesson in maps:
            painted = {tuple(colour) for colour in lesson.images[1].reshape(-1, 3).tolist()}
            folds = dict(zip(palette.NICHE_COLOURS, lesson.relations[RELATION_TARGETS.slices["folds"]], strict=True))
            measured = {name for name, fold in folds.items() if not np.isnan(fold)}
            assert measured == {name for name, colour in palette.NICHE_COLOURS.items() if colour in painted}
            assert len(measured) < len(palette.NICHE_COLOURS)
            assert all(folds[claim.niche] >= marker_rule.LOG2FC_MARKER for claim in lesson.claims if claim.niche)
    assert len(drawn[0.0]) == 1
    assert len(drawn[1.0]) > 6


def test_template_texts_hold_every_word_of_the_claims() -> None:
    text = " ".join(template_texts(1200))
    for known in claims.CLAIM_TYPES.values():
        if known.kind != "identity":
            assert all(words in text for words in known.values.values())
    for word in (*palette.NICHE_COLOURS, "panels B", "panel E", "the second gene", "are its markers"):
        assert word in text
