"""Claim tasks: one claim, one figure, one yes/no question. There is one task for each kind of claim that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

import numpy as np

from data_prep.claims import (
    CLAIM_TYPES,
    DECIDED,
    FIRST_GENE,
    SECOND_GENE,
    SUPPORTED,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    THIS_LIST,
    Claim,
    ClaimType,
    Names,
    refer,
)
from data_prep.claims.claim_question import ClaimQuestion
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.tasks.claim_choice import balanced_pairs, weigh_candidates
from data_prep.tasks.quads import checkerboard_quads, flat_pairs
from data_prep.tasks.question import Question, QuestionSpec
from data_prep.tasks.task import QuestionLimits, Task, mask_other_genes, new_seed

FLAT_SHARE = 0.25
"""Share of the questions that are pairs with a flat gene, for kinds with quads (`data_prep.tasks.quads.flat_pairs`)."""


class ClaimTask(Task):
    """The yes/no questions about one kind of claim. For every prompt, with its value word, half of the answers are yes.

    Args:
        kind: a kind of claim that is asked.
    """

    is_yes_no = True

    def __init__(self, kind: str) -> None:
        self.name = kind
        self.claim_type = CLAIM_TYPES[kind]
        self.question = _question_of(self.claim_type)
        self.needs_genes = self.claim_type.is_about_genes

    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose pairs of a true and a false claim, or checkerboard quads and pairs with flat genes."""
        if self.question.labels is not None:
            yield from self._quads(facts, self.question.labels(facts), rng, limits)
            return
        weighed = weigh_candidates(facts, self.claim_type, rng, limits.count, limits.genes)
        for true, false in balanced_pairs(weighed, rng, limits.count // 2):
            seed = new_seed(rng)
            yield self.spec(true, "yes", seed)
            yield self.spec(false, "no", seed)

    def slide_question(self, facts: Facts, seed: int) -> QuestionSpec | None:
        """The one question of a kind about the slide itself; None where the counts do not decide it.

        `choose_questions` gives none of these: on one slide nothing balances the answer. Whoever asks many slides
        takes as many with yes as with no (`data_prep.dataset.slide_questions`).
        """
        claim = Claim(self.name)
        verdict = self.claim_type.check(claim, facts).verdict
        return self.spec(claim, "yes" if verdict == SUPPORTED else "no", seed) if verdict in DECIDED else None

    def choose_unclear(self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits) -> Iterator[QuestionSpec]:
        """Choose claims that the counts neither support nor contradict. They have no right answer."""
        weighed = weigh_candidates(facts, self.claim_type, rng, limits.count, limits.genes)
        for position in rng.permutation(len(weighed.unclear))[: limits.count]:
            yield self.spec(weighed.unclear[position], "", new_seed(rng))

    def spec(self, claim: Claim, label: str = "", seed: int = 0) -> QuestionSpec:
        """The spec of the question about a claim with real names."""
        other_gene = claim.other if self.claim_type.other == "gene" else ""
        return QuestionSpec(
            task=self.name,
            niche=claim.niche,
            genes=tuple(gene for gene in (claim.gene, other_gene) if gene),
            seed=seed,
            label=label,
            value=claim.value,
            other=claim.other,
        )

    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Show the figure of the claim."""
        return claim_question(canvas, claim_of(spec), wording=wording_of(spec))

    def right_claims(self, facts: Facts, spec: QuestionSpec) -> list[Claim]:
        """None: the answer is Yes or No and nothing else."""
        return []

    def _quads(
        self, facts: Facts, label: np.ndarray, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Questions of whole quads, then pairs with flat genes; no gene is asked twice in a niche."""
        label = mask_other_genes(label, limits.genes)
        n_flat = round(FLAT_SHARE * limits.count / 2)
        asked: set[tuple[int, int]] = set()
        for genes, niches in checkerboard_quads(label, rng, (limits.count - 2 * n_flat) // 4):
            asked.update(product(genes, niches))
            seed = new_seed(rng)
            for gene, niche in product(genes, niches):
                yield self._spec_at(facts, label, gene, niche, seed)
        unasked = (pair for pair in flat_pairs(label, rng) if (pair[0], pair[2]) not in asked)
        for gene, flat, niche in islice(unasked, n_flat):
            seed = new_seed(rng)
            yield self._spec_at(facts, label, gene, niche, seed)
            yield self._spec_at(facts, label, flat, niche, seed)

    def _spec_at(self, facts: Facts, label: np.ndarray, gene: int, niche: int, seed: int) -> QuestionSpec:
        claim = Claim(self.name, str(facts.slide.genes[gene]), facts.slide.niches[niche])
        return self.spec(claim, "yes" if label[gene, niche] == 1 else "no", seed)


def claim_question(canvas: Canvas, claim: Claim, image: np.ndarray | None = None, wording: int = 0) -> Question:
    """The question whether a claim is right, with one picture.

    Args:
        canvas: draws the slide.
        claim: with real names, of a kind that can be asked.
        image: the figure if it is already drawn, uint8 (size, size, 3).
        wording: number of the wording; 0 is the plainest.
    """
    claim_type = CLAIM_TYPES[claim.kind]
    question = _question_of(claim_type)
    spec = question.spec(claim, claim_type.other, canvas.size)
    return Question(
        images=(canvas.pixels(spec) if image is None else image,),
        prompt=question.prompt(claim, claim_type.values, wording),
        names=claim_names(claim),
        specs=(spec,),
        kind=claim.kind,
        asked=refer(claim, claim_names(claim)),
    )


def marker_question(canvas: Canvas, gene: str, niche: str, *, image: np.ndarray | None = None) -> Question:
    """The question whether a gene marks a niche: the plainest wording of the claim enriched."""
    return claim_question(canvas, Claim("enriched", gene, niche), image)


def claim_of(spec: QuestionSpec) -> Claim:
    """The claim that the spec of a claim question asks about, with real names."""
    gene = spec.genes[0] if spec.genes else ""
    return Claim(spec.task, gene, spec.niche, spec.value, spec.other)


def wording_of(spec: QuestionSpec) -> int:
    """The number of the wording of a claim question; 0, the plainest, for seed 0. The answer has no influence."""
    return spec.seed % len(_question_of(CLAIM_TYPES[spec.task]).wordings) if spec.seed else 0


def claim_names(claim: Claim) -> Names:
    """What the references in the question about a claim stand for."""
    claim_type = CLAIM_TYPES[claim.kind]
    other = claim.other if claim_type.other == "gene" else ""
    genes = {FIRST_GENE: claim.gene, SECOND_GENE: other} if other else {THIS_GENE: claim.gene} if claim.gene else {}
    niches = {THE_NICHE: claim.niche} if claim.niche else {}
    if claim.other and claim_type.other == "niche":
        niches[THE_OTHER_NICHE] = claim.other
    cell_types = {THIS_CELL_TYPE: claim.other} if claim.other and claim_type.other == "cell type" else {}
    lists = {THIS_LIST: claim.other} if claim.other and claim_type.other == "known name" else {}
    return Names(genes, niches, cell_types, lists=lists)


def _question_of(claim_type: ClaimType) -> ClaimQuestion:
    if claim_type.question is None:
        message = f"claims of the kind '{claim_type.kind}' are not asked"
        raise ValueError(message)
    return claim_type.question
