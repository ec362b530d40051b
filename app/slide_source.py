"""Reads slides for notebooks: `nichelens.read`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.notebook import Slides
from data_prep.errors import NicheLensError
from data_prep.niche_options import NicheOptions
from data_prep.read.options import ReadOptions

if TYPE_CHECKING:
    from anndata import AnnData


def read(
    source: str | Path | AnnData,
    niche_key: str | Sequence[str] | None = None,
    *,
    n_niches: int | None = None,
    scale: str = "middle",
    **options: Any,
) -> Slides:
    """Reads and checks a slide.

    Reads `X` or a layer, `obsm['spatial']`, and the columns of `obs` that are named. Nothing is written.

    Args:
        source: path of an `.h5ad` or `.zarr` file or of an outs folder, or an AnnData object with raw counts.
        niche_key: column of `obs` with the niches; of several columns the first that the source has. None only together
            with ``find_niches=True``, which computes them; `nichelens.find_niches` also tells how sure they are.
        n_niches: number of niches to compute; None finds it.
        scale: "coarse", "middle" or "fine": the scale of a found number.
        **options: any other field of `data_prep.read.options.ReadOptions`: `slices`, `slice_key`, `donor_key`, `layer`,
            `drop_small_niches`, `find_niches`, `niches`, `cell_type_key`, `y_axis`, `unit`, `gene_table`.

    Raises:
        NicheLensError: the source cannot be read as a slide, or there is no such option.
    """
    from data_prep.slide_loading import load_slides

    known = [option.name for option in fields(ReadOptions) if option.name != "niche_keys"]
    for name in options:
        if name not in known:
            message = f"read() has no option '{name}'; the options are niche_key, n_niches, scale, {', '.join(known)}"
            raise NicheLensError(message)
    niche_keys = (niche_key,) if isinstance(niche_key, str) else tuple(niche_key or ())
    if isinstance(options.get("slices"), str):
        options["slices"] = (options["slices"],)
    niches = one_search(n_niches, scale, options.pop("niches", None))
    chosen = ReadOptions(niche_keys=niche_keys, niches=niches, **options)
    path_or_adata = Path(source) if isinstance(source, str) else source
    return Slides(tuple(load_slides([path_or_adata], chosen)), chosen)


def one_search(n_niches: int | None, scale: str, options: NicheOptions | None) -> NicheOptions:
    """The niches to look for, given in one object or by number and scale.

    Raises:
        NicheLensError: both are given, or a value is out of range.
    """
    if options is None:
        return NicheOptions(n_niches=n_niches, scale=scale)
    if (n_niches, scale) != (None, "middle"):
        message = "n_niches and scale are given beside a NicheOptions that holds them; give one of both"
        raise NicheLensError(message)
    return options
