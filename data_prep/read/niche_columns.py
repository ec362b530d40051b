"""Which columns of obs could hold niches."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from data_prep import anndata_keys as keys
from data_prep.read.validation import MAX_NICHES
from data_prep.slide import MIN_NICHE_SPOTS


def likely_niche_columns(obs: pd.DataFrame) -> tuple[str, ...]:
    """Columns of a spot table that could hold niches, the most likely first."""
    likely = [str(column) for column in obs.columns if _could_be_niches(obs[column])]
    return tuple(sorted(likely, key=_rank))


def choose_niche_key(obs: pd.DataFrame, niche_keys: Sequence[str]) -> str | None:
    """The first key whose column could hold niches, else the last key; None if there are no keys.

    A single key is never doubted: the error about its column then says what is wrong with it.
    """
    *others, last = niche_keys or (None,)
    if not others:
        return last
    likely = likely_niche_columns(obs)
    return next((key for key in others if key in likely), last)


def _could_be_niches(column: pd.Series) -> bool:
    if column.name in (keys.SLICE, keys.DONOR) or pd.api.types.is_float_dtype(column.dtype):
        return False
    if pd.api.types.is_integer_dtype(column.dtype) and _rank(str(column.name))[1] == len(keys.LIKELY_NICHES):
        return False  # a row of the array, a count
    sizes = column.dropna().value_counts()
    sizes = sizes[sizes > 0]
    return 2 <= len(sizes) <= MAX_NICHES and int((sizes >= MIN_NICHE_SPOTS).sum()) >= 2


def _rank(column: str) -> tuple[int, int]:
    """Sort key: (0 if the column has a likely name, else 1; position of the first likely name that it contains)."""
    name = column.lower()
    position = next((i for i, word in enumerate(keys.LIKELY_NICHES) if word in name), len(keys.LIKELY_NICHES))
    return int(name not in keys.LIKELY_NICHES), position
