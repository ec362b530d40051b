"""Tables of orthologs of human and mouse: pairs in one row, as homologene's, or MGI's with one gene in a row."""

from __future__ import annotations

from collections.abc import Callable

from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import Ortholog
from data_prep.knowledge.species import HUMAN, MOUSE, species_in_words
from data_prep.knowledge.table_rows import Row, TableFile

MOST_PAIRS = 400
"""Pairs of one class of MGI. Larger classes are families whose members cannot be told apart."""
_LOOKED_AT = 100
"""Rows that tell whether a column holds symbols."""
_MOSTLY = 0.8
_MGI = ("db class key", "common organism name", "symbol")


def ortholog_reader(table: TableFile) -> Callable[[Source, list[str]], list[Ortholog]] | None:
    """What reads a table of orthologs; None if it is none."""
    if set(_MGI) <= set(table.header):
        return lambda source, notes: _read_classes(table, source, notes)
    if not all(any(species in head for head in table.header) for species in (HUMAN, MOUSE)):
        return None
    human, mouse = _symbol_column(table, HUMAN), _symbol_column(table, MOUSE)
    if human is None or mouse is None or human == mouse:
        return None
    columns = human, mouse
    return lambda source, notes: _read_rows(table, columns, source, notes)


def _symbol_column(table: TableFile, species: str) -> int | None:
    """The first column of a species that holds symbols, one whose header says "symbol" before others."""
    places = [place for place, head in enumerate(table.header) if species in head]
    rows = table.rows([0], [])[:_LOOKED_AT]
    for place in sorted(places, key=lambda place: "symbol" not in table.header[place]):
        cells = [row.cells[place].strip() for row in rows if place < len(row.cells)]
        cells = [cell for cell in cells if cell]
        if cells and sum(_is_symbol(cell) for cell in cells) >= _MOSTLY * len(cells):
            return place
    return None


def _is_symbol(cell: str) -> bool:
    return (
        cell[0].isalpha()
        and len(cell) <= 40
        and not any(map(str.isspace, cell))
        and not (cell.startswith("ENS") and cell[-8:].isdigit())
        and ":" not in cell
    )


def _read_rows(table: TableFile, columns: tuple[int, int], source: Source, notes: list[str]) -> list[Ortholog]:
    found: dict[tuple[str, str], Ortholog] = {}
    for line, cells in table.rows(columns, notes):
        human, mouse = (cells[place].strip() for place in columns)
        if human and mouse and "\n" not in human + mouse:
            found.setdefault((human, mouse), Ortholog(human, mouse, Citation(source, line)))
    return list(found.values())


def _read_classes(table: TableFile, source: Source, notes: list[str]) -> list[Ortholog]:
    """All pairs of a human and a mouse gene of one class. The line cited is that of the human gene."""
    at_class, at_organism, at_symbol = (table.header.index(name) for name in _MGI)
    classes: dict[str, dict[str, list[Row]]] = {}
    for row in table.rows([at_class, at_organism, at_symbol], notes):
        species = species_in_words(row.cells[at_organism])
        if len(species) == 1 and row.cells[at_symbol].strip():
            members = classes.setdefault(row.cells[at_class].strip(), {HUMAN: [], MOUSE: []})
            members[species[0]].append(row)
    found: dict[tuple[str, str], Ortholog] = {}
    too_large = 0
    for members in classes.values():
        if len(members[HUMAN]) * len(members[MOUSE]) > MOST_PAIRS:
            too_large += 1
            continue
        for human in members[HUMAN]:
            for mouse in members[MOUSE]:
                pair = human.cells[at_symbol].strip(), mouse.cells[at_symbol].strip()
                found.setdefault(pair, Ortholog(*pair, Citation(source, human.line)))
    if too_large:
        notes.append(f"{table.text.name}: {too_large:,} classes of over {MOST_PAIRS} pairs of genes are left out")
    return list(found.values())
