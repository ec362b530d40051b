"""Tables of questions as people keep them: our datasets, LLaVA-style JSON, tables with a question and a label."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from data_prep.dataset.lint.leaks import LintReport, lint
from data_prep.errors import NicheLensError, suggest

QUESTION_COLUMNS = ("question", "prompt", "instruction", "query", "text")
LABEL_COLUMNS = ("label", "answer", "response", "output", "target", "completion")
GENE_COLUMNS = ("gene", "genes", "symbol")
_READERS = {".tsv": "\t", ".csv": ",", ".txt": "\t"}


def lint_file(path: Path, *, question: str | None = None, label: str | None = None) -> LintReport:
    """Lints a file or a dataset folder.

    Args:
        path: folder that `nichelens prep` wrote, `.parquet`, `.json` or `.jsonl` (LLaVA conversations, or records), or
            a `.tsv` or `.csv` table.
        question: column with the words; found by its usual names. Without one, the text columns are the question.
        label: column with yes or no; found by its usual names.

    Raises:
        NicheLensError: the file cannot be read, or has no such column or no yes/no question.
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
        table = table.assign(
            _gene=[value if isinstance(value, str) else str(list(value)[:1]) for value in table[genes]]
        )
    return lint(
        table,
        question=question,
        label=str(label),
        groups=None if genes is None else "_gene",
        task="task" if "task" in table else None,
        columns=() if "specs" in table else features,
    )


_NO_FEATURES = ("id", "image", "images", "split", "task", "completion", "claims", "specs", "names", "contract")
"""Columns that a question is not asked with."""


def _read(path: Path) -> pd.DataFrame:
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
    except NicheLensError:
        raise
    except Exception as error:
        # pandas, pyarrow and json each raise their own kinds for damaged files.
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
    found = (
        [json.loads(line) for line in text.splitlines() if line.strip()]
        if path.suffix == ".jsonl"
        else json.loads(text)
    )
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        message = f"{path.name}: must hold a list of records; see the LLaVA format"
        raise NicheLensError(message)
    return pd.DataFrame([row for record in found for row in _rows(record)])


def _rows(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The questions of a record: each turn of a conversation, or the record itself."""
    turns = record.get("conversations", record.get("messages"))
    if turns is None:
        return [record]
    said = [(t.get("from", t.get("role", "")), str(t.get("value", t.get("content", "")))) for t in turns]
    rows = []
    for (_, question), (speaker, answer) in zip(said[::2], said[1::2], strict=False):
        if speaker in ("gpt", "assistant"):
            words = question.replace("<image>", "").strip()
            first = answer.strip().split(None, 1)[0].strip(".,!:;").lower() if answer.strip() else ""
            rows.append({"question": words, "label": first})
    return rows


def _column(path: Path, table: pd.DataFrame, named: str | None, usual: tuple[str, ...], *, needed: bool) -> str | None:
    if named is not None and named not in table:
        message = f"{path.name}: no column '{named}'; {suggest(named, map(str, table), kind='columns', show_all=True)}"
        raise NicheLensError(message)
    found = named or next((str(name) for want in usual for name in table if str(name).lower() == want), None)
    if found is None and needed:
        have = ", ".join(map(str, table))
        message = f"{path.name}: no column with yes or no; name it with --label-column (columns: {have})"
        raise NicheLensError(message)
    return found
