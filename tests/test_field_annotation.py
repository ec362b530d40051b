"""The annotation task: who is held out, and what perfect and guessing answers score."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from data_prep.synth.tissue import make_slide
from tests.script_file import docs_module
from tests.two_sections import halves


@pytest.fixture(scope="module")
def annotation() -> ModuleType:
    return docs_module("field.type_annotation")


@pytest.fixture(scope="module")
def parts(annotation: ModuleType) -> list:
    """Two sections with four regions, each held out once."""
    slides = halves(make_slide(3, n_spots=900, n_niches=4, n_genes=60, layout="hex", pattern="layers"))
    return folds_of(annotation, slides)


def folds_of(annotation: ModuleType, slides: tuple) -> list:
    sections = docs_module("field.sections")
    return sections.folds([sections.Section(slide, "region") for slide in slides])


def test_no_donor_stands_on_both_sides(annotation: ModuleType) -> None:
    slide = make_slide(3, n_spots=300, n_niches=3, n_genes=20)
    donors = [replace(slide, meta=replace(slide.meta, donor=donor)) for donor in ("A", "A", "B")]
    for fold, n_training in zip(folds_of(annotation, tuple(donors)), (1, 1, 2), strict=True):
        assert len(fold.training) == n_training
        assert fold.held_out.slide.meta.donor not in {section.slide.meta.donor for section in fold.training}
    one = [replace(slide, meta=replace(slide.meta, donor="A")) for _ in range(3)]
    assert [(len(fold.training), fold.by_donor) for fold in folds_of(annotation, tuple(one))] == [(2, False)] * 3
    assert folds_of(annotation, (slide,)) == []


def test_right_answers_score_one_and_guesses_score_chance(annotation: ModuleType, parts: list) -> None:
    rng = np.random.default_rng(0)
    result = annotation.annotate(
        "toy",
        parts,
        {
            annotation.BASELINE: lambda lesson: lesson.fold.held_out.label,
            "guess": lambda lesson: rng.permutation(lesson.fold.held_out.label),
        },
    )
    perfect, guess = result.ways
    assert (perfect.scores["macro F1"].value, perfect.scores["accuracy"].value) == (1.0, 1.0)
    assert perfect.main.error == 0
    share = np.mean([sum(np.mean(f.held_out.label == n) ** 2 for n in set(f.held_out.label)) for f in parts])
    assert guess.scores["accuracy"].value == pytest.approx(share, abs=0.06)
    assert guess.gain_over(perfect).verdict == "worse"


def test_every_way_beats_the_majority_where_regions_have_markers(annotation: ModuleType, parts: list) -> None:
    result = annotation.annotate("toy", parts)
    control = result.way("majority")
    assert result.slides == "toy, region"
    assert result.unseen.endswith("2 sections, 4 classes")
    for scored in result.ways:
        assert scored is control or scored.gain_over(control).verdict == "better", scored.way


def test_marker_lists_hold_markers_of_the_training_sections(annotation: ModuleType, parts: list) -> None:
    lists = annotation.training_markers(parts[0].training)
    value = parts[0].training[0].value.toarray()
    label = parts[0].training[0].label
    assert lists
    for name, genes in lists.items():
        inside, outside = (value[of][:, genes].mean(axis=0) for of in (label == name, label != name))
        assert (inside > outside).all()


def test_unlabelled_spots_are_not_scored(annotation: ModuleType, parts: list) -> None:
    section = parts[0].held_out
    slide = replace(section.slide, niche=np.where(np.arange(section.slide.n_spots) < 100, -1, section.slide.niche))
    held_out = replace(section, slide=slide)
    assert (held_out.label[:100] == "").all()
    assert annotation.block_tables(held_out, held_out.label).sum() == slide.n_spots - 100
