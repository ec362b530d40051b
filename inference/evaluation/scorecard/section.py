"""Section: a part of a scorecard for people, with its tables, plots and sentences."""

from __future__ import annotations

from dataclasses import dataclass

from inference.evaluation.scorecard.scorecard_plots import Plot


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        head: names of the columns.
        rows: as many cells each.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """A section of a scorecard.

    Attributes:
        title: its heading.
        before: sentences that explain the tables.
        tables: in order.
        after: sentences with single numbers.
        plots: in order.
    """

    title: str
    before: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    after: tuple[str, ...] = ()
    plots: tuple[Plot, ...] = ()
