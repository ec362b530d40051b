"""What every task is made of: questions, their right answers, and the recipes of both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np

from data_prep.claims import CLAIM_TYPES, Claim, Names, refer, speak, speak_answer
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas, FigureSpec


@dataclass(frozen=True, eq=False)
class Question:
    """What a model is shown.

    Attributes:
        images: uint8 arrays (size, size, 3), shown before the text in this order.
        prompt: the question.
        names: what "this gene", the panel letters, "the niche" and the colours stand for.
        specs: the specs of the images.
    """

    images: tuple[np.ndarray, ...]
    prompt: str
    names: Names
    specs: tuple[FigureSpec, ...]


@dataclass(frozen=True, eq=False)
class Example:
    """A question with its right answer and where it comes from.

    Attributes:
        question: what is shown.
        completion: the right answer, in references.
        claims: the claims that the answer speaks, in references.
        task: name of the task.
        slide: name of the slide.
        donor: donor of the slide.
        niche: name of the asked niche.
        genes: symbols shown, in the order of the pictures or panels.
        label: "yes" or "no" for yes/no tasks, else "".
    """

    question: Question
    completion: str
    claims: tuple[Claim, ...]
    task: str
    slide: str
    donor: str
    niche: str
    genes: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Recipe:
    """What, with a slide and its facts, decides an example; it is written down before anything is drawn.

    Attributes:
        task: name of the task.
        niche: the asked niche, "" where none is.
        genes: symbols shown, in the order of the pictures or panels.
        named: ask by gene symbol and niche name.
        seed: draws the wording; 0 takes the plainest words throughout.
        label: "yes" or "no" for yes/no tasks, else "".
        options: niche names to choose from, in the order of their numbers.
        cell_types: names shown, in the order of their panels.
    """

    task: str
    niche: str
    genes: tuple[str, ...]
    named: bool = False
    seed: int = 0
    label: str = ""
    options: tuple[str, ...] = ()
    cell_types: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For ``from_json``, in another process or on another machine."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Recipe:
        """The recipe that ``to_json`` gave."""
        known: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in found.items()}
        return cls(**known)


@dataclass(frozen=True)
class PlanConfig:
    """What the tasks may be told.

    Attributes:
        named: share of the marker quads asked by gene symbol and niche name, 0..1.
    """

    named: float = 0.0


class Task(ABC):
    """A kind of question. ``plan`` says what is asked of a slide, ``ask`` draws it, ``answer`` is right."""

    name: ClassVar[str]
    is_yes_no: ClassVar[bool] = False

    @abstractmethod
    def plan(
        self, facts: Facts, rng: np.random.Generator, genes: Sequence[int] | None, limit: int, config: PlanConfig
    ) -> Iterator[Recipe]:
        """What is asked of a slide; draws no picture.

        Args:
            facts: of the slide.
            rng: decides which questions.
            genes: indices of the genes that may be shown or named (a split); None for all.
            limit: largest number of questions.
            config: what the task may be told.
        """

    @abstractmethod
    def ask(self, canvas: Canvas, recipe: Recipe) -> Question:
        """Draws the pictures and words of a question."""

    def make(self, facts: Facts, recipe: Recipe, canvas: Canvas | None = None) -> Example:
        """The question with its right answer.

        Args:
            facts: what the answer is taken from.
            recipe: what is asked.
            canvas: draws the pictures, of the same tissue with other counts (thinned); None draws those of the facts.
        """
        return self.example(facts, recipe, self.answer(facts, recipe), canvas or facts.canvas)

    @abstractmethod
    def answer(self, facts: Facts, recipe: Recipe) -> Sequence[Claim]:
        """The claims of the right answer, with real names, in the order in which they are said."""

    def example(self, facts: Facts, recipe: Recipe, claims: Sequence[Claim], canvas: Canvas) -> Example:
        """The question, answered by claims with real names, which are put into references and spoken.

        Claims that the question's pictures have no reference for are left out.
        """
        slide = facts.slide
        question = self.ask(canvas, recipe)
        said = [refer(claim, question.names) for claim in claims]
        said = [claim for claim in said if _is_referred(claim, question.names)]
        rng = np.random.default_rng(recipe.seed) if recipe.seed else None
        return Example(
            question=question,
            completion=speak_answer(said, recipe.label == "yes", rng) if self.is_yes_no else speak(said, rng),
            claims=tuple(said),
            task=self.name,
            slide=slide.name,
            donor=slide.meta.donor,
            niche=recipe.niche,
            genes=recipe.genes,
            label=recipe.label,
        )


def restrict(label: np.ndarray, genes: Sequence[int] | None) -> np.ndarray:
    """Labels with every gene outside ``genes`` made ambiguous, so that nothing asks for it."""
    if genes is None:
        return label
    kept = np.full_like(label, -1)
    kept[list(genes)] = label[list(genes)]
    return kept


def new_seed(rng: np.random.Generator) -> int:
    """A seed for the wording of one question."""
    return int(rng.integers(1, 2**31))


def reworded(recipe: Recipe, prompts: Sequence[str]) -> str:
    """One of a task's prompts, by the recipe's seed; the first where it is 0. It does not hang on the answer."""
    return prompts[recipe.seed % len(prompts) if recipe.seed else 0]


def _is_referred(claim: Claim, names: Names) -> bool:
    """Whether every name of a claim has a reference in the question."""
    others = {"niche": names.niches, "gene": names.genes, "cell type": names.cell_types}[CLAIM_TYPES[claim.kind].other]
    pairs = ((claim.gene, names.genes), (claim.niche, names.niches), (claim.other, others))
    return all(not name or name in known for name, known in pairs)
