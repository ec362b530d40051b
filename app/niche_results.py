"""The Python API of computed niches: `nichelens.find_niches`, what it returns, and its labels in AnnData."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.across_results import Pages
from app.anndata_copies import edited_copy, read_slot, without_none, write_columns, write_slot
from app.notebook import Slides
from app.slide_source import one_search
from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from data_prep.niche_options import NicheOptions

if TYPE_CHECKING:
    import pandas as pd
    from anndata import AnnData

    from data_prep.facts.choices.preparation_choice import Progress
    from data_prep.facts.niche_finding import FoundNiches

Source = Slides | str | Path
"""What niches are looked for in; an AnnData object too."""


@dataclass(frozen=True, eq=False)
class Niches(Pages):
    """The niches of one or several slides. ``str()`` says how many and why, and a notebook shows the page.

    Attributes:
        table: one row for each spot: "spot", "slice", "niche" ("" if it belongs nowhere) and "confidence" (0..1).
        slides: the slides with these niches, to ask about and to describe.
        curve: one row for each number that was tried: "n_niches", "explained" (share of the variance, 0..1),
            "stability" (adjusted Rand index) and "is_chosen"; empty if the number was given.
        reason: why this number.
    """

    table: pd.DataFrame
    slides: Slides
    curve: pd.DataFrame
    reason: str
    _found: FoundNiches = field(repr=False)

    def write_to(self, adata: AnnData) -> None:
        """Writes `obs['niche']`, `obs['niche_confidence']` and `uns['nichelens_niches']` into an AnnData object.

        It is for niches of one source. Those of several sources are in `table`: their spots may have the same names.

        Args:
            adata: object that the niches were found in, or one with the same spots.

        Raises:
            NicheLensError: its spots are others, the niches are of several sources, or it has another column `niche`.
        """
        check_niche_column(adata.obs, "adata")
        for name, column in niche_columns_of(self._found, adata.obs_names.astype(str), "adata").items():
            adata.obs[name] = column
        adata.uns[keys.FOUND_NICHES] = about_niches(self._found)


def find_niches(
    source: Source | AnnData | Sequence[Source | AnnData],
    n_niches: int | None = None,
    scale: str = "middle",
    *,
    options: NicheOptions | None = None,
    progress: Progress | None = None,
) -> Niches:
    """Finds the niches of slides without labels, as `nichelens niches` does. Niches that a slide has are ignored.

    Args:
        source: a path, an AnnData object, or slides of `read`; or several of them, which are looked at together, so
            that a niche has the same name on all slides.
        n_niches: their number; None finds it.
        scale: "coarse", "middle" or "fine": the scale of a found number.
        options: all of it in one object, with the preparation of the counts; instead of `n_niches` and `scale`.
        progress: called with (share that is done, 0..1, what comes next).

    Raises:
        NicheLensError: a source cannot be read, a slide is too small, or the slides share too few genes.
    """
    from data_prep.facts.niche_finding import find_niches as search

    asked = one_search(n_niches, scale, options)
    sources = list(source) if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    if not sources:
        message = "find_niches() needs at least one slide"
        raise NicheLensError(message)
    return niches_of(search(_slides(sources), asked, progress), sources)


def niches_of(found: FoundNiches, sources: Sequence[Any] = ()) -> Niches:
    """What `find_niches` returns.

    Args:
        found: the niches.
        sources: what they were found in; slides of `read` say how they were read.
    """
    from dataclasses import replace

    from data_prep.read.options import ReadOptions
    from inference.answers.found_niches import niche_labels, niche_search_page, niche_search_text

    read = next((one.options for one in sources if isinstance(one, Slides)), ReadOptions())
    options = replace(read, niche_keys=(), find_niches=True, niches=found.options)
    return Niches(
        text=niche_search_text.summary(found),
        writers={
            ".html": niche_search_page.to_html(found),
            ".json": niche_search_text.to_json(found),
            ".csv": niche_labels.labels_csv(found),
        },
        table=niche_labels.label_table(found),
        slides=Slides(found.slides, options),
        curve=niche_labels.curve_table(found),
        reason=found.reason,
        _found=found,
    )


def write_niches_copy(path: Path, found: FoundNiches, out: Path) -> None:
    """Writes a copy of a slide's file with computed niches in it, where `Niches.write_to` puts them.

    Args:
        path: the `.h5ad` file or AnnData `.zarr` store that they were found in.
        found: the niches.
        out: file or store to write, which is not there yet.

    Raises:
        NicheLensError: the file has other spots, or another column `niche`.
    """
    with edited_copy(path, out) as root:
        obs = read_slot(root, "obs", path.name)
        check_niche_column(obs, path.name)
        write_columns(root, "obs", niche_columns_of(found, obs.index.astype(str), path.name))
        write_slot(root, "uns", {keys.FOUND_NICHES: about_niches(found)})


def check_niche_column(obs: pd.DataFrame, where: str) -> None:
    """Refuses to write over a column `niche` that NicheLens did not write.

    Raises:
        NicheLensError: there is such a column.
    """
    if keys.NICHE in obs and keys.NICHE_CONFIDENCE not in obs:
        message = (
            f"{where}: has a column obs['{keys.NICHE}'] of its own, which computed niches would replace; rename it"
        )
        raise NicheLensError(message)


def niche_columns_of(found: FoundNiches, spots: pd.Index, where: str) -> dict[str, Any]:
    """Niche and confidence of the spots of a file: NA and NaN for spots that were left out or not looked at.

    Raises:
        NicheLensError: the niches were found in other spots, or in several slides that are not all here or have
            spots of the same names.
    """
    import pandas as pd

    from inference.answers.found_niches.niche_labels import label_table, niche_names

    table = label_table(found).set_index("spot")
    here = table.index.isin(spots)
    if not here.any() or (len(found.slides) == 1 and not here.all()):
        message = f"{where}: the niches were found in other spots; write them into the slide that they were found in"
        raise NicheLensError(message)
    if not here.all() or not table.index.is_unique:
        why = "not all of their spots are here" if not here.all() else "their spots have the same names"
        message = f"{where}: the niches were found in {len(found.slides)} slides together, and {why}"
        msg = f"{message}; take the labels of this one from `table`"
        raise NicheLensError(msg)
    niche = table["niche"].where(table["niche"] != "").reindex(spots)
    confidence = table["confidence"].reindex(spots).to_numpy("float32")
    return {
        keys.NICHE: pd.Categorical(niche, categories=niche_names(found)),
        keys.NICHE_CONFIDENCE: confidence,
    }


def about_niches(found: FoundNiches) -> dict[str, Any]:
    """How niches were found, as `uns` can hold it; how preprocessing was chosen is JSON there."""
    from inference.answers.found_niches.niche_labels import curve_table
    from inference.answers.found_niches.niche_search_text import to_record

    record = to_record(found)
    curve = curve_table(found)
    curve.index = curve.index.astype(str)
    slices = [about["slice"] for about in record["slices"]]
    kept = {name: record[name] for name in ("n_niches", "reason", "asked", "preparation", "niches")}
    chosen = {} if found.choices is None else {"choices": json.dumps(record["choices"])}
    return without_none({**kept, "slices": slices, **chosen}) | {"curve": curve}


def _slides(sources: Sequence[Any]) -> list[Any]:
    """The slides of all sources; files and objects are read without niches."""
    from data_prep.read.options import ReadOptions
    from data_prep.slide_loading import load_slides

    read: list[Any] = []
    for source in sources:
        if isinstance(source, Slides):
            read += source.slices
        else:
            path_or_adata = Path(source) if isinstance(source, str) else source
            read += load_slides([path_or_adata], ReadOptions(), needs_niches=False)
    return read
