"""Tables of genes: NCBI's `gene_info` and `gene_summary`, and tables that have both in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import GeneRecord
from data_prep.knowledge.species import TAXA, one_species
from data_prep.knowledge.table_rows import TableFile

_EMPTY = frozenset({"", "-", "NA", "NaN", "nan", "None"})
"""What NCBI, R and pandas write for no value."""
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
    at = {
        "taxon": table.column(("tax_id", "taxid")),
        "id": table.column(("geneid",)),
        "symbol": table.column(("symbol",)),
        "synonyms": table.column(_SYNONYMS),
        "name": table.column(("description", "name", "full_name_from_nomenclature_authority")),
        "type": table.column(("type_of_gene", "gene_type")),
        "summary": table.column(_SUMMARY),
    }
    rows = _of_known_taxa(table, at["taxon"], [at["id"] or 0, at["symbol"] or 0], notes)

    def cell(cells: list[str], what: str) -> str:
        place = at[what]
        value = cells[place].strip() if place is not None and place < len(cells) else ""
        return "" if value in _EMPTY else value

    first: dict[tuple[str, str], tuple[int, list[str]]] = {}
    synonyms: dict[tuple[str, str], dict[str, None]] = {}
    for line, cells in rows:
        symbol = cell(cells, "symbol")
        if not symbol:
            continue
        key = (cell(cells, "id"), symbol)
        if key not in first:
            first[key] = (line, cells)
            synonyms[key] = {}
        if named := cell(cells, "synonyms"):
            synonyms[key].update(dict.fromkeys(word.strip() for word in named.split("|")))
    of_table = "" if at["taxon"] is not None else one_species(table.text.name, [symbol for _, symbol in first])
    return [
        GeneRecord(
            symbol=symbol,
            species=TAXA.get(cell(cells, "taxon"), of_table),
            gene_id=gene_id,
            synonyms=tuple(word for word in synonyms[gene_id, symbol] if word and word != symbol),
            name=cell(cells, "name"),
            summary=cell(cells, "summary"),
            citation=Citation(source, line),
            gene_type=cell(cells, "type"),
        )
        for (gene_id, symbol), (line, cells) in first.items()
    ]


def read_summaries(table: TableFile, source: Source, notes: list[str]) -> list[Summary]:
    """The summaries of a `gene_summary` table."""
    at_id, at_text = table.header.index("geneid"), table.header.index("summary")
    rows = _of_known_taxa(table, table.column(("tax_id", "taxid")), [at_id, at_text], notes)
    return [
        Summary(cells[at_id].strip(), cells[at_text].strip(), Citation(source, line))
        for line, cells in rows
        if cells[at_text].strip() not in _EMPTY
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


def _of_known_taxa(
    table: TableFile, at_taxon: int | None, needed: list[int], notes: list[str]
) -> list[tuple[int, list[str]]]:
    """(line, cells) of the rows of human and mouse; all rows if the table has no taxon ids."""
    if at_taxon is None:
        return [(line, cells) for line, cells in table.rows(needed, notes)]
    rows = table.rows([*needed, at_taxon], notes)
    kept = [(line, cells) for line, cells in rows if cells[at_taxon].strip() in TAXA]
    if len(kept) < len(rows):
        left_out = len(rows) - len(kept)
        notes.append(f"{table.text.name}: {left_out:,} rows whose species is neither human nor mouse are left out")
    return kept
