"""The one way to ask about a slide: answers that grow word by word, the last one checked against the counts.

    for answer in ask(engine, facts, "GFAP", "WM"):
        print(answer.text)
    print(answer.probability, answer.ledger)

The command line, the web page and the Python API all use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from data_prep.claims import restore_names
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question, describe_question, marker_question
from inference.answers.ledger import Answer, read_answer
from inference.engine.engine import Engine

VERDICT_WORDS = {"yes": "Yes, a marker", "no": "No, not a marker", "abstain": "Not sure"}
"""Verdicts (`inference.answers.screen.verdict`) in words for people."""


def ask(engine: Engine, facts: Facts, gene: str, niche: str, question: str = "") -> Iterator[Answer]:
    """Asks about one gene in one niche, from the gene's focus map.

    Args:
        engine: model to ask.
        facts: facts of the slide, with a canvas of the engine's image size.
        gene: symbol.
        niche: name.
        question: text that the model gets as it is. Empty asks whether the gene is a marker of the niche.

    Yields:
        The answer so far, see `ask_question`.

    Raises:
        NicheLensError: the slide has no such gene or niche, or its pictures have another size than the model reads.
    """
    engine.check_canvas(facts.canvas)
    asked = gene_question(facts.canvas, gene, niche, question)
    yield from ask_question(engine, asked, lambda: facts, with_probability=not question.strip())


def describe_niche(engine: Engine, facts: Facts, niche: str, genes: Sequence[str]) -> Iterator[Answer]:
    """Asks for a description of one niche, from a map of all niches and a montage of candidate genes.

    Args:
        engine: model to ask.
        facts: facts of the slide, with a canvas of the engine's image size.
        niche: name.
        genes: symbols of the candidate genes, one for each panel of the montage.

    Yields:
        The answer so far, see `ask_question`.

    Raises:
        NicheLensError: the slide has no such gene or niche, or its pictures have another size than the model reads.
    """
    engine.check_canvas(facts.canvas)
    yield from ask_question(engine, describe_question(facts.canvas, niche, genes), lambda: facts)


def gene_question(canvas: Canvas, gene: str, niche: str, question: str = "") -> Question:
    """The question about one gene in one niche; `question` replaces the usual prompt."""
    asked = marker_question(canvas, gene, niche)
    return replace(asked, prompt=question.strip()) if question.strip() else asked


def ask_question(
    engine: Engine, question: Question, measure: Callable[[], Facts], *, with_probability: bool = False
) -> Iterator[Answer]:
    """Asks one question and yields the answer each time it grows.

    Args:
        engine: model to ask.
        question: pictures and prompt.
        measure: returns the facts of the slide. It is called once, after the last word, so that people can read the
            answer while a large slide is measured.
        with_probability: whether to compute the probability of "Yes". Only the usual yes/no question has one.

    Yields:
        First an answer without text that holds the probability. Then the answer so far, each time it grows. The last
        one has claims and a ledger too.
    """
    probability = float(engine.yes_probability([question])[0]) if with_probability else None
    answer = Answer("", "", question.prompt, probability)
    yield answer
    for raw in engine.stream(question):
        answer = replace(answer, text=restore_names(raw, question.names), raw=raw)
        yield answer
    yield read_answer(answer.raw, question, measure(), probability)


def probability_words(probability: float, *, is_known: bool) -> str:
    """A probability in words, for example "probability of yes 3 %".

    Args:
        probability: calibrated probability of "Yes", 0..1.
        is_known: False where a server gives no probabilities (`Engine.gives_probability`).
    """
    return f"probability of yes {probability:.0%}" if is_known else "its server gives no probability"
