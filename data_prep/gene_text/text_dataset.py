"""Builds a text dataset: questions about genes, answered by sentences of their summaries.

    OUT/README.md               dataset card; lists the split files for `datasets.load_dataset(OUT)`
    OUT/data/{split}.parquet    flat columns: the fields of `text_row.TextRow`
    OUT/provenance.json         files, settings, checks, versions; its "kind" tells that the dataset has no pictures

The same files and settings give the same bytes. Bad input leaves nothing.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.dataset.loading import CARD_FILE, PROVENANCE_FILE
from data_prep.errors import NicheLensError
from data_prep.gene_text.gene_symbol_families import gene_families
from data_prep.gene_text.near_duplicates import NEAR_DUPLICATE
from data_prep.gene_text.question_answers import QuestionMaker
from data_prep.gene_text.text_card import text_card
from data_prep.gene_text.text_leaks import lint_text, shared_answers
from data_prep.gene_text.text_loading import GENE_TEXT
from data_prep.gene_text.text_row import TextRow, text_arrow_schema
from data_prep.gene_text.text_splits import TEXT_SPLITS, split_families
from data_prep.knowledge.gene_list import GeneRecord
from data_prep.split_names import TRAIN
from data_prep.staging import staged

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextPrep:
    """Settings of a build.

    Attributes:
        species: "human" or "mouse".
        seed: draws families, wordings and, with a limit, genes.
        limit: largest number of genes; None for all.
    """

    species: str = "human"
    seed: int = 0
    limit: int | None = None


def build_text_dataset(records: Sequence[GeneRecord], out: str | Path, config: TextPrep) -> dict[str, int]:
    """Build a text dataset and write it to a folder, which is replaced when the new one is complete.

    Args:
        records: of a gene table. Those of another species, and those without a summary, are left out.
        out: folder to write.
        config: what to ask about.

    Returns:
        Number of rows in each split.

    Raises:
        NicheLensError: no gene of the species has a summary, too few families have answers, or the linter finds a leak.
    """
    told = _told(records, config)
    rows = make_text_rows(told, config.seed)
    lint_text(rows).raise_if_leaking()
    by_split = {split: [row for row in rows if row.split == split] for split in TEXT_SPLITS}
    empty = [split for split, its in by_split.items() if not its]
    if empty:
        message = f"no question can be asked for the split {empty[0]}: too few genes have answers; give a larger table"
        raise NicheLensError(message)
    provenance = _describe(rows, config)
    with staged(Path(out)) as folder:
        (folder / "data").mkdir(parents=True)
        for split, its in by_split.items():
            write_text_split(its, folder / "data" / f"{split}.parquet")
        (folder / PROVENANCE_FILE).write_text(json.dumps(provenance, indent=2, ensure_ascii=False) + "\n", "utf-8")
        (folder / CARD_FILE).write_text(text_card(provenance), encoding="utf-8")
    return {split: len(its) for split, its in by_split.items()}


def make_text_rows(records: Sequence[GeneRecord], seed: int) -> list[TextRow]:
    """The rows of all splits, `train` first, without those that a split may not share with another.

    A held-out gene is left out if it shares a symbol or synonym with a gene of another split, and a held-out row if its
    answer says nearly the same as one of another split.

    Raises:
        NicheLensError: too few families have answers.
    """
    families = dict(zip(map(id, records), gene_families(records), strict=True))
    maker = QuestionMaker(records, seed)
    asked = [record for record in records if next(maker.rows(record, "", ""), None) is not None]
    splits = _without_shared_names(asked, split_families([families[id(record)] for record in asked], seed))
    rows = [
        row
        for split in TEXT_SPLITS
        for record, its in zip(asked, splits, strict=True)
        if its == split
        for row in maker.rows(record, families[id(record)], split)
    ]
    repeated = {held_out for _, held_out in shared_answers(rows)}
    return [row for index, row in enumerate(rows) if index not in repeated]


def _without_shared_names(records: Sequence[GeneRecord], splits: Sequence[str]) -> list[str]:
    """The splits of the genes; "" for held-out genes with a symbol or synonym that a gene of another split has too."""
    users: dict[str, set[str]] = defaultdict(set)
    for record, split in zip(records, splits, strict=True):
        for name in (record.symbol, *record.synonyms):
            users[name.upper()].add(split)
    return [
        ""
        if split != TRAIN and any(len(users[name.upper()]) > 1 for name in (record.symbol, *record.synonyms))
        else split
        for record, split in zip(records, splits, strict=True)
    ]


def _told(records: Sequence[GeneRecord], config: TextPrep) -> list[GeneRecord]:
    """The records of a species that have a summary, each gene once, in their order."""
    if not records:
        message = "no file holds genes; give a gene table with summaries, such as NCBI's gene_info with gene_summary"
        raise NicheLensError(message)
    of_species = [record for record in records if record.species in ("", config.species)]
    told = list({record.symbol: record for record in reversed(of_species) if record.summary.strip()}.values())[::-1]
    if not told:
        counts = Counter(record.species or "unknown" for record in records)
        found = ", ".join(f"{n:,} {species}" for species, n in counts.items())
        message = (
            f"no {config.species} gene has a summary (genes read: {found}); give a table with summaries, "
            "or another --species"
        )
        raise NicheLensError(message)
    if config.limit is not None and config.limit < len(told):
        chosen = np.sort(np.random.default_rng(config.seed).permutation(len(told))[: config.limit])
        told = [told[index] for index in chosen]
    return told


def _describe(rows: Sequence[TextRow], config: TextPrep) -> dict[str, Any]:
    """Everything that determines the content. There is no date, so equal inputs give equal bytes."""
    splits = {
        split: {
            "rows": sum(row.split == split for row in rows),
            "genes": len({row.gene for row in rows if row.split == split}),
            "families": len({row.family for row in rows if row.split == split}),
            "topics": dict(sorted(Counter(row.topic for row in rows if row.split == split).items())),
        }
        for split in TEXT_SPLITS
    }
    return {
        "kind": GENE_TEXT,
        "splits": splits,
        "config": asdict(config),
        "files": [
            {"name": name, "version": noted} for name, noted in sorted({(row.file, row.version) for row in rows})
        ],
        "near_duplicate": NEAR_DUPLICATE,
        "versions": {name: version(name) for name in ("nichelens", "scikit-learn", "rapidfuzz", "pyarrow")},
    }


def write_text_split(rows: Sequence[TextRow], path: Path) -> None:
    """Write the rows of a split to a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        field.name: [list(value) if isinstance(value := getattr(row, field.name), tuple) else value for row in rows]
        for field in fields(TextRow)
    }
    pq.write_table(pa.table(columns, schema=text_arrow_schema()), path, compression="zstd")
