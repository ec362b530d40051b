"""Answer: what people get for a question, with its ledger, and how an interview makes it grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.figures.spec import FigureSpec
from inference.answers.claim_answers import ClaimAnswer, claim_figure
from inference.answers.composing import Saying
from inference.answers.interview import Interview
from inference.answers.ledger import Ledger, check_sayings
from inference.answers.routing import Refusal
from inference.engine.engine import Engine

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
        refusal: why a question in people's own words is not answered; None for an answer. The text then gives the
            reason, and nothing was asked.
        gene: the one gene that it is about; "" for none or several.
        niche: likewise.
    """

    text: str
    question: str = ""
    probability: float | None = None
    claims: tuple[Claim, ...] = ()
    ledger: Ledger = field(default_factory=Ledger)
    asked: tuple[ClaimAnswer, ...] = ()
    refusal: Refusal | None = None
    gene: str = ""
    niche: str = ""

    def figure(self, size: int) -> FigureSpec:
        """The picture of what it is about: of its gene and niche, else of the first claim that was asked.

        Args:
            size: edge length in pixels.
        """
        if self.gene and self.niche:
            return FigureSpec("focus", (self.gene,), self.niche, size)
        if self.asked:
            return claim_figure(self.asked[0].claim, size)
        if self.gene:
            return FigureSpec("expression", (self.gene,), size=size)
        return FigureSpec("niche", (), self.niche, size) if self.niche else FigureSpec("niches", size=size)


def grow(
    engine: Engine, answer: Answer, interview: Interview, sayings: Iterable[Saying], measure: Callable[[], Facts]
) -> Iterator[Answer]:
    """The answer each time that an interview says something, and at last with its ledger."""
    for saying in sayings:
        answer = replace(answer, text=f"{answer.text} {saying.words}".lstrip())
        yield answer
    if not answer.text:
        answer = replace(answer, text=NOTHING_SAID)
    answer = replace(answer, asked=tuple(interview.answers.values()))
    yield checked(answer, check_sayings(interview.sayings, measure(), is_known=engine.gives_probability))


def checked(answer: Answer, ledger: Ledger) -> Answer:
    """The complete answer with its ledger."""
    claims = tuple(entry.claim for entry in ledger.entries if not entry.is_denied)
    return replace(answer, claims=claims, ledger=ledger)
