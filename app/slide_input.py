"""Slides as the command and the page read them: several files, chosen slices, and a hint where the niches may be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import pandas as pd

    from app.commands.shared_options import SlideOptions
    from data_prep.slide import Slide

LIKELY_COLUMNS = ("region", "niche", "layer", "domain", "annotation", "compartment", "cell_type", "cluster", "leiden")
"""Names that columns with niches often have, the likeliest first; a column whose name holds one of them comes early."""


def read_all(paths: Sequence[Path], config: SlideOptions) -> list[Slide]:
    """Reads the chosen slices of all files, in the order of the files.

    Raises:
        NicheLensError: a file cannot be read, no niche column is named, or a slice is in none of the files.
    """
    from data_prep.read.validation import suggest
    from data_prep.slide import read_slides

    slides: list[Slide] = []
    for path in paths:
        if not config.niche_key and not config.find_niches:
            message = f"{path.name}: no --niche-key given; {_column_advice(niche_columns(path))}"
            raise NicheLensError(message)
        slides += read_slides(
            path,
            _first_present(path, config.niche_key) if config.niche_key else None,
            slice_key=config.slice_key,
            donor_key=config.donor_key,
            layer=config.layer,
            drop_small_niches=config.drop_small_niches,
            cell_type_key=config.cell_type_key,
            find=config.find_niches,
            y_axis=config.y_axis,
            unit=config.unit,
            gene_table=config.gene_table,
        )
    names = [slide_label(slide) for slide in slides]
    for wanted in config.slices or ():
        if wanted not in names:
            message = f"no slice '{wanted}'; {suggest(wanted, names, kind='slices', show_all=True)}"
            raise NicheLensError(message)
    return [slide for slide in slides if not config.slices or slide_label(slide) in config.slices]


def with_niche(slides: Sequence[Slide], niche: str) -> list[Slide]:
    """The slides that have a niche.

    Raises:
        NicheLensError: none has it; names the niches of the first.
    """
    found = [slide for slide in slides if niche in slide.niches]
    if not found:
        slides[0].niche_index(niche)
    return found


def slide_label(slide: Slide) -> str:
    """What a slide is called where people choose one: its slice, or the file where that has no slices."""
    return slide.meta.slice or slide.name


def niche_columns(path: Path) -> tuple[str, ...]:
    """Columns of `obs` that could hold niches, the likeliest first.

    Raises:
        NicheLensError: the file cannot be read.
    """
    from data_prep.read.formats import open_slide_file

    obs = open_slide_file(path).obs
    likely = [str(column) for column in obs.columns if _could_be_niches(obs[column])]
    return tuple(sorted(likely, key=_rank))


def _first_present(path: Path, niche_keys: Sequence[str]) -> str:
    """The first of the niche keys that the file has; the last if it has none of them."""
    if len(niche_keys) == 1:
        return niche_keys[0]
    present = niche_columns(path)
    return next((column for column in niche_keys if column in present), niche_keys[-1])


def _could_be_niches(column: pd.Series) -> bool:
    import pandas as pd

    from data_prep.read.validation import MAX_NICHES, MIN_NICHE_SPOTS
    from data_prep.slide import DONOR_KEY, SLICE_KEY

    if column.name in (SLICE_KEY, DONOR_KEY) or pd.api.types.is_float_dtype(column.dtype):
        return False
    if pd.api.types.is_integer_dtype(column.dtype) and _rank(str(column.name))[1] == len(LIKELY_COLUMNS):
        return False  # a row of the array, a count
    sizes = column.dropna().value_counts()
    sizes = sizes[sizes > 0]
    return 2 <= len(sizes) <= MAX_NICHES and int((sizes >= MIN_NICHE_SPOTS).sum()) >= 2


def _rank(column: str) -> tuple[int, int]:
    """(0 when a likely name itself, else 1; place of the likely name it holds): sorts likely columns first."""
    name = column.lower()
    place = next((i for i, word in enumerate(LIKELY_COLUMNS) if word in name), len(LIKELY_COLUMNS))
    return int(name not in LIKELY_COLUMNS), place


def _column_advice(columns: Sequence[str]) -> str:
    if not columns:
        return "no obs column could serve (2 to 100 names, two of them with enough spots); pass --find-niches"
    return f"obs columns that could serve: {', '.join(columns)}; or pass --find-niches"
