"""Tables of genes: NCBI's `gene_info` and `gene_summary`, and tables that have both in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import GeneRecord
from data_prep.knowledge.species import TAXA, one_species
from data_prep.knowledge.table_rows import Row, TableFile

_EMPTY = frozenset({"", "-", "NA", "NaN", "nan", "None"})
"""What NCBI, R and pandas write for no value."""
_LONGEST_VALUE = 20_000
"""Characters of a value that are kept. The longest RefSeq summaries have about 6,000."""
_SYNONYMS = ("synonyms", "synonym")
_SUMMARY = ("gene_summary", "summary")


@dataclass(frozen=True)
class Summary:
    """A RefSeq summary, by the id of its gene.

    Attributes:
        gene_id: NCBI gene id.
        text: the summary.
        citation: its line.
    """

    gene_id: str
    text: str
    citation: Citation


def is_gene_table(table: TableFile) -> bool:
    """Whether the header is that of a table of genes: symbols, and synonyms or summaries."""
    return {"geneid", "symbol"} <= set(table.header) and table.column((*_SYNONYMS, *_SUMMARY)) is not None


def is_summary_table(table: TableFile) -> bool:
    """Whether the header is that of `gene_summary`."""
    return {"geneid", "summary"} <= set(table.header) and "symbol" not in table.header


def read_genes(table: TableFile, source: Source, notes: list[str]) -> list[GeneRecord]:
    """The genes of a table, in its order. A gene may have several rows, one for each synonym.

    Species come from the taxon id of each row. Without this column, the name of the file or the case of the symbols
    tells the species of the whole table.
    """
    at_id, at_symbol = table.header.index("geneid"), table.header.index("symbol")
    at_taxon, at_synonyms = table.column(("tax_id", "taxid")), table.column(_SYNONYMS)
    first: dict[tuple[str, str], Row] = {}
    synonyms: dict[tuple[str, str], dict[str, None]] = {}
    for row in _of_known_taxa(table, at_taxon, [at_id, at_symbol], notes):
        key = (row.cells[at_id], row.cells[at_symbol])
        if key not in first:
            if not _value(row.cells, at_symbol):
                continue
            first[key] = row
        if named := _value(row.cells, at_synonyms):
            synonyms.setdefault(key, {}).update(dict.fromkeys(map(str.strip, named.split("|"))))
    of_table = "" if at_taxon is not None else one_species(table.text.name, [symbol for _, symbol in first])
    at_name = table.column(("description", "name", "full_name_from_nomenclature_authority"))
    at_type, at_summary = table.column(("type_of_gene", "gene_type")), table.column(_SUMMARY)
    return [
        GeneRecord(
            symbol=_value(cells, at_symbol),
            species=TAXA.get(_value(cells, at_taxon), of_table),
            gene_id=_value(cells, at_id),
            synonyms=tuple(word for word in synonyms.get(key, ()) if word and word != key[1]),
            name=_value(cells, at_name),
            summary=_value(cells, at_summary),
            citation=Citation(source, line),
            gene_type=_value(cells, at_type),
        )
        for key, (line, cells) in first.items()
    ]


def _value(cells: list[str], place: int | None) -> str:
    """A cell of a row; "" if it is empty, or if there is no such column."""
    if place is None or place >= len(cells):
        return ""
    value = cells[place].strip()[:_LONGEST_VALUE]
    if "\n" in value:
        value = " ".join(value.split())
    return "" if value in _EMPTY else value


def read_summaries(table: TableFile, source: Source, notes: list[str]) -> list[Summary]:
    """The summaries of a `gene_summary` table."""
    at_id, at_text = table.header.index("geneid"), table.header.index("summary")
    rows = _of_known_taxa(table, table.column(("tax_id", "taxid")), [at_id, at_text], notes)
    return [
        Summary(_value(cells, at_id), _value(cells, at_text), Citation(source, line))
        for line, cells in rows
        if _value(cells, at_text)
    ]


def joined(genes: Iterable[GeneRecord], summaries: Iterable[Summary], notes: list[str]) -> tuple[GeneRecord, ...]:
    """Each gene once, with its summary.

    The first record of a gene stays. If it has no summary, it takes one of a later record or of a `gene_summary`.
    """
    kept: dict[tuple[str, str], GeneRecord] = {}
    repeated = 0
    for record in genes:
        key = (record.species, record.gene_id or record.symbol)
        before = kept.setdefault(key, record)
        if before is not record:
            repeated += 1
            if record.summary and not before.summary:
                kept[key] = replace(before, summary=record.summary, summary_citation=record.citation)
    if repeated:
        notes.append(f"{repeated:,} genes are in several gene tables; the first record of each is used")
    by_id = {record.gene_id: key for key, record in kept.items() if record.gene_id}
    unknown = 0
    for summary in summaries:
        key_of_gene = by_id.get(summary.gene_id)
        if key_of_gene is None:
            unknown += 1
        elif not kept[key_of_gene].summary:
            kept[key_of_gene] = replace(kept[key_of_gene], summary=summary.text, summary_citation=summary.citation)
    if unknown:
        notes.append(f"{unknown:,} summaries belong to genes that no gene table lists; they are left out")
    return tuple(kept.values())


def _of_known_taxa(table: TableFile, at_taxon: int | None, needed: list[int], notes: list[str]) -> list[Row]:
    """The rows of human and mouse; all rows if the table has no taxon ids."""
    if at_taxon is None:
        return table.rows(needed, notes)
    rows = table.rows([*needed, at_taxon], notes)
    kept = [row for row in rows if row.cells[at_taxon].strip() in TAXA]
    if len(kept) < len(rows):
        left_out = len(rows) - len(kept)
        notes.append(f"{table.text.name}: {left_out:,} rows whose species is neither human nor mouse are left out")
    return kept
