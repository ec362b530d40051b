"""ClaimQuestion: the yes/no question of one kind of claim, and the figure in which its evidence is local and large."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data_prep.claims.claim import Claim
from data_prep.figures.spec import NATIVE_SIZE, FigureSpec
from data_prep.slide import Slide

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts

Candidates = Callable[[Slide, Sequence[str], Sequence[str]], Iterator[Claim]]
"""(slide, genes, niches) → every claim of the kind that could be made about them, whether true or false."""


@dataclass(frozen=True)
class ClaimQuestion:
    """How one kind of claim is asked.

    Attributes:
        figure: kind of the figure (`data_prep.figures.spec.KINDS`) that shows the evidence.
        wordings: yes/no questions with the slot ``{value}`` where the claim has a value; the plainest comes first.
        candidates: the claims that can be asked.
        exclusive: whether one value at most is said of one subject (place, form, extent, half, direction). Mostly only
            one can be right. A gene of a corner rises in two directions: the surer one is said.
        denial: kind of the claim that a sure "No" makes; "" if a "No" is not said.
        labels: facts → the verdict on every gene in every niche at once, (n_genes, n_niches) of 1 supported,
            0 contradicted, -1 unclear, for kinds that are measured so. Their questions are checkerboard quads.
    """

    figure: str
    wordings: tuple[str, ...]
    candidates: Candidates
    exclusive: bool = False
    denial: str = ""
    labels: Callable[[Facts], np.ndarray] | None = None

    def prompt(self, claim: Claim, values: Mapping[str, str], wording: int = 0) -> str:
        """The question whether a claim is right.

        Args:
            claim: with real names.
            values: value → its words, as in ``ClaimType.values``.
            wording: number of the wording.
        """
        return self.wordings[wording].replace("{value}", values.get(claim.value, claim.value))

    def spec(self, claim: Claim, other: str = "niche", size: int = NATIVE_SIZE) -> FigureSpec:
        """The spec of the figure.

        Args:
            claim: with real names.
            other: what ``claim.other`` is, as in ``ClaimType.other``.
            size: edge length in pixels.
        """
        shown = [claim.gene, claim.other if other in ("gene", "cell type") else ""]
        return FigureSpec(
            kind=self.figure,
            genes=tuple(name for name in shown if name),
            niche=claim.niche,
            size=size,
            other=claim.other if other in ("niche", "known name") else "",
        )
