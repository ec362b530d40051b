"""Write the measured results of the bundled model into the documentation.

docs/results.sh calls it with the folder that it wrote and the folder of the model:

python docs/tell_results.py outputs/results models/nichelens-nano

It writes docs/results.md with its plots, and the table and the paragraph of the README. The scores go into the folder
of the model, as evaluation.json and, for an adapter, into its card. With only the model's folder it writes the README
again.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.evaluation.scores.condition_names import ARITHMETIC, BLANK, MODEL, SHUFFLED, WILCOXON
from training.adapter.adapter_card import adapter_card

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
BEGIN, END = "<!-- results: written by docs/tell_results.py -->", "<!-- end of results -->"
NOTE = "<!-- Written by docs/tell_results.py: its first part is results_intro.md, the rest is measured. -->"
EMPTY = "–"
HEAD = (
    "question",
    "score",
    "model",
    "blank picture",
    "shuffled spots",
    "arithmetic on the same figure",
    "Wilcoxon on the same counts",
)
PARTS = ("real", "depth", "unclear", "synthetic", "artefacts", "perception")
"""Scorecards of docs/results.sh, in the order of docs/results.md."""
TITLES = {
    "real": "Real slides",
    "depth": "Fewer counts and changed pictures",
    "unclear": "Claims that the counts leave open",
    "synthetic": "Synthetic slides",
    "artefacts": "Planted artefacts",
    "perception": "Planted effects",
}
ENRICHED, ADJACENT = "enriched", "adjacent"
MIN_QUESTIONS = 30
"""Questions of a kind below which nothing is concluded about it."""


def main(results: Path, model: Path) -> None:
    """Writes the results page, the model's evaluation.json and the README.

    Args:
        results: folder that docs/results.sh wrote.
        model: folder of the model.
    """
    cards = {name: json.loads((results / f"{name}.json").read_text(encoding="utf-8")) for name in PARTS}
    card = cards["real"] | {"depth": cards["depth"]["depth"], "robustness": cards["depth"]["robustness"]}
    card |= {"perception": cards["perception"]["perception"], "synthetic": cards["synthetic"]["kinds"]}
    card["synthetic"] |= cards["artefacts"]["kinds"]
    card["left_out"] = {}
    (model / "evaluation.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    write_results_page(results)
    tell_readme(model)


def tell_readme(model: Path) -> None:
    """Writes the README's results, and the card of an adapter, from the model's evaluation.json."""
    card = json.loads((model / "evaluation.json").read_text(encoding="utf-8"))
    README.write_text(replace_results(README.read_text(encoding="utf-8"), card), encoding="utf-8")
    if (model / "run_config.json").exists():
        run = json.loads((model / "run_config.json").read_text(encoding="utf-8"))
        (model / "README.md").write_text(adapter_card(run, card), encoding="utf-8")


def replace_results(readme: str, card: Mapping[str, Any]) -> str:
    """The text of the README with the results of a scorecard between the two markers."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        message = f"{README}: needs the two lines {BEGIN} and {END}; the table goes between them"
        raise ValueError(message)
    return f"{before}{BEGIN}\n\n{results_table(card)}\n\n{kind_by_kind(card)}\n\n{END}{after}"


