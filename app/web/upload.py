"""Opening a slide for the page: an upload of a visitor, an example, or a file or folder on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from app.niche_column import FOUND, found_column, niche_search
from app.web.archives import Unpacked, is_archive, unpack
from app.web.slide_cache import SlideCache
from data_prep.errors import NicheLensError
from data_prep.facts.niche_finding import find_niches
from data_prep.read.formats import declared_shape
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide, SlideMeta
from data_prep.slide_loading import load_slides, niche_columns
from data_prep.synth.tissue import make_slide

MAX_UPLOAD = "1gb"
"""Largest file that a visitor may upload."""
DELETE_AFTER_SECONDS, LOOK_EVERY_SECONDS = 86_400, 3_600
"""Uploaded files are deleted after a day without use. The server looks for such files every hour."""
MAX_VALUES = 400_000_000
"""Largest number of spots × genes that the page measures: about a 20,000-spot slide of the whole transcriptome."""
MAX_FILE_VALUES = 4 * MAX_VALUES
"""Largest number of spots × genes of a file with several slices, which are read together."""

SYNTHETIC_NAME = "synthetic-nodules"
_RINGS = {
    "Niche B": "tumour core",
    "Niche D": "inner tumour",
    "Niche E": "tumour edge",
    "Niche A": "immune rim",
    "Niche F": "reactive stroma",
    "Niche C": "stroma",
}
"""Niches of the synthetic slide as they are drawn → as the page calls them, from the inside to the outside."""

Progress = Callable[[float, str], None]
"""(share that is done, what comes next)."""
_unpacked: WeakValueDictionary[Path, Unpacked] = WeakValueDictionary()
"""Slides out of archives that somebody still has open, by their path."""
_needed: WeakKeyDictionary[SlideCache, Unpacked] = WeakKeyDictionary()
"""Opened slides, and the files that they were read from and may be read from again."""


def open_slides(path: Path, niche_keys: Sequence[str] = (), *, progress: Progress | None = None) -> SlideCache:
    """Reads a slide for the page. Niches that are too small stay unlabelled.

    Args:
        path: what the command line opens: an `.h5ad`, a `.zarr`, an outs folder; or a .zip that holds one of them.
        niche_keys: columns with the niches; the first that the file has is used. `app.niche_column` names those that
            stand for a search. Empty takes the likeliest column, and finds niches where no column could hold any.
        progress: is told how far the search for niches is; what it raises ends the opening.

    Raises:
        NicheLensError: the file is no slide, is unsafe, has no such column, or is too large for the page.
    """
    unpacked = unpack(path) if is_archive(path) else _unpacked.get(path)
    if unpacked is not None:
        path = unpacked.path
        _unpacked[path] = unpacked
    _check_size(path.name, *declared_shape(path), MAX_FILE_VALUES)
    columns = niche_columns(path)
    niche_key = next((key for key in niche_keys or (*columns, FOUND) if key in columns or niche_search(key)), "")
    niche_key = niche_key or [*columns, *niche_keys][-1]
    search = None if niche_key in columns else niche_search(niche_key)
    reading = ReadOptions() if search else ReadOptions((niche_key,), drop_small_niches=True)
    slides: Sequence[Slide] = load_slides([path], reading, needs_niches=False)
    largest = max(slides, key=lambda slide: slide.n_spots * slide.n_genes)
    _check_size(path.name, largest.n_spots, largest.n_genes, MAX_VALUES)
    found = None
    if search:
        found = find_niches(slides, search, progress)
        slides, niche_key = found.slides, found_column(search)
    offered = (*columns, FOUND) if search or niche_key in columns else (niche_key, *columns, FOUND)
    opened = SlideCache(slides, niche_key=niche_key, columns=offered, path=path, found=found)
    if unpacked is not None:
        _needed[opened] = unpacked
    return opened


def _check_size(name: str, n_spots: int, n_genes: int, most: int) -> None:
    if n_spots * n_genes > most:
        message = (
            f"{name}: {n_spots:,} spots x {n_genes:,} genes are too many for the page; "
            "use `nichelens markers` on the command line, or keep fewer genes"
        )
        raise NicheLensError(message)


def example_slides() -> SlideCache:
    """A synthetic slide, the same each time, for a page that opens without a file: nodules in a torn piece of tissue.

    Its niches have names as a pathologist would give them, from the inside to the outside. Its genes have numbers: real
    symbols would say something about real genes.
    """
    drawn = make_slide(46, n_spots=2600, n_niches=len(_RINGS), n_genes=240, layout="hex", pattern="rings")
    place = np.array([drawn.niches.index(name) for name in _RINGS])
    return SlideCache(
        [
            replace(
                drawn,
                name=SYNTHETIC_NAME,
                niche=np.where(drawn.niche < 0, -1, place.argsort()[drawn.niche]).astype(np.int32),
                niches=tuple(_RINGS.values()),
                meta=SlideMeta(
                    tissue="Made-up tissue and genes",
                    technology="Visium-like spots",
                    donor=SYNTHETIC_NAME,
                    unit="micron",
                    y_axis="down",
                    niches_from="planted",
                    notes=("it says nothing about a tumour or a gene",),
                ),
            )
        ]
    )
