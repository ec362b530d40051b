"""Write the measured results of the bundled model into the documentation.

Without an argument, the script writes the README's table from the adapter's evaluation.json. With the folder that
docs/results.sh wrote, it also writes docs/results.md, its plots, and the adapter's card and evaluation.json:

python docs/tell_results.py [outputs/results]
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.evaluation.scores.condition_names import BLANK, CORRELATION, MODEL, SHUFFLED, STATISTICS, WILCOXON
from training.adapter.adapter_card import adapter_card

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
ADAPTER = DOCS.parent / "models" / "nichelens-nano-adapter"
BEGIN, END = "<!-- results: written by docs/tell_results.py -->", "<!-- end of results -->"
NOTE = "<!-- Written by docs/tell_results.py: its first part is results_intro.md, the rest is measured. -->"
EMPTY = "–"
HEAD = (
    "question",
    "score",
    "model",
    "blank picture",
    "shuffled spots",
    "arithmetic on the same picture",
    "Wilcoxon on the same counts",
)
LEGEND = (
    "An AUROC of 0.5 is chance. A dash stands where nothing was measured. Arithmetic is a logistic regression on five "
    "pixel\nstatistics, or the correlation of the pixels of the two maps. A blank picture shows nothing; two genes "
    "that are shuffled alike\nstill share their place."
)


def main(results: Path | None = None) -> None:
    """Writes the README's table, and everything else if there is a folder of results.

    Args:
        results: folder that docs/results.sh wrote.
    """
    if results is not None:
        shutil.copy(results / "test_slide.json", ADAPTER / "evaluation.json")
        write_results_page(results)
        run = json.loads((ADAPTER / "run_config.json").read_text(encoding="utf-8"))
        (ADAPTER / "README.md").write_text(adapter_card(run, read_evaluation()), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    README.write_text(replace_table(text, read_evaluation()), encoding="utf-8")


def read_evaluation() -> dict[str, Any]:
    """The scorecard of the bundled adapter."""
    return json.loads((ADAPTER / "evaluation.json").read_text(encoding="utf-8"))


def replace_table(readme: str, card: Mapping[str, Any]) -> str:
    """The text of the README with the results of a scorecard between the two markers."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{README}: needs the two lines {BEGIN} and {END}; the table goes between them"
        raise ValueError(message)
    return f"{before}{BEGIN}\n\n{results_table(card)}\n\n{LEGEND}\n\n{END}{after}"


def results_table(card: Mapping[str, Any]) -> str:
    """Five results with their controls and baselines, as a Markdown table."""
    yes_no, fewest = card["yes_no"], card["depth"]["pooled"]["0.02"]
    rows = [
        ("Does this gene mark this niche?", "AUROC", yes_no_scores(yes_no["marker"], "auroc", STATISTICS)),
        (
            "The same on 2 % of the counts",
            "AUROC",
            (fewest[MODEL], None, None, fewest[STATISTICS], fewest[WILCOXON]),
        ),
        ("Are two genes expressed in the same place?", "AUROC", yes_no_scores(yes_no["compare"], "auroc", CORRELATION)),
        (
            "Describe a niche",
            "claims that the counts support",
            written_scores(card["written"]["tasks"]["describe"], "ledger"),
        ),
        (
            "What form does a niche have?",
            "macro-F1",
            claim_scores(card["written"]["claims"]["form"]),
        ),
    ]
    lines = [HEAD, ("---", "---", *["--:"] * 5), *((question, name, *map(cell, s)) for question, name, s in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def yes_no_scores(task: Mapping[str, Any], score: str, arithmetic: str) -> tuple[Any, ...]:
    """The scores of a row about yes/no questions, one for each column of numbers."""
    return (*(task["conditions"][name][score] for name in (MODEL, BLANK, SHUFFLED, arithmetic)), None)


def written_scores(task: Mapping[str, Any], score: str) -> tuple[Any, ...]:
    """The scores of a row about written answers."""
    return task[MODEL][score], task[BLANK][score], None, None, None


def claim_scores(kind: Mapping[str, Any]) -> tuple[Any, ...]:
    """The scores of a row about one kind of claim."""
    scores = kind["conditions"]
    return scores[MODEL], scores[BLANK], None, scores[STATISTICS], None


def cell(score: Mapping[str, float | None] | None) -> str:
    """A score with three digits, or a dash where it was not measured."""
    return EMPTY if score is None or score["value"] is None else f"{score['value']:.3f}"


def write_results_page(results: Path) -> None:
    """Writes docs/results.md and its plots."""
    intro = (DOCS / "results_intro.md").read_text(encoding="utf-8").rstrip()
    parts = [NOTE, intro, read_body(results / "test_slide.md")]
    for name, title in (("test_both", "New genes on new slides"), ("ambiguous", "Genes between the thresholds")):
        parts += [f"# {title}", read_body(results / f"{name}.md")]
    (DOCS / "results.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    plots = DOCS / "pictures" / "results"
    shutil.rmtree(plots, ignore_errors=True)
    plots.mkdir(parents=True)
    for plot in sorted((results / "test_slide.plots").glob("*.png")):
        shutil.copy(plot, plots)


def read_body(file: Path) -> str:
    """The Markdown of an evaluation without its title. Only the page of test_slide keeps its plots."""
    text = file.read_text(encoding="utf-8").partition("\n")[2].strip()
    if file.stem == "test_slide":
        return re.sub(r"\]\([^)]*\.plots/", "](pictures/results/", text)
    return re.sub(r"!\[[^\]]*\]\([^)]*\)\n*", "", text).strip()


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:2]))