def results_table(card: Mapping[str, Any]) -> str:
    """Five results with their controls and baselines, as a Markdown table."""
    kinds, depth, interview = card["kinds"], card["depth"]["pooled"], card["interview"]
    others = [kind for kind in kinds if kind not in (ENRICHED, ADJACENT) and kinds[kind]["n"] >= MIN_QUESTIONS]
    rows = [
        ("Does this gene mark this niche?", "AUROC", (*_aurocs(kinds, [ENRICHED]), depth["1.0"][WILCOXON]["value"])),
        (
            "The same on 2 % of the counts",
            "AUROC",
            (
                depth["0.02"][MODEL]["value"],
                None,
                None,
                depth["0.02"].get(ARITHMETIC, {}).get("value"),
                depth["0.02"][WILCOXON]["value"],
            ),
        ),
        ("Do these two niches touch?", "AUROC", (*_aurocs(kinds, [ADJACENT]), None)),
        (f"{len(others)} other kinds of claim", "mean AUROC", (*_aurocs(kinds, others), None)),
        (
            "What is said of a niche",
            "share that the counts support",
            (interview["precision"]["value"], interview["blank_precision"], None, None, None),
        ),
    ]
    lines = [HEAD, ("---", "---", *["--:"] * 5), *((question, name, *map(_cell, s)) for question, name, s in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _aurocs(kinds: Mapping[str, Any], chosen: list[str]) -> tuple[float | None, ...]:
    """Mean AUROC of some kinds: of the model, with blank pictures, with shuffled spots, and of arithmetic."""
    means: list[float | None] = []
    for name in (MODEL, BLANK, SHUFFLED, ARITHMETIC):
        values = [kinds[kind]["auroc"].get(name, {}).get("value") for kind in chosen if kind in kinds]
        known = [value for value in values if value is not None]
        means.append(sum(known) / len(known) if known else None)
    return tuple(means)


def _cell(value: float | None) -> str:
    """A score with three digits, or a dash where it was not measured."""
    return EMPTY if value is None else f"{value:.3f}"


def kind_by_kind(card: Mapping[str, Any]) -> str:
    """One paragraph: where the model beats arithmetic on the same figures, and where it does not."""
    real, synthetic = _verdicts(card["kinds"]), _verdicts(card["synthetic"])
    interview = card["interview"]
    questions = sum(scores["n"] for scores in card["kinds"].values())
    said = (
        f"{interview['n_said']:.0f} claims, {interview['recall']['value']:.0%} of what it is asked about and could say"
    )
    sentences = [
        f"An AUROC of 0.5 is chance; a dash stands where nothing was measured. {questions:,} questions on "
        f"{len(interview['slides'])} real slides. Brackets show the AUROC of the model / of arithmetic; a paired "
        "bootstrap decides.",
        *_listed("**The model beats arithmetic on the same figure** for", real["better"], card["kinds"]),
        *_listed("It is no better and no worse for", real["equal"], card["kinds"]),
        *_listed("**Arithmetic is better** for", real["worse"], card["kinds"]),
        *_listed("There are too few real questions to tell for", real["few"], card["kinds"]),
        *_on_synthetic(synthetic),
        *_silent(card["kinds"]),
        f"An interview about a niche says {said}. The counts cannot decide {interview['n_uncheckable']:.1f} of them.",
    ]
    return _wrap(" ".join(sentences))


def _verdicts(kinds: Mapping[str, Any]) -> dict[str, list[str]]:
    """Whether the model beats arithmetic, by the interval of the difference: verdict → kinds."""
    found: dict[str, list[str]] = {"better": [], "equal": [], "worse": [], "few": []}
    for kind, scores in kinds.items():
        gain = scores["gain"]
        if scores["n"] < MIN_QUESTIONS or gain["value"] is None:
            found["few"].append(kind)
        else:
            found["better" if gain["low"] > 0 else "worse" if gain["high"] < 0 else "equal"].append(kind)
    return found


def _listed(start: str, chosen: list[str], kinds: Mapping[str, Any]) -> list[str]:
    if not chosen:
        return []
    words = []
    for kind in chosen:
        auroc = kinds[kind]["auroc"]
        pair = f"{_cell(auroc[MODEL]['value'])} / {_cell(auroc.get(ARITHMETIC, {}).get('value'))}"
        words.append(f"*{kind}* ({pair}, {kinds[kind]['n']} questions)")
    return [f"{start} {_enumerate(words)}."]


def _on_synthetic(verdicts: Mapping[str, list[str]]) -> list[str]:
    better, not_better = verdicts["better"], [*verdicts["equal"], *verdicts["worse"]]
    sentences = []
    if better:
        sentences.append(f"On synthetic slides it beats arithmetic for {_enumerate(better)}.")
    if not_better:
        sentences.append(f"There it does not for {_enumerate(not_better)}.")
    return sentences


def _silent(kinds: Mapping[str, Any]) -> list[str]:
    never = [f"*{kind}*" for kind, scores in kinds.items() if scores["threshold"]["least"] is None]
    if not never:
        return []
    return [f"It never says {_enumerate(never)}: it was not right often enough on the slides for calibration."]


def _enumerate(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _wrap(text: str, width: int = 120) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def write_results_page(results: Path) -> None:
    """Writes docs/results.md and its plots."""
    intro = (DOCS / "results_intro.md").read_text(encoding="utf-8").rstrip()
    parts = [NOTE, intro]
    plots = DOCS / "pictures" / "results"
    shutil.rmtree(plots, ignore_errors=True)
    plots.mkdir(parents=True)
    for name in PARTS:
        parts += [f"# {TITLES[name]}", read_body(results / f"{name}.md")]
        for plot in sorted((results / f"{name}.plots").glob("*.png")):
            shutil.copy(plot, plots / f"{name}-{plot.name}")
    (DOCS / "results.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def read_body(file: Path) -> str:
    """The Markdown of an evaluation without its title and without what was left out, with its plots' new places."""
    text = file.read_text(encoding="utf-8").partition("\n")[2].partition("## Left out")[0].strip()
    return re.sub(r"\]\([^)]*\.plots/", f"](pictures/results/{file.stem}-", text)


if __name__ == "__main__":
    folders = [Path(folder) for folder in sys.argv[1:3]]
    if len(folders) == 2:
        main(*folders)
    else:
        tell_readme(folders[0])
