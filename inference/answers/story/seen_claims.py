"""What the model sees of the claims of a story: it is asked about the maps that show them.

The map of a list of genes is drawn as that of a gene, and the question is the one about enrichment. So a model that was
calibrated for *enriched* reads it with the same calibration: on real slides its AUROC is above .99
(`python -m tests.benchmarks.known_pictures`). Other claims about what is known are asked of models only that have a
calibration for them, or none at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data_prep.claims import CLAIM_TYPES, Claim
from data_prep.figures.canvas import Canvas
from data_prep.tasks import Question, claim_question
from inference.answers.interview import ENRICHED
from inference.engine.engine import Engine

SIGNATURE = "signature"


def see_claims(engine: Engine, canvas: Canvas, claims: Sequence[Claim]) -> dict[Claim, float]:
    """Claim → calibrated probability of "Yes", 0..1; claims that no figure shows, or that are not asked, are left out.

    Args:
        engine: model to ask.
        canvas: draws the slide, with knowledge, at the engine's image size.
        claims: with real names.
    """
    questions = {claim: question for claim in claims if (question := _question(engine, canvas, claim)) is not None}
    if not questions:
        return {}
    p_yes = engine.yes_probability(list(questions.values()))
    return {claim: float(p) for claim, p in zip(questions, p_yes, strict=True)}


def seen_words(engine: Engine, claim: Claim, p_yes: float) -> str:
    """What the model sees of a claim, for people, by the thresholds of the calibration that its answer was read with.

    Args:
        engine: model that was asked.
        claim: what it was asked about.
        p_yes: its answer, as of `see_claims`.
    """
    verdict = engine.calibration.of(_asked_as(claim)).verdict(p_yes)
    return {"yes": "The model sees it on its map", "no": "The model does not see it on its map"}.get(
        verdict, "The model is not sure that it sees it on its map"
    )


def _question(engine: Engine, canvas: Canvas, claim: Claim) -> Question | None:
    is_complex = claim.kind == "signals_to" and "+" in claim.gene + claim.other
    kind = _asked_as(claim)
    if CLAIM_TYPES[claim.kind].question is None or is_complex or not engine.calibration.of(kind).is_asked:
        return None
    return replace(claim_question(canvas, claim), kind=kind)


def _asked_as(claim: Claim) -> str:
    """The kind of claim whose calibration an answer is read with."""
    return ENRICHED if claim.kind == SIGNATURE else claim.kind
