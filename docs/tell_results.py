"""Writes docs/results.md, its plots, the README's table and the adapter's card from what docs/results.sh measured.

python docs/tell_results.py outputs/results
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from training.adapter.adapter_card import adapter_card

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
ADAPTER = DOCS.parent / "models" / "nichelens-nano-adapter"
BEGIN, END = "<!-- results: written by docs/tell_results.py -->", "<!-- end of results -->"
NOTE = "<!-- Written by docs/tell_results.py: its first part is results_intro.md, the rest is measured. -->"
NONE = "–"


def main(folder: Path) -> None:
    """Tells what lies in a folder of results."""
    card = json.loads((folder / "test_slide.json").read_text(encoding="utf-8"))
    intro = (DOCS / "results_intro.md").read_text(encoding="utf-8").rstrip()
    parts = [NOTE, intro, _body(folder / "test_slide.md")]
    for name, title in (
        ("test_both", "New genes on new slides"),
        ("ambiguous", "Genes between the thresholds"),
    ):
        parts += [f"# {title}", _body(folder / f"{name}.md")]
    (DOCS / "results.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    pictures = DOCS / "pictures" / "results"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir(parents=True)
    for plot in sorted((folder / "test_slide.plots").glob("*.png")):
        shutil.copy(plot, pictures)
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{headline(card)}\n\n{END}{after}", encoding="utf-8")
    run = json.loads((ADAPTER / "run_config.json").read_text(encoding="utf-8"))
    (ADAPTER / "README.md").write_text(adapter_card(run, card), encoding="utf-8")
    shutil.copy(folder / "test_slide.json", ADAPTER / "evaluation.json")


def _body(file: Path) -> str:
    """A report without its title; its plots only where they are kept."""
    text = file.read_text(encoding="utf-8").partition("\n")[2].strip()
    if file.stem == "test_slide":
        return re.sub(r"\]\([^)]*\.plots/", "](pictures/results/", text)
    return re.sub(r"!\[[^\]]*\]\([^)]*\)\n*", "", text).strip()


def headline(card: dict[str, Any]) -> str:
    """One table: every number of the bundled model with its controls beside it."""
    rows = [
        ("", "model", "blank picture", "shuffled spots", "words alone", "base without adapter", "arithmetic"),
        ("---",) * 7,
        *_yes_no(card["yes_no"]),
        *_depth(card["depth"]),
        *_written(card["written"]),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _yes_no(parts: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = []
    for task, words, arithmetic in (
        ("marker", "is it a marker?", "five pixel statistics"),
        ("compare", "do two genes share their place?", "pixel correlation of the two maps"),
    ):
        scores = parts[task]["conditions"]
        names = [
            *("model", "model, blank picture", "model, shuffled spots", "words of the question alone"),
            *("base without adapter", arithmetic),
        ]
        for score, what in (("auroc", "AUROC"), ("balanced_accuracy", "balanced accuracy")):
            cells = [_told(scores.get(name, {}).get(score)) for name in names]
            cells[-1] += f" {arithmetic}" if cells[-1] != NONE else ""
            rows.append((f"{words} {what}", *cells))
    calibration = parts["marker"]["conditions"]["model"]["ece"]
    rows.append(("calibration error of p(marker)", _told(calibration), *[NONE] * 5))
    return rows


def _depth(ladder: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = []
    for kept in ("0.1", "0.02"):
        found = ladder["pooled"][kept]
        arithmetic = ", ".join(f"{_told(found[name])} {name}" for name in ("five pixel statistics", "Wilcoxon z"))
        rows.append(
            (
                f"is it a marker? AUROC at {float(kept):.0%} of the counts",
                _told(found["model"]),
                *[NONE] * 4,
                arithmetic,
            )
        )
    return rows


def _written(parts: dict[str, Any]) -> list[tuple[str, ...]]:
    tasks, claims = parts["tasks"], parts["claims"]
    rows = []

    def row(words: str, task: str, score: str, place: int | None = None) -> None:
        cells = []
        for condition in ("model", "model, blank picture"):
            value = tasks[task][condition][score]
            cells.append(_told(value if place is None or value is None else value[place]))
        rows.append((words, *cells, *[NONE] * 4))

    row("marker answers: share of claims that the counts support", "marker", "ledger")
    row("which panels are markers? F1", "marker_panel", "set_f1")
    row("which niches does it mark? F1", "niches_of_gene", "set_f1")
    row("descriptions: share of claims that the counts support", "describe", "ledger")
    row("descriptions: share of what is true that is said", "describe", "recall")
    row("descriptions: neighbours that are right", "describe", "neighbours", 0)
    for kind, part in claims.items():
        scores = part["conditions"]
        if part["n_true"]:
            arithmetic = ", ".join(
                f"{_told(scores[name])} {name}" for name in ("five pixel statistics", "majority answer")
            )
            cells = (_told(scores["model"]), _told(scores["model, blank picture"]), *[NONE] * 3, arithmetic)
            rows.append((f"claim *{kind.replace('_', ' ')}*: macro-F1", *cells))
    return rows


def _told(score: dict[str, float] | None) -> str:
    return NONE if score is None or score["value"] is None else f"{score['value']:.3f}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
