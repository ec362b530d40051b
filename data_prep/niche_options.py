"""How niches are looked for: their number, their scale, and how the counts are prepared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from data_prep.errors import NicheLensError

NORMALISATIONS = ("none", "depth", "log", "pearson")
"""log1p of the raw counts, counts per depth, log1p of counts per depth, and Pearson residuals."""
SCALES = ("coarse", "middle", "fine")
FEWEST, MOST = 2, 12
"""Numbers of niches that are tried if none is given."""
MOST_GIVEN = 100
"""A slide has at most so many niches: a column with more names is no annotation either."""
N_GENES = 2000
"""The most variable genes. On four DLPFC sections 2,000 and 3,000 were level; 500 lost the thin layers."""
N_COMPONENTS = 20


@dataclass(frozen=True)
class Preparation:
    """How counts become the numbers that are compared.

    Attributes:
        normalisation: one of `NORMALISATIONS`.
        n_genes: so many of the most variable genes are used.
        n_components: principal components of these genes.
        pool: spots that are pooled, the spot itself counted; None lets the layout of the spots decide
            (`niche_views.pools_of`).

    Raises:
        NicheLensError: a value is out of range.
    """

    normalisation: str = "log"
    n_genes: int = N_GENES
    n_components: int = N_COMPONENTS
    pool: int | None = None

    def __post_init__(self) -> None:
        if self.normalisation not in NORMALISATIONS:
            message = f"--normalisation is '{self.normalisation}' and must be one of {', '.join(NORMALISATIONS)}"
            raise NicheLensError(message)
        for option, value, least in (
            ("--genes-used", self.n_genes, 2),
            ("--n-components", self.n_components, 2),
            ("--pool", self.pool, 1),
        ):
            if value is not None and value < least:
                message = f"{option} is {value} and must be at least {least}"
                raise NicheLensError(message)

    def words(self) -> str:
        """What was done, for people."""
        pool = "" if self.pool is None else f", pools of {self.pool}"
        return f"{self.normalisation}, {self.n_genes} genes, {self.n_components} components{pool}"


@dataclass(frozen=True)
class NicheOptions:
    """What niches to look for.

    Attributes:
        n_niches: their number; None finds it.
        scale: one of `SCALES`. A found number is that of the scale: "coarse" and "fine" take the most stable number
            below and above the one in the middle. Of no use together with `n_niches`.
        preparation: how counts are prepared.
        cell_type_lists: cell type → its marker genes, for the provisional names (`data_prep.knowledge.marker_lists`).
        auto: choose the preparation, and the number if held-out counts tell it, by count splitting
            (`choices.preparation_choice`).

    Raises:
        NicheLensError: a value is out of range, both a number and a scale are given, or `auto` and a preparation.
    """

    n_niches: int | None = None
    scale: str = "middle"
    preparation: Preparation = field(default_factory=Preparation)
    cell_type_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    auto: bool = False

    def __post_init__(self) -> None:
        if self.auto and self.preparation != Preparation():
            message = "--auto and --normalisation, --genes-used, --n-components or --pool exclude each other"
            raise NicheLensError(message)
        if self.scale not in SCALES:
            message = f"--scale is '{self.scale}' and must be one of {', '.join(SCALES)}"
            raise NicheLensError(message)
        if self.n_niches is None:
            return
        if not FEWEST <= self.n_niches <= MOST_GIVEN:
            message = f"--n-niches is {self.n_niches} and must be {FEWEST} to {MOST_GIVEN}"
            raise NicheLensError(message)
        if self.scale != "middle":
            message = "both --n-niches and --scale are given; a scale chooses the number"
            raise NicheLensError(message)
