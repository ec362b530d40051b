"""The card of a text dataset: its content, its origin, and how to load it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_prep.dataset.dataset_card import escape_markdown
from data_prep.gene_text.text_splits import TEXT_SPLITS


def text_card(provenance: Mapping[str, Any]) -> str:
    """Markdown with a YAML head that lists the file of each split for `datasets.load_dataset`."""
    splits = provenance["splits"]
    files = "\n".join(f"      - split: {split}\n        path: data/{split}.parquet" for split in splits)
    table = "\n".join(
        f"| {split} | {its['rows']} | {its['genes']} | {its['families']} | {TEXT_SPLITS[split]} |"
        for split, its in splits.items()
    )
    topics = sorted({topic for its in splits.values() for topic in its["topics"]})
    by_topic = "\n".join(
        f"| {topic} | {' | '.join(str(its['topics'].get(topic, 0)) for its in splits.values())} |" for topic in topics
    )
    sources = "\n".join(
        f"- {escape_markdown(file['name'])} ({escape_markdown(file['version'])})" for file in provenance["files"]
    )
    return f"""---
pretty_name: Gene function in words
task_categories:
  - question-answering
language:
  - en
tags:
  - genes
  - nichelens
configs:
  - config_name: default
    data_files:
{files}
---

# Gene function in words

Questions about {provenance["config"]["species"]} genes. Each answer is one to three sentences of the gene's RefSeq
summary, as they stand there; `file`, `version`, `line` and `sentences` say where. Load with
`datasets.load_dataset(..., split="train")`.

| split | rows | genes | families | what it is |
|---|---|---|---|---|
{table}

| rows about | {" | ".join(splits)} |
|---|{"---|" * len(splits)}
{by_topic}

## Sources

{sources}

## Checks passed by the build

- No gene, gene family, symbol or synonym stands in two splits. Families are linked by symbols, names and near-identical
  summaries.
- No answer of one split says nearly the same as one of another (similarity of words from
  {provenance["near_duplicate"]:g}).
- No question holds words of its answer, apart from the gene's symbol.

## Limits

The answers are as right and as complete as the summaries are. A gene without a summary has no row. A model that is
tuned on these rows learns how such answers are worded; what it says of a gene it was not tuned on has to be checked.
"""
