"""FigureSpec: what one picture shows."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = (
    *("focus", "closeup", "pair", "spill", "mask", "niche", "expression", "twin", "share"),
    *("niches", "montage", "depth", "composition"),
)
"""The first row has one kind for each kind of evidence. The second row is for people and for prose in one go."""
KNOWN_FIGURES = ("signature",)
"""Figures of lists that the user gives. They are drawn as ``focus`` is, by the same contract."""
LABEL_FIGURES = ("pair", "mask", "niche", "niches", "share", "composition")
"""The kinds that show niches or cell types and no counts."""
NATIVE_SIZE = 128
"""Edge length of the bundled model's pictures, in pixels."""
PANELS = ("A", "B", "C", "D")
"""Letters of the genes of a montage."""
TYPE_PANELS = ("E", "F", "G", "H")
"""Letters of the cell types of a composition."""


@dataclass(frozen=True)
class FigureSpec:
    """What one picture shows. Together with the slide and the figure contract it decides every pixel.

    Attributes:
        kind: one of ``KINDS`` or ``KNOWN_FIGURES``.
        genes: one symbol for focus, closeup, spill and expression; one or two for twin (one: beside sequencing depth);
            one cell type for share; one to four symbols for montage; one to four cell types for composition; none for
            the other kinds.
        niche: the asked niche, or "" if there is none.
        size: edge length in pixels.
        other: the other niche of pair and spill; the list, set or cell type of signature, by the name that the user's
            files give it; else "".
    """

    kind: str
    genes: tuple[str, ...] = ()
    niche: str = ""
    size: int = NATIVE_SIZE
    other: str = ""
