"""The two sides of a comparison: a niche on one slide and a niche on another, or two niches of one slide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from data_prep.claims import Claim, sentence
from data_prep.facts.facts import Facts
from data_prep.slide_loading import slide_label


@dataclass(frozen=True, eq=False)
class Side:
    """One side.

    Attributes:
        facts: of the slide.
        niche: name of the niche on the slide.
        name: what people call the slide, or the niche where both sides are on one slide.
    """

    facts: Facts
    niche: str
    name: str

    @property
    def n_spots(self) -> int:
        """Spots of the niche."""
        return int(self.facts.slide.spots_of(self.niche).sum())

    @property
    def depth(self) -> float:
        """Median counts of the niche's spots."""
        return float(np.median(self.facts.slide.depth[self.facts.slide.spots_of(self.niche)]))


@dataclass(frozen=True, eq=False)
class Pair:
    """Two sides and what they have in common.

    Attributes:
        a: the first side, from which a change is told.
        b: the second side.
        is_one_slide: whether both niches lie on one slide.
        partners: niche that the first one may border → the same niche, as the second one may border it. On one slide
            the two niches may border each other.
    """

    a: Side
    b: Side
    is_one_slide: bool
    partners: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What is compared, for headings."""
        if self.is_one_slide:
            return f"{self.a.niche} against {self.b.niche} on {slide_label(self.a.facts.slide)}"
        if self.a.niche == self.b.niche:
            return f"{self.a.niche} from {self.a.name} to {self.b.name}"
        return f"{self.a.niche} on {self.a.name} to {self.b.niche} on {self.b.name}"

    def are_each_other(self, other_a: str) -> bool:
        """Whether a niche that the first one may border is the second one itself."""
        return self.is_one_slide and other_a == self.b.niche

    def both(self, claim_a: Claim, claim_b: Claim) -> str:
        """A sentence that says one claim of the first side and one of the second."""
        first, second = sentence(claim_a, real_names=True), sentence(claim_b, real_names=True)
        if self.is_one_slide:
            return f"{first[:-1]}; {second}"
        if first == second:
            return f"On both slides {first}"
        return f"On {self.a.name} {first[:-1]}; on {self.b.name} {second}"


def pair_of_slides(a: Facts, b: Facts, niche_a: str, niche_b: str, partners: Mapping[str, str]) -> Pair:
    """The sides of a comparison of two slides.

    Args:
        a: facts of the first slide.
        b: facts of the second one.
        niche_a: niche of the first slide.
        niche_b: niche of the second one.
        partners: niche of the first slide → the same niche on the second one.
    """
    names = [slide_label(facts.slide) for facts in (a, b)]
    if names[0] == names[1]:
        names = [facts.slide.name for facts in (a, b)]
    if names[0] == names[1]:
        names = [f"{names[0]} (first)", f"{names[1]} (second)"]
    others = {one: other for one, other in partners.items() if one != niche_a and other != niche_b}
    return Pair(Side(a, niche_a, names[0]), Side(b, niche_b, names[1]), is_one_slide=False, partners=others)


def pair_of_niches(facts: Facts, niche: str, other: str) -> Pair:
    """The sides of a comparison of two niches of one slide."""
    others = {name: name for name in facts.shapes if name not in (niche, other)} | {other: niche}
    return Pair(Side(facts, niche, niche), Side(facts, other, other), is_one_slide=True, partners=others)
