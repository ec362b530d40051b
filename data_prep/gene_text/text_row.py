"""TextRow: a question about a gene with the sentences that answer it, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import GeneRecord

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class TextRow:
    """One row of a text dataset. The fields are the columns.

    Attributes:
        question: text of the question.
        answer: sentences of the summary, as they stand there, joined by spaces.
        topic: what is asked for, one of `sentence_topics.TOPICS`.
        gene: the official symbol.
        gene_id: NCBI gene id; "" if unknown.
        species: "human", "mouse"; "" if the file does not say.
        family: symbol that stands for the gene's family (`gene_symbol_families`).
        split: "train", "validation" or "test".
        file: name of the file of the summary.
        version: its version.
        line: number of the summary's line, from 1 on.
        sentences: numbers of the answer's sentences in the summary, from 1 on.
        name: name of the gene.
        synonyms: other symbols.
        gene_type: for example "protein-coding".
        summary: the whole summary without notes of databases: an answer can be checked against it.
    """

    question: str
    answer: str
    topic: str
    gene: str
    gene_id: str
    species: str
    family: str
    split: str
    file: str
    version: str
    line: int
    sentences: tuple[int, ...]
    name: str
    synonyms: tuple[str, ...]
    gene_type: str
    summary: str


def record_of_row(row: Mapping[str, Any]) -> GeneRecord:
    """The gene record that a row of a dataset was made from."""
    return GeneRecord(
        symbol=row["gene"],
        species=row["species"],
        gene_id=row["gene_id"],
        synonyms=tuple(row["synonyms"]),
        name=row["name"],
        summary=row["summary"],
        citation=Citation(Source(row["file"], row["version"]), row["line"]),
        gene_type=row["gene_type"],
    )


def text_arrow_schema() -> pa.Schema:
    """The Arrow types of the columns of a split's file; the split is the name of the file."""
    import pyarrow as pa

    other = {"line": pa.int64(), "sentences": pa.list_(pa.int64()), "synonyms": pa.list_(pa.string())}
    return pa.schema([(field.name, other.get(field.name, pa.string())) for field in fields(TextRow)])
