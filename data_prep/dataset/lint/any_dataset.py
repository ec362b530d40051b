"""Lint questions in several formats: NicheLens datasets, LLaVA-style JSON, and tables of questions and labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.errors import EmptyDataError, ParserError

from data_prep.dataset.lint.leaks import LintReport, lint
from data_prep.errors import NicheLensError, suggest

QUESTION_COLUMNS = ("question", "prompt", "instruction", "query", "text")
LABEL_COLUMNS = ("label", "answer", "response", "output", "target", "completion")
GENE_COLUMNS = ("gene", "genes", "symbol")
_READERS = {".tsv": "\t", ".csv": ",", ".txt": "\t"}


def lint_file(path: Path, *, question: str | None = None, label: str | None = None) -> LintReport:
    """Lint a file or a dataset folder.

    Args:
        path: a folder that `nichelens prep` wrote, a `.parquet`, `.json` or `.jsonl` file (LLaVA conversations or
            records), or a `.tsv` or `.csv` table.
        question: column with the text of the question; None takes a column with a usual name. If there is none, all
            text columns together are the question.
        label: column with yes or no; None takes a column with a usual name.

    Raises:
        NicheLensError: the file cannot be read, or it has no such column or no yes/no question.
    """
    table = _read(path)
    label = _column(path, table, label, LABEL_COLUMNS, needed=True)
    question = _column(path, table, question, QUESTION_COLUMNS, needed=False)
    texts = [str(name) for name in table if table[name].map(lambda value: isinstance(value, str)).all()]
    features = tuple(name for name in texts if name not in (label, question, *_NO_FEATURES))
    if question is None:
        if not features:
            message = f"{path.name}: no column with questions; {suggest('question', map(str, table), kind='columns')}"
            raise NicheLensError(message)
        question = "_words"
        table = table.assign(_words=table[list(features)].agg("; ".join, axis=1))
    genes = next((name for name in table if str(name).lower() in GENE_COLUMNS), None)
    if genes is not None:
        table = table.assign(_gene=[_first_gene(value) for value in table[genes]])
    return lint(
        table,
        question=question,
        label=str(label),
        groups=None if genes is None else "_gene",
        task="task" if "task" in table else None,
        columns=() if "specs" in table else features,
    )


_NO_FEATURES = ("id", "image", "images", "split", "task", "completion", "claims", "specs", "names", "contract")
"""Columns that are not part of the question."""


def _read(path: Path) -> pd.DataFrame:
    from pyarrow import ArrowException

    if not path.exists():
        message = f"{path}: no such file; check the path"
        raise NicheLensError(message)
    try:
        if path.is_dir():
            return _read_folder(path)
        if path.suffix == ".parquet":
            return _read_parquet(path)
        if path.suffix in (".json", ".jsonl"):
            return _read_json(path)
        if path.suffix in _READERS:
            return pd.read_csv(path, sep=_READERS[path.suffix], dtype=str, keep_default_na=False)
    except (OSError, ArrowException, json.JSONDecodeError, UnicodeDecodeError, ParserError, EmptyDataError) as error:
        reason = " ".join(str(error).split())[:120]
        message = f"{path.name}: cannot be read as {path.suffix or 'a table'} ({reason}); write it again"
        raise NicheLensError(message) from error
    message = f"{path.name}: unknown kind of file; give a dataset folder, .parquet, .json, .jsonl, .tsv or .csv"
    raise NicheLensError(message)


def _read_folder(path: Path) -> pd.DataFrame:
    files = sorted(path.glob("data/*.parquet")) or sorted(path.glob("*.parquet"))
    if not files:
        message = f"{path}: no Parquet file in it; give a folder that `nichelens prep` wrote"
        raise NicheLensError(message)
    return pd.concat([_read_parquet(file).assign(split=file.stem) for file in files], ignore_index=True)


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    columns = [name for name in pq.read_schema(path).names if name not in ("images", "image")]
    return pq.read_table(path, columns=columns).to_pandas()


def _read_json(path: Path) -> pd.DataFrame:
    text = path.read_text(encoding="utf-8")
    records = (
        [json.loads(line) for line in text.splitlines() if line.strip()]
        if path.suffix == ".jsonl"
        else json.loads(text)
    )
    if not _is_list_of_objects(records):
        message = f"{path.name}: must hold a list of records; see the LLaVA format"
        raise NicheLensError(message)
    for record in records:
        turns = record.get("conversations", record.get("messages"))
        if turns is not None and not _is_list_of_objects(turns):
            message = f"{path.name}: a conversation must be a list of records; see the LLaVA format"
            raise NicheLensError(message)
    return pd.DataFrame([row for record in records for row in _rows(record)])


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions in a record: each pair of turns of a conversation, or the record itself."""
    turns = record.get("conversations", record.get("messages"))
    if turns is None:
        return [record]
    texts = [(t.get("from", t.get("role", "")), str(t.get("value", t.get("content", "")))) for t in turns]
    rows = []
    for (_, question), (speaker, answer) in zip(texts[::2], texts[1::2], strict=False):
        if speaker in ("gpt", "assistant"):
            words = question.replace("<image>", "").strip()
            first = answer.strip().split(None, 1)[0].strip(".,!:;").lower() if answer.strip() else ""
            rows.append({"question": words, "label": first})
    return rows


def _column(path: Path, table: pd.DataFrame, named: str | None, usual: tuple[str, ...], *, needed: bool) -> str | None:
    if named is not None and named not in table:
        message = f"{path.name}: no column '{named}'; {suggest(named, map(str, table), kind='columns', show_all=True)}"
        raise NicheLensError(message)
    column = named or next((str(name) for want in usual for name in table if str(name).lower() == want), None)
    if column is None and needed:
        columns = ", ".join(map(str, table))
        message = f"{path.name}: no column with yes or no; name it with --label-column (columns: {columns})"
        raise NicheLensError(message)
    return column


def _first_gene(value: Any) -> str:
    """The gene that a row is grouped by: the value itself, or the first one of a list."""
    return str(list(value)[:1]) if pd.api.types.is_list_like(value) else str(value)
