"""Reads a slide for a check: labels are optional, and niches that are too small do not stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides, niche_columns

if TYPE_CHECKING:
    from anndata import AnnData


def load_for_check(
    source: Path | AnnData, options: ReadOptions, progress: Callable[[float, str], None] | None = None
) -> list[Slide]:
    """The chosen slices of a source, with niches if the options name or find them.

    Args:
        source: file, folder or AnnData object.
        options: how to read it. Niches that are too small stay unlabelled.
        progress: is told how far a search for niches is.

    Raises:
        NicheLensError: the source cannot be read as a slide; it says why, and where raw counts may be.
    """
    return load_slides([source], replace(options, drop_small_niches=True), progress, needs_niches=False)


def label_hint(source: Path | AnnData, options: ReadOptions) -> str:
    """Which columns could be checked as niches, if none were; "" otherwise."""
    if options.niche_keys or options.find_niches:
        return ""
    columns = niche_columns(source)
    if not columns:
        return "No niches were checked, and no obs column could serve; pass --find-niches to check computed ones."
    return f"No niches were checked. Columns that could serve: {', '.join(columns)}; pass --niche-key {columns[0]}."
