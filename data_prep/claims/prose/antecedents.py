"""Antecedents: what "it", "this gene" and "the niche" refer to, from the sentences before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data_prep.claims.claim import THE_NICHE, THIS_GENE
from data_prep.claims.prose.entities import Entities

AMBIGUOUS: tuple[str, ...] = ()
"""Several names could be meant. What refers to them is not heard."""


@dataclass(frozen=True)
class Antecedents:
    """What a text was about so far.

    Attributes:
        gene: the genes that "it" or "they" stand for; ``AMBIGUOUS``; None before a gene was named.
        niche: likewise.
    """

    gene: tuple[str, ...] | None = None
    niche: tuple[str, ...] | None = None

    def of_pronoun(self, letter: str) -> tuple[str, ...]:
        """What "it" stands for where a gene ("g") or a niche ("n") is meant. By itself it is what was asked about."""
        if letter == "g":
            return (THIS_GENE,) if self.gene is None else self.gene
        if letter == "n":
            return (THE_NICHE,) if self.niche is None else self.niche
        return AMBIGUOUS

    def of_pointing(self, entities: Entities, letter: str) -> tuple[str, ...]:
        """What "this gene" or "the niche" stands for."""
        named = {"g": self.gene, "n": self.niche}.get(letter)
        return entities.names if named is None else named

    def after(self, entities: dict[str, Entities], subjects: list[tuple[str, tuple[str, ...]]]) -> Antecedents:
        """The antecedents for the next sentence.

        Args:
            entities: of this sentence.
            subjects: ("gene" or "niche", names) of each statement in it.
        """
        changed: dict[str, tuple[str, ...]] = {}
        for side in ("gene", "niche"):
            of_side = list(dict.fromkeys(names for kind, names in subjects if kind == side and names))
            named = [e.names for e in entities.values() if e.kind == side]
            longest = max(named, key=len, default=())
            if len(of_side) == 1:
                changed[side] = of_side[0]
            elif of_side:
                changed[side] = AMBIGUOUS
            elif named:
                pointing = all(e.is_pointing for e in entities.values() if e.kind == side)
                if not pointing:
                    changed[side] = longest if all(set(names) <= set(longest) for names in named) else AMBIGUOUS
        return replace(self, **changed)
