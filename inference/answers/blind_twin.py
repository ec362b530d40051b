"""The blind twin of an answer: the same questions with the evidence taken away, to tell what was seen in the picture.

    twin = blind_twin(engine, canvas, answer)
    print(twin.words)       # "9 of 10 claims need the picture. 1 is made without it."

Each claim that the answer makes is asked again with a blank picture, and with the spots shuffled over the tissue. A
model that knows genes by name is asked once more by name: then the gap between the masked and the named question shows
what it recalls. A claim that is made again without its evidence was not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from data_prep.claims import CLAIM_TYPES, Claim, restore_names, sentence
from data_prep.facts.shuffling import shuffle_counts, shuffle_labels
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import LABEL_FIGURES
from data_prep.slide import Slide
from data_prep.tasks import Question, claim_question
from data_prep.tasks.question import blank_pictures
from inference.answers.answer import Answer
from inference.answers.claim_answers import ClaimAnswer, ask_claims
from inference.answers.statements import subject_of
from inference.engine.engine import Engine
from inference.model.calibration import KindCalibration

if TYPE_CHECKING:
    import pandas as pd

SEEN, RECALLED, DEFAULT, NOT_PLACE = "seen", "recalled", "no by default", "not by place"
"""Where a claim comes from. *Seen*: it needs the picture. *Recalled*: it is made with a blank picture too. *No by
default*: it is a denial, and an empty picture gets it too, as it should, so it is no sign of having looked. *Not by
place*: it is made with shuffled spots too, but not with a blank picture."""
SHUFFLED_COPIES = 2
"""Permutations of the spots. One unlucky permutation does not decide: a claim must survive each of them."""
_WORDS = {
    SEEN: ("needs the picture", "need the picture"),
    RECALLED: ("is made without the picture too", "are made without the picture too"),
    NOT_PLACE: ("does not hang on the place of the spots", "do not hang on the place of the spots"),
    DEFAULT: ("is a No that an empty picture gets too", "are a No that an empty picture gets too"),
}


@dataclass(frozen=True)
class TwinAnswer:
    """One claim, asked with and without its evidence. Probabilities are calibrated, of "Yes", 0..1.

    Attributes:
        claim: what was asked, with real names.
        p_seen: with the picture.
        p_blank: with a blank picture.
        p_shuffled: with shuffled spots, one for each permutation.
        p_named: with the picture and the names in the question; None for a model that knows no names.
        p_recalled: with the names and a blank picture; None likewise.
        source: one of ``SEEN``, ``RECALLED``, ``DEFAULT``, ``NOT_PLACE``.
        is_conflict: whether the model surely says the opposite by name, or from memory, of what it sees.
    """

    claim: Claim
    p_seen: float
    p_blank: float
    p_shuffled: tuple[float, ...]
    p_named: float | None
    p_recalled: float | None
    source: str
    is_conflict: bool


@dataclass(frozen=True)
class BlindTwin:
    """The twin of an answer.

    Attributes:
        answers: one for each claim that the answer makes.
    """

    answers: tuple[TwinAnswer, ...]

    @property
    def n_conflicts(self) -> int:
        """Claims of which memory says the opposite of the picture."""
        return sum(answer.is_conflict for answer in self.answers)

    def count(self, source: str) -> int:
        """Claims from one source."""
        return sum(answer.source == source for answer in self.answers)

    def table(self) -> pd.DataFrame:
        """One row for each claim, with the columns "claim", "source" and the probabilities of ``TwinAnswer``.

        ``p_shuffled`` is the mean over the permutations; what was not asked is NaN.
        """
        import pandas as pd

        rows = [
            (
                sentence(answer.claim, real_names=True),
                answer.source,
                answer.is_conflict,
                answer.p_seen,
                answer.p_blank,
                float(np.mean(answer.p_shuffled)),
                answer.p_named,
                answer.p_recalled,
            )
            for answer in self.answers
        ]
        columns = ["claim", "source", "is_conflict", "p_seen", "p_blank", "p_shuffled", "p_named", "p_recalled"]
        return pd.DataFrame(rows, columns=columns).astype({"p_named": float, "p_recalled": float})

    @property
    def words(self) -> str:
        """The result in plain words."""
        if not self.answers:
            return "The answer makes no claim, so there is nothing to ask again."
        total = len(self.answers)
        sentences = []
        for source, (one, several) in _WORDS.items():
            n = self.count(source)
            if n:
                sentences.append(f"{n} of {total} claims {one if n == 1 else several}.")
        if self.n_conflicts:
            which = ", ".join(name_claim(answer.claim) for answer in self.answers if answer.is_conflict)
            sentences.append(f"Memory and picture contradict each other in {self.n_conflicts}: {which}.")
        return " ".join(sentences)


def blind_twin(engine: Engine, canvas: Canvas, answer: Answer, seed: int = 0) -> BlindTwin:
    """Asks again, without the evidence, what an answer claims.

    Args:
        engine: model that gave the answer.
        canvas: draws the slide of the answer, at the engine's image size.
        answer: a complete answer of an interview (`Answer.asked`).
        seed: of the permutations.

    Returns:
        The twin. An answer without claims, or in prose, gives an empty one.
    """
    engine.check_canvas(canvas)
    made = [given for given in answer.asked if _is_made(given, answer)]
    claims = [given.claim for given in made]
    questions = [claim_question(canvas, claim) for claim in claims]
    blank = _ask_once(engine, [blank_pictures(question) for question in questions])
    shuffled = [_shuffled(engine, canvas, claims, seed, copy) for copy in range(SHUFFLED_COPIES)]
    named = recalled = None
    if engine.writes_prose:
        by_name = [name_question(question) for question in questions]
        named = engine.yes_probability(by_name)
        recalled = engine.yes_probability([blank_pictures(question) for question in by_name])
    return BlindTwin(
        tuple(
            judge(
                engine.calibration.of(given.claim.kind),
                given,
                p_blank=float(blank[i]),
                p_shuffled=tuple(float(copy[i]) for copy in shuffled),
                p_named=None if named is None else float(named[i]),
                p_recalled=None if recalled is None else float(recalled[i]),
            )
            for i, given in enumerate(made)
        )
    )


def judge(
    calibration: KindCalibration,
    given: ClaimAnswer,
    *,
    p_blank: float,
    p_shuffled: Sequence[float],
    p_named: float | None = None,
    p_recalled: float | None = None,
) -> TwinAnswer:
    """Tells where a claim comes from, by the same thresholds that decide what is said.

    Args:
        calibration: of the kind of claim.
        given: the answer with the picture.
        p_blank: calibrated probability of "Yes" with a blank picture.
        p_shuffled: likewise with shuffled spots.
        p_named: likewise with the names in the question.
        p_recalled: likewise with the names and a blank picture.
    """
    said = calibration.verdict(given.p_yes)
    without = [p for p in (p_blank, p_recalled) if p is not None]
    if any(calibration.verdict(p) == said for p in without):
        source = RECALLED if said == "yes" else DEFAULT
    elif p_shuffled and all(calibration.verdict(p) == said for p in p_shuffled):
        source = NOT_PLACE
    else:
        source = SEEN
    opposite = {"yes": "no", "no": "yes"}.get(said)
    by_name = [p for p in (p_named, p_recalled) if p is not None]
    return TwinAnswer(
        claim=given.claim,
        p_seen=given.p_yes,
        p_blank=p_blank,
        p_shuffled=tuple(p_shuffled),
        p_named=p_named,
        p_recalled=p_recalled,
        source=source,
        is_conflict=any(calibration.verdict(p) == opposite for p in by_name),
    )


def name_question(question: Question) -> Question:
    """The same question with real names in place of "this gene" and "the niche"."""
    plain = question.prompt.replace("the highlighted niche", "the niche")
    return replace(question, prompt=restore_names(plain, question.names))


def name_claim(claim: Claim) -> str:
    """The names that a claim is about, for people: "GFAP in WM"."""
    about = [name for name in (claim.gene, claim.other) if name]
    return f"{' and '.join(about)} in {claim.niche}" if about and claim.niche else " and ".join(about) or claim.niche


def _is_made(given: ClaimAnswer, answer: Answer) -> bool:
    """Whether an answer says a claim, or denies it."""
    question = CLAIM_TYPES[given.claim.kind].question
    denial = question.denial if question else ""
    denied = replace(subject_of(given.claim), kind=denial) if denial else None
    return given.claim in answer.claims or denied in answer.claims


def _ask_once(engine: Engine, questions: Sequence[Question]) -> np.ndarray:
    """Probabilities of questions of which many have the same words and picture."""
    keys = [(question.prompt, question.kind) for question in questions]
    distinct = dict(zip(keys, questions, strict=True))
    if not distinct:
        return np.zeros(0)
    p_yes = dict(zip(distinct, engine.yes_probability(list(distinct.values())), strict=True))
    return np.array([p_yes[key] for key in keys])


def _shuffled(engine: Engine, canvas: Canvas, claims: Sequence[Claim], seed: int, copy: int) -> np.ndarray:
    """Probabilities of claims on a tissue with shuffled spots: counts move, or labels where only they are drawn."""
    p_yes = np.zeros(len(claims))
    groups: dict[Callable[[Slide, np.random.Generator], Slide], list[int]] = {}
    for i, claim in enumerate(claims):
        question = CLAIM_TYPES[claim.kind].question
        of_labels = question is not None and question.figure in LABEL_FIGURES
        groups.setdefault(shuffle_labels if of_labels else shuffle_counts, []).append(i)
    for shuffle, members in groups.items():
        slide = shuffle(canvas.slide, np.random.default_rng([seed, copy]))
        answers = ask_claims(engine, Canvas(slide, canvas.size), [claims[i] for i in members])
        p_yes[members] = [given.p_yes for given in answers]
    return p_yes
