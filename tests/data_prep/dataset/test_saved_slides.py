"""A saved slide is the slide."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from data_prep.dataset.saved_slides import open_slide, save_slide
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


def same(a: Slide, b: Slide) -> bool:
    return (a.counts != b.counts).nnz == 0 and all(
        np.array_equal(getattr(a, field.name), getattr(b, field.name))
        for field in fields(Slide)
        if field.name != "counts"
    )


def test_a_saved_slide_is_the_slide(tmp_path: Path) -> None:
    slide = make_slide(3, n_spots=300, n_genes=300)
    save_slide(slide, tmp_path / "slide")
    opened = open_slide(tmp_path / "slide")
    assert same(slide, opened)
    assert isinstance(opened.counts[:, 5:9].data.base, np.memmap) or isinstance(opened.counts.data, np.memmap)
    save_slide(opened, tmp_path / "slide")  # onto itself: its maps must not be truncated
    assert same(slide, open_slide(tmp_path / "slide"))


def test_choices_about_preprocessing_are_saved(tmp_path: Path) -> None:
    slide = make_slide(3, n_spots=300, n_genes=30)
    chosen = replace(slide, meta=replace(slide.meta, choices={"repeat": "--normalisation log", "choices": []}))
    save_slide(chosen, tmp_path / "slide")
    assert open_slide(tmp_path / "slide").meta == chosen.meta
    assert "choices" not in slide.meta.to_json()
