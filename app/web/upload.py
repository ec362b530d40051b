"""Opening a slide file for the page: an upload of a visitor, or the file named on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.web.slide_cache import SlideCache
from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides, niche_columns
from data_prep.synth.tissue import make_slide

MAX_UPLOAD = "1gb"
"""Largest file that a visitor may upload."""
DELETE_AFTER_SECONDS, LOOK_EVERY_SECONDS = 86_400, 3_600
"""Uploaded files are deleted after a day without use. The server looks for such files every hour."""
MAX_VALUES = 400_000_000
"""Largest number of spots × genes that the page measures: about a 20,000-spot slide of the whole transcriptome."""


def open_slides(path: Path, niche_keys: Sequence[str] = ()) -> SlideCache:
    """Reads a file for the page. Niches that are too small stay unlabelled.

    Args:
        path: an `.h5ad` file.
        niche_keys: columns with the niches; the first that the file has is used. Empty takes the likeliest column.

    Raises:
        NicheLensError: the file is no slide, has no column with niches, or is too large for the page.
    """
    columns = niche_columns(path)
    if not niche_keys and not columns:
        message = (
            f"{path.name}: no obs column could hold niches (2 to 100 names with enough spots each); "
            "cluster or annotate the spots first and save the result as a column of obs"
        )
        raise NicheLensError(message)
    niche_key = next((key for key in niche_keys or columns if key in columns), [*columns, *niche_keys][-1])
    slides = load_slides([path], ReadOptions((niche_key,), drop_small_niches=True))
    largest = max(slides, key=lambda slide: slide.n_spots * slide.n_genes)
    if largest.n_spots * largest.n_genes > MAX_VALUES:
        message = (
            f"{path.name}: {largest.n_spots:,} spots x {largest.n_genes:,} genes are too many for the page; "
            "use `nichelens markers` on the command line, or keep fewer genes"
        )
        raise NicheLensError(message)
    offered = columns if niche_key in columns else (niche_key, *columns)
    return SlideCache(slides, niche_key=niche_key, columns=offered, path=path)


def example_slides() -> SlideCache:
    """A synthetic slide of bent layers, the same each time, for a page that opens without a file."""
    slide = make_slide(1, n_spots=1800, n_niches=6, n_genes=240, layout="hex", pattern="rings")
    return SlideCache([slide])
