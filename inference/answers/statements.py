"""Statements: the claims that answers make sure enough to be said, without contradictions.

An answer is sure by the thresholds of its kind of claim (`inference.model.calibration`). Of answers that contradict
each other only the surest is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from data_prep.claims import CLAIM_TYPES, Claim
from inference.answers.claim_answers import ClaimAnswer
from inference.model.calibration import Calibration

_NEAREST = 1e-6
"""Distance of a probability from 0 and 1 below which its log-odds grow no more."""


@dataclass(frozen=True)
class Statement:
    """A claim that an answer makes sure enough to be said.

    Attributes:
        claim: with real names.
        probability: of the claim to be right, by the model, 0..1.
        strength: log-odds of the answer beyond the threshold of its kind, 0 or more. It compares kinds of claim: the
            threshold of a kind that is hard to see is high.
        is_denial: whether a "No" makes the claim.
    """

    claim: Claim
    probability: float
    strength: float
    is_denial: bool = False


def sure_statements(answers: Iterable[ClaimAnswer], calibration: Calibration) -> list[Statement]:
    """The statements that answers make, contradictory ones included.

    A "Yes" states the asked claim. A "No" states its denial, if its kind has one. Where a question has several values
    (places, directions), only a "No" to all of them is a denial.
    """
    by_subject: dict[Claim, list[ClaimAnswer]] = {}
    for answer in answers:
        by_subject.setdefault(subject_of(answer.claim), []).append(answer)
    statements = []
    for subject, given in by_subject.items():
        of_kind = calibration.of(subject.kind)
        statements += [
            Statement(answer.claim, answer.p_yes, _log_odds(answer.p_yes) - _log_odds(of_kind.yes_from))
            for answer in given
            if of_kind.verdict(answer.p_yes) == "yes"
        ]
        question = CLAIM_TYPES[subject.kind].question
        highest = max(answer.p_yes for answer in given)
        if question and question.denial and of_kind.verdict(highest) == "no":
            denied = replace(subject, kind=question.denial)
            strength = _log_odds(of_kind.no_up_to) - _log_odds(highest)
            statements.append(Statement(denied, 1 - highest, strength, is_denial=True))
    return statements


def settle(statements: Iterable[Statement], said: Sequence[Statement] = ()) -> list[Statement]:
    """The statements to say: no two that contradict each other, and none that another one implies.

    Of contradictory statements the strongest stays. What was said before stays, whatever the new ones say.

    Args:
        statements: new ones.
        said: statements that were said before.

    Returns:
        New statements, the strongest first.
    """
    kept: list[Statement] = []
    for statement in sorted(statements, key=lambda statement: -statement.strength):
        if not any(contradict(statement.claim, other.claim) for other in (*said, *kept)):
            kept.append(statement)
    implied = {replace(statement.claim, kind=CLAIM_TYPES[statement.claim.kind].implies) for statement in kept}
    return [statement for statement in kept if statement.claim not in implied]


def contradict(a: Claim, b: Claim) -> bool:
    """Whether two claims cannot both be right, by their values (`ClaimQuestion.exclusive`) or `ClaimType.excludes`."""
    if a.kind == b.kind and _opposed_values(a, b):
        return True
    for one, other in ((a, b), (b, a)):
        rule = CLAIM_TYPES[one.kind].excludes.get(other.kind)
        if rule is not None and rule(one, other):
            return True
    return False


def subject_of(claim: Claim) -> Claim:
    """What the questions about a claim are about: the claim without its value."""
    return replace(claim, value="")


def _opposed_values(a: Claim, b: Claim) -> bool:
    """Whether two claims of one kind exclude each other by their values."""
    if a.value == b.value or subject_of(a) != subject_of(b):
        return False
    question = CLAIM_TYPES[a.kind].question
    return question is not None and question.exclusive


def _log_odds(p: float) -> float:
    bounded = min(max(p, _NEAREST), 1 - _NEAREST)
    return math.log(bounded / (1 - bounded))
