"""Claim questions: one claim, one figure, one yes/no question."""

from __future__ import annotations

import numpy as np

from data_prep.claims import (
    CLAIM_TYPES,
    FIRST_GENE,
    SECOND_GENE,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    Claim,
    ClaimType,
    Names,
)
from data_prep.figures.canvas import Canvas
from data_prep.tasks.question import Question, QuestionSpec


def claim_question(canvas: Canvas, claim: Claim, image: np.ndarray | None = None, wording: int = 0) -> Question:
    """The question whether a claim is right, with one picture.

    Args:
        canvas: draws the slide.
        claim: with real names, of a kind that can be asked.
        image: the figure if it is already drawn, uint8 (size, size, 3).
        wording: number of the wording; 0 is the plainest.
    """
    claim_type = CLAIM_TYPES[claim.kind]
    question = claim_type.question
    if question is None:
        message = f"claims of the kind '{claim.kind}' are not asked"
        raise ValueError(message)
    spec = question.spec(claim, claim_type.other, canvas.size)
    return Question(
        images=(canvas.pixels(spec) if image is None else image,),
        prompt=question.prompt(claim, claim_type.values, wording),
        names=claim_names(claim),
        specs=(spec,),
        kind=claim.kind,
    )


def claim_of(spec: QuestionSpec) -> Claim:
    """The claim that the spec of a claim question asks about, with real names."""
    gene = spec.genes[0] if spec.genes else ""
    return Claim(spec.task, gene, spec.niche, spec.value, spec.other)


def claim_names(claim: Claim) -> Names:
    """What the references in the question about a claim stand for."""
    claim_type: ClaimType = CLAIM_TYPES[claim.kind]
    other = claim.other if claim_type.other == "gene" else ""
    genes = {FIRST_GENE: claim.gene, SECOND_GENE: other} if other else {THIS_GENE: claim.gene} if claim.gene else {}
    niches = {THE_NICHE: claim.niche} if claim.niche else {}
    if claim.other and claim_type.other == "niche":
        niches[THE_OTHER_NICHE] = claim.other
    cell_types = {THIS_CELL_TYPE: claim.other} if claim.other and claim_type.other == "cell type" else {}
    return Names(genes, niches, cell_types)
