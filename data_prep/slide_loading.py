"""Loads the slides of several files or AnnData objects: chosen slices, and niches that are read or computed.

Niches are computed over all slices of a source together, so that a niche has the same name on all of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError, suggest
from data_prep.read.options import ReadOptions

if TYPE_CHECKING:
    from anndata import AnnData

    from data_prep.slide import Slide

logger = logging.getLogger(__name__)


def load_slides(
    sources: Sequence[Path | AnnData],
    options: ReadOptions,
    progress: Callable[[float, str], None] | None = None,
    *,
    needs_niches: bool = True,
) -> list[Slide]:
    """Read the chosen slices of all sources, in the order of the sources, with niches.

    An AnnData object is called "adata"; several are called "adata1", "adata2", ...

    Args:
        sources: files, folders or AnnData objects.
        options: how to read them; either `niche_keys` or `find_niches` must be set, unless niches are not needed.
        progress: is told the share of the search for niches that is done, 0 to 1, and what comes next.
        needs_niches: whether slides without niches are refused. A slice in which fewer than two niches are found is
            left out then, with a warning, as one that has fewer in its column.

    Raises:
        NicheLensError: a source cannot be read, no niche column is named, a slice is in none of the sources, or no
            slice has two niches.
    """
    from data_prep.facts.niche_finding import find_niches
    from data_prep.read.slide_reader import read_slides

    by_source: list[list[Slide]] = []
    for source, name in zip(sources, _names(sources), strict=True):
        if needs_niches and not options.niche_keys and not options.find_niches:
            message = f"{name}: no --niche-key given; {_column_advice(niche_columns(source))}"
            raise NicheLensError(message)
        by_source.append(read_slides(source, options, name=name))
    labels = [slide_label(slide) for slides in by_source for slide in slides]
    for wanted in options.slices:
        if wanted not in labels:
            message = f"no slice '{wanted}'; {suggest(wanted, labels, kind='slices', show_all=True)}"
            raise NicheLensError(message)
    chosen = [
        [slide for slide in slides if not options.slices or slide_label(slide) in options.slices]
        for slides in by_source
    ]
    chosen = [slides for slides in chosen if slides]
    if not options.find_niches:
        return [slide for slides in chosen for slide in slides]
    found: list[Slide] = []
    for number, slides in enumerate(chosen):
        told = _part_of(progress, number, len(chosen)) if progress else None
        found += find_niches(slides, options.niches, told).slides
    return _with_two_niches(found) if needs_niches else found


def _with_two_niches(found: Sequence[Slide]) -> list[Slide]:
    kept = [slide for slide in found if len(slide.niches) > 1]
    if not kept:
        message = f"{found[0].name}: no slice has two niches that were found; ask for more with --n-niches (n_niches)"
        raise NicheLensError(message)
    for slide in found:
        if len(slide.niches) < 2:
            logger.warning("%s: fewer than two niches were found in it and it is left out", slide.name)
    return kept


def _part_of(progress: Callable[[float, str], None], number: int, total: int) -> Callable[[float, str], None]:
    """Progress of one source of several."""
    of = f" (file {number + 1} of {total})" if total > 1 else ""
    return lambda share, what: progress((number + share) / total, what + of)


def slides_with_niche(slides: Sequence[Slide], niche: str) -> list[Slide]:
    """The slides that have a niche.

    Raises:
        NicheLensError: none has it; names the niches of the first.
    """
    having = [slide for slide in slides if niche in slide.niches]
    if not having:
        slides[0].niche_index(niche)
    return having


def slide_label(slide: Slide) -> str:
    """The short name of a slide: its slice, or its file if that has no slices."""
    return slide.meta.slice or slide.name


def distinct_labels(slides: Sequence[Slide]) -> list[str]:
    """The short names of slides, in their order; of slices that are called alike, the names with their files."""
    labels, names = [slide_label(slide) for slide in slides], list[str]()
    for slide, label in zip(slides, labels, strict=True):
        name = label if labels.count(label) == 1 else slide.name
        same = sum(before == name or before.startswith(f"{name} (") for before in names)
        names.append(f"{name} ({same + 1})" if same else name)
    return names


def niche_columns(source: Path | AnnData) -> tuple[str, ...]:
    """Columns of `obs` that could hold niches, the most likely first.

    Raises:
        NicheLensError: the source cannot be read.
    """
    from data_prep.read.formats import open_slide
    from data_prep.read.niche_columns import likely_niche_columns

    return likely_niche_columns(open_slide(source).obs)


def _names(sources: Sequence[Path | AnnData]) -> list[str]:
    """What messages call each source: the file's name, or "adata" with a number if there are several objects."""
    names, n_objects = [], 0
    several = sum(not isinstance(source, Path) for source in sources) > 1
    for source in sources:
        if isinstance(source, Path):
            names.append(source.name)
        else:
            n_objects += 1
            names.append(f"adata{n_objects}" if several else "adata")
    return names


def _column_advice(columns: Sequence[str]) -> str:
    if not columns:
        return "no obs column could serve (2 to 100 names, two of them with enough spots); pass --find-niches"
    return f"obs columns that could serve: {', '.join(columns)}; or pass --find-niches"
