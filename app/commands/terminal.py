"""Answers on the terminal: text that grows, the ledger as a table, or JSON for other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cache, partial
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from data_prep.claims import (
    CONTRADICTED,
    SUPPORTED,
    UNCLEAR,
    VERDICT_MARKS,
    evidence_fields,
    evidence_line,
)
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide
from data_prep.slide_loading import slide_label
from inference.answers.asking import (
    VERDICT_WORDS,
    Answer,
    ask_before_measuring,
    probability_in_ledger,
    probability_words,
    verdict,
)
from inference.answers.blind_twin import BlindTwin
from inference.answers.checked_text import checked_words, to_terminal
from inference.answers.ledger import HOLDS_NO_CLAIM, NOT_CHECKED, Ledger
from inference.answers.prose_twin import twin_of
from inference.answers.readable import percent
from inference.engine.engine import Engine

_STYLES = {SUPPORTED: "green", CONTRADICTED: "red", UNCLEAR: "yellow"}


def print_answers(
    engine: Engine,
    slides: Sequence[Slide],
    genes: Sequence[str],
    niche: str,
    question: str,
    *,
    twin: bool,
    as_json: bool,
) -> None:
    """Asks about each gene on each slide. Prints each answer with its ledger, or all answers as one JSON array.

    Args:
        engine: model to ask.
        slides: slides that have the niche and the genes.
        genes: symbols. Each is also compared with those after it. None for a question that names its gene.
        niche: name; "" likewise.
        question: in people's own words; empty asks for an interview.
        twin: ask again without the evidence (`inference.answers.blind_twin`).
        as_json: print JSON instead of text and tables.

    Raises:
        NicheLensError: the question is refused on every slide.
    """
    out = Console()
    records, refusals = [], []
    for slide in slides:
        canvas = Canvas(slide, engine.image_size)
        measure = cache(partial(Facts.measure, slide, engine.image_size))
        for i, gene in enumerate(genes or [""]):
            answers = ask_before_measuring(
                engine, canvas, gene, niche, measure, others=genes[i + 1 :], question=question
            )
            first = next(answers)
            if first.refusal:
                refusals.append(f"{slide.name}: {first.refusal.advice}")
            if as_json:
                last = [first, *answers][-1]
                again = twin_of(engine, canvas, last, measure) if twin and not first.refusal else None
                records.append(_record(engine, slide, last, again))
            elif not first.refusal:
                title = f"{slide_label(slide)}: {first.question if question.strip() else f'{gene} in {niche}'}"
                last = _print_answer(out, title, first, answers, engine)
                if twin:
                    _print_twin(out, twin_of(engine, canvas, last, measure))
    if len(refusals) == len(slides) * max(1, len(genes)):
        raise NicheLensError(refusals[0])
    if as_json:
        print(json.dumps(records, indent=2, ensure_ascii=False))
    for refusal in () if as_json else refusals:
        out.print(Text(refusal, style="yellow"), soft_wrap=True)


def _print_twin(out: Console, twin: BlindTwin) -> None:
    """Prints what was asked again without the evidence: the result in words, and each claim."""
    out.print(Text(twin.words), soft_wrap=True)
    if not twin.answers:
        return
    table = Table("Claim", "Source", "p", "blank picture", "shuffled spots", title_justify="left")
    for row in twin.table().itertuples():
        source = f"{row.source}, contradicts memory" if row.is_conflict else row.source
        p = (percent(p) if p == p else "" for p in (row.p_seen, row.p_blank, row.p_shuffled))  # prose has no p
        table.add_row(Text(row.claim), source, *p)
    out.print(table)


def _print_answer(out: Console, title: str, answer: Answer, answers: Iterator[Answer], engine: Engine) -> Answer:
    """Prints the headline, the answer and its ledger. On a terminal the answer appears while it grows.

    Returns:
        The complete answer.
    """
    if answer.probability is not None:
        words = probability_words(answer.probability, is_known=engine.gives_probability)
        title += f": {VERDICT_WORDS[verdict(engine, answer.probability)]} ({words})"
    out.print(Text(title, style="bold"), soft_wrap=True)
    with Live(console=out, auto_refresh=False) as live:
        for answer in answers:
            if out.is_terminal:
                live.update(_checked_words(answer), refresh=True)
    if not out.is_terminal:
        out.print(_checked_words(answer), soft_wrap=True)
    out.print(_ledger_table(answer.ledger))
    return answer


def _checked_words(answer: Answer) -> Text:
    """The answer so far; when it is checked, with the verdict on each sentence and how many were checked."""
    if not answer.ledger.sentences:
        return Text(answer.text)
    return Text("\n").join([to_terminal(answer.ledger), Text(f"{checked_words(answer.ledger)}.", style="dim")])


def _ledger_table(ledger: Ledger) -> Table:
    """Claims with what the model and the counts say, then the sentences without a claim."""
    table = Table("Claim", "p", "Verdict", "Evidence", title_justify="left")
    for entry in ledger.entries:
        coloured = Text(f"{VERDICT_MARKS[entry.verdict]} {entry.verdict}", style=_STYLES.get(entry.verdict, "dim"))
        evidence = evidence_line(entry, is_named=True)
        table.add_row(Text(entry.sentence), probability_in_ledger(entry), coloured, Text(evidence))
    for sentence in ledger.unheard:
        table.add_row(Text(sentence), "", Text(NOT_CHECKED, style="yellow"), HOLDS_NO_CLAIM)
    return table


def _record(engine: Engine, slide: Slide, answer: Answer, twin: BlindTwin | None) -> dict[str, Any]:
    """An answer as JSON, with its twin if it was asked again. A server may give a verdict without a probability."""
    again = {} if twin is None else {"twin": {"words": twin.words, "claims": [asdict(a) for a in twin.answers]}}
    return {
        "slide": slide.name,
        "slice": slide_label(slide),
        "gene": answer.gene,
        "niche": answer.niche,
        "question": answer.question,
        "text": answer.text,
        "p_marker": answer.probability if engine.gives_probability else None,
        "verdict": None if answer.probability is None else verdict(engine, answer.probability),
        "ledger": [
            {
                "sentence": entry.sentence,
                "p": entry.probability,
                "verdict": entry.verdict,
                "statistic": entry.statistic,
                "value": entry.value,
                **evidence_fields(entry),
                "claim": asdict(entry.claim),
                "is_denied": entry.is_denied,
            }
            for entry in answer.ledger.entries
        ],
        "sentences": [{"words": s.words, "verdict": s.verdict} for s in answer.ledger.sentences],
        "share_checked": answer.ledger.share_checked,
        "unheard": list(answer.ledger.unheard),
        "refusal": None if answer.refusal is None else asdict(answer.refusal),
        **again,
    }
