"""Which parts of a file to read, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from data_prep.niche_options import NicheOptions


@dataclass(frozen=True)
class ReadOptions:
    """How to read slides. The defaults read a file as one slide without niches.

    Attributes:
        niche_keys: columns of `obs` with the niches. Each file uses the first one that can serve; if none can, the
            last one, which then explains the error. Empty reads the slides without niches.
        slices: keep only these slices; empty keeps all. Used by `data_prep.slide_loading.load_slides`.
        slice_key: column of `obs` with the slice of each spot. The default column may be absent: the file is one slice.
        donor_key: column of `obs` with the donor. The default column may be absent: the donor is the file's stem.
        layer: layer with the raw counts; None takes `X`.
        drop_small_niches: leave the spots of niches that are too small unlabelled, instead of refusing the file.
        find_niches: compute the niches instead of reading them. Used by `data_prep.slide_loading.load_slides`.
        niches: which niches to compute.
        cell_type_key: column of `obs` with the cell types; None reads none.
        y_axis: "down" or "up", where y grows; None takes what the format says, else "down".
        unit: "pixel" or "micron", the unit of the coordinates; None takes what the format says.
        gene_table: TSV or CSV with Ensembl ids and symbols, for a file that has no symbols.

    Raises:
        NicheLensError: `y_axis` or `unit` is an unknown word, or niches are to be both read and computed.
    """

    niche_keys: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    slice_key: str = keys.SLICE
    donor_key: str = keys.DONOR
    layer: str | None = None
    drop_small_niches: bool = False
    find_niches: bool = False
    niches: NicheOptions = field(default_factory=NicheOptions)
    cell_type_key: str | None = None
    y_axis: str | None = None
    unit: str | None = None
    gene_table: Path | None = None

    def __post_init__(self) -> None:
        for option, value, known in (
            ("--y-axis", self.y_axis, ("down", "up")),
            ("--unit", self.unit, ("pixel", "micron")),
        ):
            if value is not None and value not in known:
                message = f"{option} is '{value}' and must be {' or '.join(known)}"
                raise NicheLensError(message)
        if self.find_niches and self.niche_keys:
            message = "both --niche-key and --find-niches are given; niches are either read or found"
            raise NicheLensError(message)
        if self.niches != NicheOptions() and not self.find_niches:
            message = "--n-niches, --scale, --auto and the like are about computed niches; give --find-niches too"
            raise NicheLensError(message)
