"""Asking with the words appearing as they are said, for the terminal and the page alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from data_prep.claims import put_back
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question, marker_question
from inference.answers.ledger import Answer
from inference.engine.engine import Engine

VERDICT_WORDS = {"yes": "Yes, a marker", "no": "No, not a marker", "abstain": "Not sure"}


def gene_question(canvas: Canvas, gene: str, niche: str, words: str = "") -> Question:
    """What is asked about a gene in a niche; ``words`` replaces the standing question."""
    asked = marker_question(canvas, gene, niche)
    return replace(asked, prompt=words.strip()) if words.strip() else asked


def stream_answer(engine: Engine, asked: Question, probability: float | None = None) -> Iterator[Answer]:
    """The answer so far, each time it grows; its ledger is empty until it is read with ``read_answer``."""
    for raw in engine.stream(asked):
        yield Answer(put_back(raw, asked.names), raw, probability)


def probability_words(probability: float, *, is_known: bool) -> str:
    """For example "probability of yes 3 %"; a server may answer without a probability."""
    return f"probability of yes {probability:.0%}" if is_known else "its server gives no probability"
