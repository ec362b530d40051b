"""Loads text datasets, from a folder that `data_prep.gene_text.text_dataset` wrote, or from the Hub."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.dataset.loading import PROVENANCE_FILE, dataset_folder, load_split
from data_prep.errors import NicheLensError
from data_prep.gene_text.text_row import TextRow
from data_prep.json_files import read_json

if TYPE_CHECKING:
    from datasets import Dataset

GENE_TEXT = "gene text"
"""The "kind" in the provenance of a dataset whose questions have no pictures."""


def is_text_dataset(source: str | Path) -> bool:
    """Whether a dataset holds questions about genes without pictures.

    Raises:
        NicheLensError: no such folder or Hub dataset, or its provenance is damaged.
    """
    file = dataset_folder(source) / PROVENANCE_FILE
    return file.is_file() and read_json(str(source), file).get("kind") == GENE_TEXT


def load_text_rows(source: str | Path, split: str) -> Dataset:
    """Load one split of a text dataset. The columns are the fields of `text_row.TextRow`.

    Raises:
        NicheLensError: there is no such dataset or split, it is no text dataset, or the file of the split is damaged.
    """
    if not is_text_dataset(source):
        message = f"{source}: holds no questions about genes in words; make such a dataset with `nichelens prep-text`"
        raise NicheLensError(message)
    rows = load_split(source, dataset_folder(source), split)
    missing = sorted({field.name for field in fields(TextRow)} - set(rows.column_names))
    if missing:
        message = f"{source}: split '{split}' has no column '{missing[0]}'; make it again with `nichelens prep-text`"
        raise NicheLensError(message)
    return rows
