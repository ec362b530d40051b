"""TableFile: the rows of a delimited text file, with the numbers of their lines."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from data_prep.errors import NicheLensError
from data_prep.knowledge.text_files import NotKnowledgeError, TextFile


class Row(NamedTuple):
    """One row.

    Attributes:
        line: number of its first line.
        cells: as many as the header has columns, or fewer where the last ones are empty.
    """

    line: int
    cells: list[str]


@dataclass(frozen=True, eq=False)
class TableFile:
    """A delimited text file with a header.

    Attributes:
        text: the file.
        header: names of the columns, in small letters, without a leading '#'.
        header_line: number of the line of the header.
        delimiter: a tab, a comma or a semicolon.
    """

    text: TextFile
    header: tuple[str, ...]
    header_line: int
    delimiter: str

    @classmethod
    def of(cls, text: TextFile) -> TableFile:
        """The file as a table.

        Its first line that is not empty is the header. A tab in it makes the file a TSV; without one, commas or
        semicolons separate the cells, whichever are more.

        Raises:
            NotKnowledgeError: this line is no header.
        """
        at = next(place for place, line in enumerate(text.lines) if line.strip())
        delimiter = "\t" if "\t" in text.lines[at] else max(",;", key=text.lines[at].count)
        try:
            first = next(_records(text, at, delimiter), None)
        except NicheLensError as error:
            raise NotKnowledgeError(str(error)) from error
        if first is None or any("\n" in cell for cell in first.cells):
            message = f"{text.name}: line {at + 1} is no header of a table; give a file with names of columns"
            raise NotKnowledgeError(message)
        header = tuple(" ".join(cell.split()).lower().lstrip("#").strip() for cell in first.cells)
        return cls(text, header, first.line, delimiter)

    def column(self, names: Iterable[str]) -> int | None:
        """Place of the first of several names that the header has; None if it has none of them."""
        return next((self.header.index(name) for name in names if name in self.header), None)

    def rows(self, needed: Iterable[int], notes: list[str]) -> list[Row]:
        """All rows that have the needed columns and no cell beyond the header.

        Tables of R have names of rows, and no name for their column: such a table is read as R does.

        Args:
            needed: places of the columns that a row must reach.
            notes: is told how many rows are left out, and which of two columns with one name is used.

        Raises:
            NotKnowledgeError: there is no such row.
            NicheLensError: a quote that nothing closes, or a cell that is too long.
        """
        n, name, used = len(self.header), self.text.name, sorted(set(needed))
        repeated = [head for head, count in Counter(self.header).items() if count > 1]
        notes.extend(
            f"{name}: has several columns '{head}', the first is read"
            for head in repeated
            if head in {self.header[place] for place in used}
        )
        rows = list(_records(self.text, self.header_line, self.delimiter))
        if rows and all(len(row.cells) == n + 1 for row in rows):
            rows = [Row(row.line, row.cells[1:]) for row in rows]
        kept = [
            row
            for row in rows
            if used[-1] < len(row.cells) and (len(row.cells) <= n or not any(map(str.strip, row.cells[n:])))
        ]
        if not kept:
            message = f"{name}: has a header and no {'usable ' if rows else ''}rows; give a file with rows"
            raise NotKnowledgeError(message)
        if len(kept) < len(rows):
            first = next(row.line for row, good in zip(rows, [*kept, None], strict=False) if row is not good)
            ragged = len(rows) - len(kept)
            notes.append(f"{name}: {ragged:,} rows with too few or too many cells are left out (first: line {first})")
        return kept


def _records(text: TextFile, start: int, delimiter: str) -> Iterator[Row]:
    """Rows from a line on (counted from 0), without empty ones."""
    if delimiter == "\t":
        for line, content in enumerate(text.lines[start:], start + 1):
            if content and not content.isspace():
                cells = content.split("\t")
                yield Row(line, [_unquoted(cell) for cell in cells] if '"' in content else cells)
        return
    reader = csv.reader((f"{line}\n" for line in text.lines[start:]), delimiter=delimiter, strict=True)
    line = start + 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield Row(line, cells)
            line = start + reader.line_num + 1
    except csv.Error as error:  # also a cell of over 131,072 characters: mostly a quote that nothing closes
        message = f"{text.name}: line {line} is no row of a table ({error}); check its quotes, or save the file as TSV"
        raise NicheLensError(message) from error


def _unquoted(cell: str) -> str:
    """A cell of a TSV without the quotes around it, which R and spreadsheets write."""
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        return cell[1:-1].replace('""', '"')
    return cell
