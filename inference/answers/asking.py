"""The one way to ask about a slide: answers that grow sentence by sentence, the last one checked against the counts.

    for answer in ask(engine, facts, "GFAP", "WM"):
        print(answer.text)
    print(answer.probability, answer.ledger)

The command line, the web page and the Python API all use it. The answers are interviews: one yes/no question per claim
(`inference.answers.interview`). A question in people's own words is answered or refused
(`inference.answers.free_question`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.tasks import MARKER_PROMPT
from inference.answers.answer import NOTHING_SAID, Answer, grow
from inference.answers.candidate_claims import N_GENES, candidate_genes
from inference.answers.free_question import answer_question
from inference.answers.interview import ENRICHED, Interview
from inference.answers.ledger import LedgerEntry
from inference.answers.readable import percent
from inference.engine.engine import Engine

VERDICT_WORDS = {"yes": "Yes, a marker", "no": "No, not a marker", "abstain": "Not sure"}
"""Verdicts (`inference.model.calibration.KindCalibration.verdict`) in words for people."""


__all__ = [
    "NOTHING_SAID",
    "VERDICT_WORDS",
    "Answer",
    "ask",
    "ask_before_measuring",
    "describe_niche",
    "probability_in_ledger",
    "probability_words",
    "verdict",
]


def ask(
    engine: Engine, facts: Facts, gene: str, niche: str, *, others: Sequence[str] = (), question: str = ""
) -> Iterator[Answer]:
    """Asks about one gene in one niche of a slide that is measured; see `ask_before_measuring`."""
    yield from ask_before_measuring(engine, facts.canvas, gene, niche, lambda: facts, others=others, question=question)


def ask_before_measuring(
    engine: Engine,
    canvas: Canvas,
    gene: str,
    niche: str,
    measure: Callable[[], Facts],
    *,
    others: Sequence[str] = (),
    question: str = "",
) -> Iterator[Answer]:
    """Asks about one gene in one niche: an interview, or a question in your own words.

    Args:
        engine: model to ask.
        canvas: draws the slide, at the engine's image size.
        gene: symbol. With a question, what "this gene" stands for; "" for none.
        niche: name; likewise.
        measure: returns the facts of the slide. It is called after the last sentence, so that people can read the
            answer while a large slide is measured; a question that names no gene needs them first.
        others: genes that an interview compares it with.
        question: in people's own words (`inference.answers.free_question`); empty for an interview.

    Yields:
        First an answer without text that holds the probability. Then the answer so far, each time it grows. The last
        one has claims and a ledger too.

    Raises:
        NicheLensError: the slide has no such gene or niche, or its pictures have another size than the model reads.
    """
    engine.check_canvas(canvas)
    if question.strip():
        yield from answer_question(engine, canvas, question, measure, gene=gene, niche=niche)
        return
    interview = Interview(engine, canvas)
    answer = Answer("", MARKER_PROMPT, interview.probability(Claim(ENRICHED, gene, niche)), gene=gene, niche=niche)
    yield answer
    yield from grow(engine, answer, interview, interview.about_gene(gene, niche, others), measure)


def describe_niche(engine: Engine, facts: Facts, niche: str, n_genes: int = N_GENES) -> Iterator[Answer]:
    """Describes one niche: its form, place and neighbours, which of some candidate genes mark it, and how.

    Args:
        engine: model to ask.
        facts: facts of the slide, with a canvas of the engine's image size. They choose the candidate genes and leave
            out what the counts cannot check (`inference.answers.candidate_claims`), and check what is said.
        niche: name.
        n_genes: number of candidate genes.

    Yields:
        The answer so far, each time it grows. The last one has claims and a ledger too.

    Raises:
        NicheLensError: the slide has no such niche, or its pictures have another size than the model reads.
    """
    engine.check_canvas(facts.canvas)
    interview = Interview(engine, facts.canvas, facts)
    sayings = interview.about_niche(niche, candidate_genes(facts, niche, n_genes))
    yield from grow(engine, Answer("", f"What is {niche}?", niche=niche), interview, sayings, lambda: facts)


def verdict(engine: Engine, p_marker: float) -> str:
    """``yes``, ``no`` or ``abstain`` for the calibrated probability that a gene marks a niche."""
    return engine.calibration.of(ENRICHED).verdict(p_marker)


def probability_words(probability: float, *, is_known: bool) -> str:
    """A probability in words, for example "probability of yes 3%".

    Args:
        probability: calibrated probability of "Yes", 0..1.
        is_known: False where a server gives no probabilities (`Engine.gives_probability`).
    """
    return f"probability of yes {percent(probability)}" if is_known else "its server gives no probability"


def probability_in_ledger(entry: LedgerEntry) -> str:
    """The model's probability that a claim is right, for example "97%"; "" where there is none."""
    return "" if entry.probability is None else percent(entry.probability)
