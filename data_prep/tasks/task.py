"""Task: a kind of question. Each task is one subclass in one file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.claims import Claim, Names, refer, speak, speak_answer
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.tasks.question import Example, Question, QuestionSpec


@dataclass(frozen=True)
class QuestionLimits:
    """Limits on the questions that a task may choose.

    Attributes:
        count: largest number of questions.
        genes: indices of the genes that may be shown or named (those of a split); None for all genes.
        named_share: share of the quads of the task marker that name the gene and the niche, 0..1.
    """

    count: int
    genes: Sequence[int] | None = None
    named_share: float = 0.0


class Task(ABC):
    """A kind of question.

    ``choose_questions`` chooses what to ask of a slide, ``ask`` draws the figures of a question, and ``right_claims``
    gives its right answer.

    Attributes:
        name: key of the task in `data_prep.tasks.TASKS`.
        is_yes_no: whether the answer begins with "Yes." or "No.".
        needs_genes: whether its questions show or name genes. Others are asked in one split of each slide.
    """

    name: str
    is_yes_no: bool = False
    needs_genes: bool = True

    @abstractmethod
    def choose_questions(
        self, facts: Facts, rng: np.random.Generator, limits: QuestionLimits
    ) -> Iterator[QuestionSpec]:
        """Choose questions about a slide. No figure is drawn.

        Args:
            facts: facts of the slide.
            rng: draws the questions.
            limits: how many questions and which genes.
        """

    @abstractmethod
    def ask(self, canvas: Canvas, spec: QuestionSpec) -> Question:
        """Draw the figures of a question and write its prompt."""

    @abstractmethod
    def right_claims(self, facts: Facts, spec: QuestionSpec) -> Sequence[Claim]:
        """The claims of the right answer, with real names, in the order in which they are spoken."""

    def make_example(self, facts: Facts, spec: QuestionSpec, canvas: Canvas | None = None) -> Example:
        """Make the question with its right answer.

        Claims about names that the question has no reference for are left out of the answer.

        Args:
            facts: facts of the slide; they decide the answer.
            spec: the question in short.
            canvas: draws the figures, for example of thinned counts of the tissue; None takes that of the facts.
        """
        question = self.ask(canvas or facts.canvas, spec)
        referred = [refer(claim, question.names) for claim in self.right_claims(facts, spec)]
        claims = tuple(claim for claim in referred if _has_references(claim, question.names))
        rng = np.random.default_rng(spec.seed) if spec.seed else None
        return Example(
            question=question,
            completion=speak_answer(claims, spec.label == "yes", rng) if self.is_yes_no else speak(claims, rng),
            claims=claims,
            task=self.name,
            slide=facts.slide.name,
            donor=facts.slide.meta.donor,
            niche=spec.niche,
            genes=spec.genes,
            label=spec.label,
            value=spec.value,
            other=spec.other,
        )


def mask_other_genes(label: np.ndarray, genes: Sequence[int] | None) -> np.ndarray:
    """Marker labels in which all genes outside ``genes`` are ambiguous, so that no task asks about them."""
    if genes is None:
        return label
    masked = np.full_like(label, -1)
    masked[list(genes)] = label[list(genes)]
    return masked


def new_seed(rng: np.random.Generator) -> int:
    """A seed for the wording of one question, 1 or more."""
    return int(rng.integers(1, 2**31))


def choose_prompt(spec: QuestionSpec, prompts: Sequence[str]) -> str:
    """One of the prompts of a task, by the seed of the spec; the first for seed 0. The answer has no influence."""
    return prompts[spec.seed % len(prompts) if spec.seed else 0]


def _has_references(claim: Claim, names: Names) -> bool:
    """Whether the question has a reference for every name in the claim."""
    fields = ((claim.gene, names.genes), (claim.niche, names.niches), (claim.other, names.others_of(claim.kind)))
    return all(not word or word in references for word, references in fields)
