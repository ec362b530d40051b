"""Tables of ligands and receptors: CellTalkDB, LIANA and OmniPath."""

from __future__ import annotations

from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import LigandReceptor
from data_prep.knowledge.species import one_species
from data_prep.knowledge.table_rows import TableFile

_COLUMNS = (
    ("ligand_gene_symbol", "receptor_gene_symbol"),
    ("source_genesymbol", "target_genesymbol"),
    ("ligand_complex", "receptor_complex"),
    ("ligand", "receptor"),
)
"""Names of the columns of ligands and receptors, in small letters."""
_COMPLEX = "COMPLEX:"


def pair_columns(table: TableFile) -> tuple[int, int] | None:
    """Places of the ligands and the receptors; None if the table has no such columns."""
    return next(
        (
            (table.header.index(ligand), table.header.index(receptor))
            for ligand, receptor in _COLUMNS
            if ligand in table.header and receptor in table.header
        ),
        None,
    )


def read_pairs(table: TableFile, columns: tuple[int, int], source: Source, notes: list[str]) -> list[LigandReceptor]:
    """The pairs of a table, each once. Parts of a complex are joined by "_".

    The species is that of the file; in LIANA's file, which has resources of both species, that of each resource.
    """
    at_ligand, at_receptor = columns
    at_resource = table.column(("resource",))
    by_resource: dict[str, dict[tuple[tuple[str, ...], tuple[str, ...]], int]] = {}
    incomplete = 0
    for line, cells in table.rows(columns, notes):
        pair = _parts(cells[at_ligand]), _parts(cells[at_receptor])
        if not all(pair) or "\n" in cells[at_ligand] + cells[at_receptor]:
            incomplete += 1
            continue
        resource = cells[at_resource].strip() if at_resource is not None and at_resource < len(cells) else ""
        by_resource.setdefault(resource, {}).setdefault(pair, line)
    if incomplete:
        notes.append(f"{table.text.name}: {incomplete:,} rows without a ligand or a receptor are left out")
    found: dict[tuple, LigandReceptor] = {}
    for pairs in by_resource.values():
        species = one_species(table.text.name, [symbol for pair in pairs for part in pair for symbol in part])
        for (ligand, receptor), line in pairs.items():
            key = (ligand, receptor, species)
            found.setdefault(key, LigandReceptor(ligand, receptor, species, Citation(source, line)))
    return list(found.values())


def _parts(cell: str) -> tuple[str, ...]:
    parts = [part.strip() for part in cell.strip().removeprefix(_COMPLEX).split("_")]
    return tuple(part for part in parts if part and part not in ("NA", "nan"))
