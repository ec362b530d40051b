"""The card of a dataset: its content, its origin, and how to load it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from data_prep.dataset.lint.text_probe import PROBE_LIMIT
from data_prep.split_names import SPLITS


def dataset_card(provenance: Mapping[str, Any]) -> str:
    """Markdown with a YAML head that lists the file of each split for `datasets.load_dataset`."""
    sizes, donors, rule = provenance["splits"], provenance["donors"], provenance["marker_rule"]
    files = "\n".join(f"      - split: {split}\n        path: data/{split}.parquet" for split in sizes)
    table = "\n".join(f"| {split} | {size} | {SPLITS[split]} |" for split, size in sizes.items())
    sides = "; ".join(
        f"{side}: {', '.join(map(escape_markdown, names))}"
        for side in ("train", "validation", "test")
        if (names := [donor for donor, its in donors.items() if its == side])
    )
    columns = ("name", "donor", "organism", "tissue", "technology", "n_spots", "n_genes")
    slides = "\n".join(
        f"| {' | '.join(escape_markdown(slide[key]) for key in columns)} | {len(slide['niches'])} |"
        for slide in provenance["slides"]
    )
    notes = []
    if "test" not in donors.values():
        notes.append(
            f"No donor is held out{' (there is only one)' if len(donors) == 1 else ''}, so there is no `test_slide` "
            "and no `test_both`: nothing here shows how well a model reads a new donor."
        )
    if provenance["validation"] == "genes":
        notes.append("`validation` holds genes that are not in `train`, asked on the training slides.")
    else:
        notes.append("`validation` holds donors that are not in `train`.")
    chosen = "".join(
        f"\n- {escape_markdown(slide['name'])}: found niches, preprocessing chosen by count splitting; repeat it with "
        f"`{slide['choices']['repeat']}`. `provenance.json` holds the scores."
        for slide in provenance["slides"]
        if slide.get("choices")
    )
    chosen = f"\n{chosen}\n" if chosen else ""
    words = "\n".join(
        f"| {task} | {probe['n']} | {probe['by_gene']:.1%} | {probe['plain']:.1%} |"
        for task, probe in provenance["text_probe"].items()
    )
    balance = "\n".join(
        f"| {task} | {split} | {count['yes']} | {count['no']} |"
        for task, splits in provenance["balance"].items()
        for split, count in splits.items()
    )
    return f"""---
pretty_name: NicheLens examples
task_categories:
  - image-text-to-text
tags:
  - spatial-transcriptomics
  - nichelens
configs:
  - config_name: default
    data_files:
{files}
---

# NicheLens examples

Questions about spatial-transcriptomics slides, each with its figures and the right answer. Load with
`datasets.load_dataset(..., split="train")`; its cache goes by the path, so for a folder that was built anew add
`download_mode="force_redownload"`. `figure_contract.json` says how the figures were drawn, `provenance.json` holds
every setting.

| split | examples | what it is |
|---|---|---|
{table}

Donors: {sides}.

{" ".join(notes)} Descriptions on a slide that was
trained on show new genes in a known niche.

## Slides

| slide | donor | organism | tissue | technology | spots | genes | niches |
|---|---|---|---|---|---|---|---|
{slides}
{chosen}
## Truth

The rate of each gene in a niche against the rest of the labelled tissue, with depth as exposure. The standard error is
the larger of quasi-Poisson and a spatial block jackknife; Wald test, Benjamini-Hochberg within each niche.

- Marker: q < {rule["q_marker"]:g}, log2 fold change ≥ {rule["log2fc_marker"]:g},
  detected in ≥ {rule["detected_min"]:.0%} of the niche's spots.
- Not a marker: log2 fold change + {rule["not_errors"]:g} standard errors < {rule["log2fc_marker"]:g}.
- Everything else is unclear: too few counts, or close to the threshold.

Claims of every other kind are asked only where the counts support or contradict them by their standard error.
`provenance.json` holds the thresholds (`claims`); claims between them stand in the split `ambiguous`, without answers.

## Checks passed by the build

- No (slide, gene, niche) stands in two splits; no donor and no gene that is held out is learned from.
- In every split and slide, each prompt of a kind of claim is asked exactly half yes. For the task `marker`, each gene
  and each niche is.
- The words of the yes/no questions do not tell their answers: a logistic regression on hashed n-grams of the question
  stays within {PROBE_LIMIT:.0%}, where guessing is 50%.

| task | questions | answered right, genes held out | answered right, plain folds |
|---|---|---|---|
{words}

| task | split | yes | no |
|---|---|---|---|
{balance}
"""


def escape_markdown(value: object) -> str:
    """A name from a file, with Markdown characters escaped."""
    return re.sub(r"([\\`*_\[\]<>&|#$~])", r"\\\1", str(value))
