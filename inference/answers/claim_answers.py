"""Asks a model whether claims are right: one picture and one yes/no question for each claim.

    ask_claims(engine, canvas, [Claim("enriched", "GFAP", "WM"), Claim("adjacent", niche="WM", other="L6")])

Interviews and evaluations ask in this way. A screen draws its own pictures, which is quicker for one kind of figure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from data_prep.claims import ASKED_KINDS, CLAIM_TYPES, Claim
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.tasks import claim_question
from inference.engine.engine import Engine, Progress

_BLOCK_BYTES = 2**25
"""Memory of the pictures that are drawn at once."""


@dataclass(frozen=True)
class ClaimAnswer:
    """The model's answer to the question whether a claim is right.

    Attributes:
        claim: with real names.
        p_yes: calibrated probability of "Yes", 0..1.
    """

    claim: Claim
    p_yes: float


def asked_kinds(engine: Engine) -> tuple[str, ...]:
    """The kinds of claim that a model is asked about, in the order of the vocabulary.

    A kind of which no answer is ever sure enough to be said (its ``yes_from`` is infinite) is not asked.
    """
    return tuple(kind for kind in ASKED_KINDS if math.isfinite(engine.calibration.of(kind).yes_from))


def ask_claims(
    engine: Engine, canvas: Canvas, claims: Sequence[Claim], progress: Progress | None = None
) -> list[ClaimAnswer]:
    """Asks whether each claim is right.

    Claims of one kind should stand together: their pictures are then drawn together, and claims that share a picture
    (the places of one niche) share its drawing.

    Args:
        engine: model to ask.
        canvas: draws the slide, at the engine's image size.
        claims: with real names, of kinds that can be asked.
        progress: called with (questions answered so far, all questions).

    Returns:
        One answer for each claim, in their order.
    """
    answers: list[ClaimAnswer] = []
    n_block = max(1, _BLOCK_BYTES // (3 * canvas.size**2))
    for start in range(0, len(claims), n_block):
        block = claims[start : start + n_block]
        specs = [claim_figure(claim, canvas.size) for claim in block]
        distinct = list(dict.fromkeys(specs))
        picture = dict(zip(distinct, canvas.pictures(distinct), strict=True))
        questions = [
            claim_question(canvas, claim, image=picture[spec]) for claim, spec in zip(block, specs, strict=True)
        ]
        p_yes = engine.yes_probability(questions)
        answers += [ClaimAnswer(claim, float(p)) for claim, p in zip(block, p_yes, strict=True)]
        if progress:
            progress(len(answers), len(claims))
    return answers


def claim_figure(claim: Claim, size: int) -> FigureSpec:
    """The spec of the figure that shows the evidence for a claim."""
    claim_type = CLAIM_TYPES[claim.kind]
    if claim_type.question is None:
        message = f"claims of the kind '{claim.kind}' are not asked"
        raise ValueError(message)
    return claim_type.question.spec(claim, claim_type.other, size)
