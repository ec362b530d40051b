"""Claim: one statement about a slide."""

from __future__ import annotations

from dataclasses import dataclass

THIS_GENE, FIRST_GENE, SECOND_GENE = "this gene", "the first gene", "the second gene"
THE_NICHE, THE_OTHER_NICHE = "the niche", "the other niche"
THIS_CELL_TYPE = "this cell type"
THIS_LIST = "this list"
"""References: what a model writes in place of the name of a gene, niche or cell type."""
SUPPORTED, CONTRADICTED = "supported", "contradicted"
"""Verdicts of the check of a claim that the counts decide."""
UNCLEAR, UNCHECKABLE = "unclear", "uncheckable"
"""Verdicts of a claim that they do not decide. Unclear: its number lies between the limits, or its error is too large.
Uncheckable: nobody could check it, because it names something that is not on the slide or makes no sense there."""
DECIDED = (SUPPORTED, CONTRADICTED)
VERDICT_MARKS = {SUPPORTED: "✓", CONTRADICTED: "✗", UNCLEAR: "?", UNCHECKABLE: "–"}
"""The sign that stands for each verdict."""


@dataclass(frozen=True)
class Claim:
    """One statement. Fields that a kind does not use are empty.

    Attributes:
        kind: a key of ``CLAIM_TYPES``.
        gene: a gene symbol, or in a model's words "this gene", "the first gene" or a panel letter.
        niche: a niche name, or in a model's words "the niche" or a colour.
        value: the strength, place, extent, form, direction, ...
        other: the other niche, gene or cell type: a name, or in a model's words a colour, "the second gene", a letter.
    """

    kind: str
    gene: str = ""
    niche: str = ""
    value: str = ""
    other: str = ""
