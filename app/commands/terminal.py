"""Answers on the terminal: words as they are said, the ledger as a table, or JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from data_prep.claims import CONTRADICTED, SUPPORTED
from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from data_prep.slide_loading import slide_label
from inference.answers.asking import VERDICT_WORDS, ask, probability_words
from inference.answers.ledger import Answer, Ledger
from inference.answers.screen import verdict
from inference.engine.engine import Engine

_STYLES = {SUPPORTED: "green", CONTRADICTED: "red"}


def ask_all(
    engine: Engine, slides: Sequence[Slide], genes: Sequence[str], niche: str, words: str, *, as_json: bool
) -> None:
    """Asks of every slide and gene, and prints each answer with its ledger, or all of them as one JSON array."""
    out = Console()
    records = []
    for slide in slides:
        facts = Facts.measure(slide, engine.image_size)
        for gene in genes:
            answers = ask(engine, facts, gene, niche, words)
            answer = next(answers)
            if not as_json:
                is_known = engine.gives_probability
                _say_headline(out, f"{slide_label(slide)}: {gene} in {niche}", answer.probability, is_known)
                answers = _say(out, answers)
            *_, answer = answers
            records.append(_record(slide, gene, niche, answer, engine.gives_probability))
            if not as_json:
                out.print(_ledger_table(answer.ledger))
    if as_json:
        print(json.dumps(records, indent=2, ensure_ascii=False))


def _say_headline(out: Console, asked: str, probability: float | None, is_known: bool) -> None:
    verdict_words = ""
    if probability is not None:
        words = probability_words(probability, is_known=is_known)
        verdict_words = f": {VERDICT_WORDS[verdict(probability)]} ({words})"
    out.print(Text(f"{asked}{verdict_words}", style="bold"), soft_wrap=True)


def _say(out: Console, answers: Iterator[Answer]) -> Iterator[Answer]:
    """Shows an answer while it grows on a terminal, elsewhere when it is complete."""
    said = Answer("", "")
    with Live(console=out, auto_refresh=False) as live:
        for said in answers:
            if out.is_terminal:
                live.update(Text(said.text), refresh=True)
            yield said
    if not out.is_terminal:
        out.print(Text(said.text), soft_wrap=True)


def _ledger_table(ledger: Ledger) -> Table:
    """Claims with their verdicts and numbers; sentences that hold no claim come last."""
    table = Table("Claim", "Verdict", "Statistic", "Value", title_justify="left")
    for entry in ledger.entries:
        marked = Text(entry.verdict, style=_STYLES.get(entry.verdict, "yellow"))
        table.add_row(Text(entry.sentence), marked, Text(entry.statistic), Text(entry.value))
    for sentence in ledger.unheard:
        table.add_row(Text(sentence), Text("not checked", style="yellow"), "holds no claim of the vocabulary", "")
    return table


def _record(slide: Slide, gene: str, niche: str, answer: Answer, is_known: bool) -> dict[str, Any]:
    """An answer as JSON; ``is_known`` tells a probability from the mere verdict of a server that gives none."""
    return {
        "slide": slide.name,
        "slice": slide_label(slide),
        "gene": gene,
        "niche": niche,
        "question": answer.prompt,
        "text": answer.text,
        "p_marker": answer.probability if is_known else None,
        "verdict": None if answer.probability is None else verdict(answer.probability),
        "ledger": [
            {
                "sentence": e.sentence,
                "verdict": e.verdict,
                "statistic": e.statistic,
                "value": e.value,
                "claim": asdict(e.claim),
            }
            for e in answer.ledger.entries
        ],
        "unheard": list(answer.ledger.unheard),
    }
