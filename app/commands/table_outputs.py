"""Tables that a command writes as CSV or Parquet, by the ending of the file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.output_paths import check_output
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import pandas as pd

TABLES = (".csv", ".parquet")
"""Endings of tables."""


def check_table(path: Path, *, overwrite: bool, inputs: Iterable[Path] = ()) -> None:
    """Refuses a table that must not be written, before any work is done.

    Raises:
        NicheLensError: the ending is neither of `TABLES`, or as for `check_output`.
    """
    if path.suffix not in TABLES:
        message = f"{path}: the ending says the format; choose one of {', '.join(TABLES)}"
        raise NicheLensError(message)
    check_output(path, overwrite=overwrite, inputs=inputs)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Writes a table in the format of its ending."""
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False)
