"""Names: what the references of a question stand for, and the exchange of references and real names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from data_prep.claims.claim import (
    FIRST_GENE,
    SECOND_GENE,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    THIS_LIST,
    Claim,
)
from data_prep.claims.vocabulary import CLAIM_TYPES
from data_prep.figures import palette
from data_prep.figures.spec import PANELS, TYPE_PANELS


@dataclass(frozen=True)
class Names:
    """What the references of one question stand for.

    Attributes:
        genes: "this gene", "the first gene", ... or a panel letter → gene symbol.
        niches: "the niche", "the other niche" or a colour → niche name.
        cell_types: "this cell type" or a panel letter → cell type.
        options: number → niche name.
        lists: "this list" → name of a list, set or type of the user's files.
    """

    genes: dict[str, str] = field(default_factory=dict)
    niches: dict[str, str] = field(default_factory=dict)
    cell_types: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_selected(cls, gene: str, niche: str) -> Names:
        """What "this gene" and "the niche" stand for where a gene and a niche are selected; "" for none."""
        return cls({THIS_GENE: gene} if gene else {}, {THE_NICHE: niche} if niche else {})

    @property
    def others(self) -> dict[str, str]:
        """All references that ``Claim.other`` can hold. No reference occurs in two of the groups."""
        return self.genes | self.niches | self.cell_types | self.lists

    def others_of(self, kind: str) -> dict[str, str]:
        """The references that ``Claim.other`` can hold in claims of one kind."""
        groups = {"niche": self.niches, "gene": self.genes, "cell type": self.cell_types, "known name": self.lists}
        return groups[CLAIM_TYPES[kind].other]


def resolve(claim: Claim, names: Names) -> Claim:
    """Replace the references of a claim by real names. An unknown reference stays and makes the claim uncheckable."""
    value = names.options.get(claim.value, claim.value) if claim.kind == "identity" else claim.value
    return replace(
        claim,
        gene=names.genes.get(claim.gene, claim.gene),
        niche=names.niches.get(claim.niche, claim.niche),
        other=names.others.get(claim.other, claim.other),
        value=value,
    )


def refer(claim: Claim, names: Names) -> Claim:
    """Replace the real names of a claim by references: the inverse of ``resolve``."""

    def reference(references: dict[str, str], name: str) -> str:
        return next((reference for reference, real in references.items() if real == name), name)

    return replace(
        claim,
        gene=reference(names.genes, claim.gene),
        niche=reference(names.niches, claim.niche),
        other=reference(names.others_of(claim.kind), claim.other),
        value=reference(names.options, claim.value) if claim.kind == "identity" else claim.value,
    )


def restore_names(text: str, names: Names) -> str:
    """Replace the references in a model's text by gene symbols, niche names and cell types."""
    known = {reference.lower(): name for reference, name in names.others.items()}

    def real_name(match: re.Match[str]) -> str:
        words = match.group(0)
        if colour := match.group("colour"):
            return known.get(colour.lower(), words)
        if number := match.group("option"):
            return names.options.get(number, words)
        return known.get(words.lower(), words)

    colours = "|".join(palette.NICHE_COLOURS)
    letters = "".join((*PANELS, *TYPE_PANELS))
    text = re.sub(rf"[Pp]anels? (?=[{letters}]\b)", "", text)
    references = "|".join(
        f"[{word[0].upper()}{word[0]}]{word[1:]}"
        for word in (THIS_GENE, FIRST_GENE, SECOND_GENE, THE_NICHE, THE_OTHER_NICHE, THIS_CELL_TYPE, THIS_LIST)
    )
    pattern = rf"\b(?:{references}|[Tt]he (?P<colour>{colours}) niche|option (?P<option>\d)|[{letters}])\b"
    return re.sub(pattern, real_name, text)
