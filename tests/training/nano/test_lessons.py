"""Lessons of synthetic slides: every kind, as many yes as no, with the figures and truths of the slide."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide, make_tissue
from training.nano import lessons
from training.nano.artefact_lessons import PLANTED
from training.nano.lesson_block import MAX_LESSONS
from training.nano.lesson_prompts import asked_kinds, prompt_numbers
from training.nano.lessons import MIXTURE, NICHE_KINDS, LessonConfig, make_lessons

SMALL = LessonConfig(genes=40, layouts=1, with_cell_types=1.0, artefact_slides=2.0)


@pytest.fixture(scope="module")
def blocks():
    return [make_lessons(seed, SMALL) for seed in range(3)]


def test_the_same_seed_gives_the_same_lessons(blocks) -> None:
    again = make_lessons(1, SMALL)
    for name, array in vars(blocks[1]).items():
        assert np.array_equal(array, getattr(again, name), equal_nan=name == "values"), name
    assert not np.array_equal(again.pictures[0], blocks[2].pictures[0])


def test_every_kind_is_asked_with_as_many_yes_as_no(blocks) -> None:
    assert set(MIXTURE) == set(asked_kinds())
    kinds = np.concatenate([block.kinds for block in blocks])
    answers = np.concatenate([block.answers for block in blocks])
    prompts = np.concatenate([block.prompts for block in blocks])
    kind_of_prompt = np.array([asked_kinds().index(kind) for kind, _, _ in prompt_numbers()])
    assert np.array_equal(kind_of_prompt[prompts], kinds)
    for number, kind in enumerate(asked_kinds()):
        own = answers[kinds == number]
        assert len(own) > 0, kind
        assert own.mean() == 0.5, kind
    assert max(len(block) for block in blocks) <= MAX_LESSONS


def test_the_number_behind_a_question_tells_its_answer(blocks) -> None:
    kinds = np.concatenate([block.kinds for block in blocks])
    answers = np.concatenate([block.answers for block in blocks]).astype(bool)
    values = np.concatenate([block.values for block in blocks])
    for kind in ("enriched", "adjacent", "centred", "highest", "partial", "patterned"):
        own = kinds == asked_kinds().index(kind)
        assert values[own & answers].min() > values[own & ~answers].max(), kind


def test_thinned_slides_keep_the_answers_of_full_depth() -> None:
    full, thinned = (
        make_lessons(5, replace(SMALL, thinned=share, least_depth=0.05, roomy=0.0)) for share in (0.0, 1.0)
    )
    assert sorted(full.values.tolist()) == sorted(thinned.values.tolist())
    assert not np.array_equal(full.pictures, thinned.pictures)


def test_layouts_ask_only_about_niches() -> None:
    only_layouts = make_lessons(
        2, replace(SMALL, artefact_slides=0.0, mixture={kind: 6 for kind in NICHE_KINDS}, layouts=2)
    )
    assert {asked_kinds()[kind] for kind in only_layouts.kinds} <= set(NICHE_KINDS)


def test_large_slides_have_fewer_genes(monkeypatch) -> None:
    measured: list[Facts] = []
    measure = Facts.measure
    monkeypatch.setattr(lessons.Facts, "measure", lambda slide: measured.append(measure(slide)) or measured[-1])
    monkeypatch.setattr(lessons, "make_tissue", lambda seed, **sizes: make_tissue(3, n_spots=500, n_genes=40))
    make_lessons(3, replace(SMALL, many_spots=400, fewer_genes=16, roomy=0.0))
    assert measured[0].slide.n_genes == 16
    assert measured[0].slide.n_spots == make_slide(3, n_spots=500, n_genes=40).n_spots


@pytest.mark.slow
def test_artefacts_are_turned_and_more_of_them_can_be_asked_for() -> None:
    only = replace(SMALL, mixture={kind: 8 for kind in PLANTED}, layouts=0)
    one, three = (
        [block for seed in (1, 2, 3) if len(block := make_lessons(seed, replace(only, artefact_slides=pairs)))]
        for pairs in (1.0, 3.0)
    )
    assert 0 < sum(map(len, one)) < sum(map(len, three))
    assert np.concatenate([block.answers for block in three]).mean() == 0.5
    pictures = one[0].pictures
    views = {picture.tobytes() for picture in pictures}
    slides = {
        frozenset(np.rot90(side, turn).tobytes() for turn in range(4) for side in (picture, picture[:, ::-1]))
        for picture in pictures
    }
    assert len(slides) < len(views)  # few slides, each seen from many sides
