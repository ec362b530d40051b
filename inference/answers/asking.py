"""The one way to ask about a slide: answers that grow sentence by sentence, the last one checked against the counts.

    for answer in ask(engine, facts, "GFAP", "WM"):
        print(answer.text)
    print(answer.probability, answer.ledger)

The command line, the web page and the Python API all use it. The answers are interviews: one yes/no question per claim
(`inference.answers.interview`). A question in your own words goes to a model that writes prose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from data_prep.claims import Claim, in_percent, restore_names
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.tasks import MARKER_PROMPT, Question, claim_question
from inference.answers.candidate_claims import N_GENES, candidate_genes
from inference.answers.claim_answers import ClaimAnswer
from inference.answers.composing import Saying
from inference.answers.interview import ENRICHED, Interview
from inference.answers.ledger import Ledger, LedgerEntry, check_answer, check_sayings
from inference.engine.engine import Engine

VERDICT_WORDS = {"yes": "Yes, a marker", "no": "No, not a marker", "abstain": "Not sure"}
"""Verdicts (`inference.model.calibration.KindCalibration.verdict`) in words for people."""
NOTHING_SAID = "The model is not sure enough of anything to say it."
"""Text of an interview without a statement."""


@dataclass(frozen=True)
class Answer:
    """An answer of a model.

    Attributes:
        text: the answer for people, with gene symbols and niche names.
        question: what was asked, in words.
        probability: calibrated probability of "Yes" to the question whether the gene is a marker of the niche, 0..1;
            None where that was not asked.
        claims: claims in the answer, with real names; none before the answer is complete.
        ledger: verdict of the counts on each claim; empty before the answer is complete.
        asked: the claims that the model was asked about, with its answers, said or not; none before the answer is
            complete, and none for a question in prose.
    """

    text: str
    question: str = ""
    probability: float | None = None
    claims: tuple[Claim, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    asked: tuple[ClaimAnswer, ...] = ()


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
        gene: symbol.
        niche: name.
        measure: returns the facts of the slide. It is called once, after the last sentence, so that people can read the
            answer while a large slide is measured.
        others: genes that an interview compares it with.
        question: text that a model which writes prose gets as it is, with the gene's focus map; empty for an interview.

    Yields:
        First an answer without text that holds the probability. Then the answer so far, each time it grows. The last
        one has claims and a ledger too.

    Raises:
        NicheLensError: the slide has no such gene or niche, its pictures have another size than the model reads, or
            the model answers no question in your own words.
    """
    check_question(engine, question)
    engine.check_canvas(canvas)
    asked = Claim(ENRICHED, gene, niche)
    if question.strip():
        in_words = replace(claim_question(canvas, asked), prompt=question.strip(), kind="", asked=None)
        yield from _ask_in_words(engine, in_words, measure)
        return
    interview = Interview(engine, canvas)
    answer = Answer("", MARKER_PROMPT, interview.probability(asked))
    yield answer
    yield from _grow(engine, answer, interview, interview.about_gene(gene, niche, others), measure)


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
    yield from _grow(engine, Answer("", f"What is {niche}?"), interview, sayings, lambda: facts)


def check_question(engine: Engine, question: str) -> None:
    """Refuses a question in your own words to a model that answers only yes/no questions.

    Raises:
        NicheLensError: there is a question, and the model writes no prose.
    """
    if question.strip() and not engine.writes_prose:
        message = (
            f"{engine.name}: answers no question in your own words; leave it out to ask whether the gene is enriched, "
            "where, and with which pattern, or choose a larger model (--model)"
        )
        raise NicheLensError(message)


def verdict(engine: Engine, p_marker: float) -> str:
    """``yes``, ``no`` or ``abstain`` for the calibrated probability that a gene marks a niche."""
    return engine.calibration.of(ENRICHED).verdict(p_marker)


def probability_words(probability: float, *, is_known: bool) -> str:
    """A probability in words, for example "probability of yes 3 %".

    Args:
        probability: calibrated probability of "Yes", 0..1.
        is_known: False where a server gives no probabilities (`Engine.gives_probability`).
    """
    return f"probability of yes {in_percent(probability)}" if is_known else "its server gives no probability"


def probability_in_ledger(entry: LedgerEntry) -> str:
    """The model's probability that a claim is right, for example "97 %"; "" where there is none."""
    return "" if entry.probability is None else in_percent(entry.probability)


def _ask_in_words(engine: Engine, question: Question, measure: Callable[[], Facts]) -> Iterator[Answer]:
    answer, raw = Answer("", question.prompt), ""
    yield answer
    for raw in engine.stream(question):
        answer = replace(answer, text=restore_names(raw, question.names))
        yield answer
    yield _checked(answer, check_answer(raw, question.names, measure(), question.asked))


def _grow(
    engine: Engine, answer: Answer, interview: Interview, sayings: Iterable[Saying], measure: Callable[[], Facts]
) -> Iterator[Answer]:
    """The answer each time that an interview says something, and at last with its ledger."""
    for saying in sayings:
        answer = replace(answer, text=f"{answer.text} {saying.words}".lstrip())
        yield answer
    if not answer.text:
        answer = replace(answer, text=NOTHING_SAID)
    answer = replace(answer, asked=tuple(interview.answers.values()))
    yield _checked(answer, check_sayings(interview.sayings, measure(), is_known=engine.gives_probability))


def _checked(answer: Answer, ledger: Ledger) -> Answer:
    return replace(answer, claims=tuple(entry.claim for entry in ledger.entries), ledger=ledger)
