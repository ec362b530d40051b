"""Readings: which topics of a question ask about which kinds of claim.

A reading fits a clause if the clause has what the reading needs and no phrase that the reading has no use for. The
first that fits counts: they stand from the most particular to the most general. What fits no reading is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data_prep.claims import Claim
from inference.answers.named_claims import (
    Selected,
    borders,
    cells,
    compared,
    gene_in_niche,
    of_gene,
    of_niche,
    of_slide,
    only_named,
    overview,
    spills,
    two_genes,
)
from inference.answers.question_words import Clause

DESCRIBE, COMPARE, OVERVIEW, INTERVIEW = "describe", "compare", "overview", "interview"
"""Intents that are more than a list of claims: a niche, two niches, a gene, a gene in a niche."""
_EVERYWHERE = frozenset(("", "NOT", "PRONOUN", "WHAT", "IN"))
"""Topics that no reading minds."""


Fill = Callable[[tuple[str, ...], Clause, Selected], list[Claim] | None]


@dataclass(frozen=True)
class Reading:
    """One way to understand a clause.

    Attributes:
        kinds: of the claims that it asks about.
        needs: groups of topics; the clause has at least one of each.
        uses: further topics that the clause may have.
        fill: the claims, or None where the clause does not fit after all.
        genes: least and largest number of genes that are named or stand for a name.
        niches: likewise.
        intent: more than the claims; "" if the claims say it all.
    """

    kinds: tuple[str, ...]
    needs: tuple[frozenset[str], ...]
    uses: frozenset[str]
    fill: Fill
    genes: tuple[int, int] = (0, 0)
    niches: tuple[int, int] = (0, 0)
    intent: str = ""

    def fits(self, clause: Clause) -> bool:
        """Whether the clause has what is needed and nothing else."""
        allowed = _EVERYWHERE | self.uses | {topic for group in self.needs for topic in group}
        if self.genes[1]:
            allowed |= {"GENE", "THIS_GENE", "WHICH_GENE"}
        if self.niches[1]:
            allowed |= {"NICHE", "THIS_NICHE", "WHICH_NICHE"}
        return (
            all(clause.has(*group) for group in self.needs)
            and all(not token.subjects.isdisjoint(allowed) for token in clause.tokens)
            and self.genes[0] <= len(clause.genes) <= self.genes[1]
            and self.niches[0] <= len(clause.niches) <= self.niches[1]
            and (bool(self.uses & {"TYPE"}) or not clause.cell_types)
        )


def read_clause(clause: Clause, selected: Selected) -> tuple[str, list[Claim]] | None:
    """(intent, claims to ask) of a clause; None if it is not understood.

    Args:
        clause: without unknown words and inexact names.
        selected: what references stand for.
    """
    for reading in READINGS:
        if reading.fits(clause) and (claims := reading.fill(reading.kinds, clause, selected)):
            return reading.intent, list(dict.fromkeys(claims))
    return None


def _topics(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MANY = 9
_LOW_DEPTH = "DEPTH FEW_COUNTS LOW HIGH GRADIENT_DOWN"
READINGS = (
    Reading(("edge_artefact",), (_topics("EDGE_EFFECT"),), _topics(f"{_LOW_DEPTH} TISSUE_EDGE"), of_slide),
    Reading(
        ("edge_artefact",),
        (_topics("TISSUE_EDGE"), _topics("DEPTH FEW_COUNTS")),
        _topics(_LOW_DEPTH),
        of_slide,
    ),
    Reading(("stripe",), (_topics("STRIPE"),), _topics(f"{_LOW_DEPTH} CROSS"), of_slide),
    Reading(("bubble",), (_topics("BUBBLE"),), _topics(_LOW_DEPTH), of_slide),
    Reading(("edge_artefact", "stripe", "bubble"), (_topics("SLIDE_ARTEFACTS"),), frozenset(), of_slide),
    Reading(
        ("spills_over",),
        (_topics("SPILL"),),
        _topics("HIGH FROM INTO ONLY BORDER RIM EXTENT FORM HALF"),
        spills,
        genes=(0, _MANY),
        niches=(0, 2),
    ),
    Reading(
        ("composed_of",),
        (_topics("TYPE WHICH_TYPE COMPOSED"), _topics("COMPOSED IN HIGH LOW EXTENT")),
        _topics("TYPE HIGH LOW WHERE EXTENT ONLY NUMBER WHICH_TYPE DESCRIBE"),
        cells,
        niches=(0, _MANY),
    ),
    Reading(
        ("follows_depth",),
        (_topics("DEPTH"),),
        _topics("DEPTH_LINK HIGH LOW ENRICHED MARKER PATTERN COLOC COMPARE ONLY WHERE"),
        of_gene,
        genes=(0, _MANY),
        niches=(0, 1),
    ),
    Reading(
        ("gradient",),
        (_topics("GRADIENT GRADIENT_DOWN"),),
        _topics("HIGH LOW WHERE PATTERN"),
        of_gene,
        genes=(0, _MANY),
    ),
    Reading(
        ("colocalised",),
        (_topics("COLOC COMPARE"),),
        _topics("HIGH LOW PATTERN WHERE ONLY DESCRIBE"),
        two_genes,
        genes=(0, _MANY),
    ),
    Reading(
        ("exclusive",),
        (_topics("EXCLUSIVE"),),
        _topics("HIGH LOW PATTERN ENRICHED COLOC"),
        two_genes,
        genes=(0, _MANY),
    ),
    Reading(("ubiquitous",), (_topics("EVERYWHERE"),), _topics("HIGH"), of_gene, genes=(0, _MANY)),
    Reading(("absent",), (_topics("ABSENT"),), _topics("HIGH LOW DEPLETED"), of_gene, genes=(0, _MANY)),
    Reading(
        ("rim",),
        (_topics("RIM"),),
        _topics("HIGH LOW ONLY WHERE ENRICHED BORDER THAN COMPARE FROM INTO"),
        gene_in_niche,
        genes=(0, _MANY),
        niches=(0, 1),
    ),
    Reading(
        ("partial",),
        (_topics("HALF"),),
        _topics("HIGH LOW ONLY PATTERN ENRICHED WHERE PARTS"),
        gene_in_niche,
        genes=(0, _MANY),
        niches=(0, _MANY),
    ),
    Reading(
        ("partial", "rim"),
        (_topics("WHERE"), _topics("IN")),
        _topics("HIGH ONLY"),
        gene_in_niche,
        genes=(0, _MANY),
        niches=(1, _MANY),
    ),
    Reading(
        ("adjacent",),
        (_topics("BORDER"),),
        _topics("WHERE RIM COMPARE COLOC"),
        borders,
        niches=(0, _MANY),
    ),
    Reading(("form",), (_topics("FORM"),), _topics("PARTS WHERE DESCRIBE EXTENT"), of_niche, niches=(0, _MANY)),
    Reading(("parts",), (_topics("PARTS"),), _topics("WHERE FORM EXTENT BORDER COMPOSED"), of_niche, niches=(0, _MANY)),
    Reading(
        ("extent",),
        (_topics("EXTENT"),),
        _topics("HIGH LOW THAN COMPARE WHERE HALF"),
        of_niche,
        niches=(0, _MANY),
    ),
    Reading(
        ("highest",),
        (_topics("PLACE WHERE"), _topics("HIGH GENE THIS_GENE WHICH_GENE")),
        _topics("HIGH ONLY PATTERN"),
        of_gene,
        genes=(0, _MANY),
    ),
    Reading(
        ("centred",),
        (_topics("PLACE WHERE"),),
        _topics("HIGH RIM"),
        only_named,
        niches=(0, _MANY),
    ),
    Reading(
        ("patterned",),
        (_topics("PATTERN"),),
        _topics("HIGH WHERE ONLY"),
        of_gene,
        genes=(0, _MANY),
    ),
    Reading(
        ("enriched", "depleted"),
        (_topics("ENRICHED MARKER"), _topics("DEPLETED")),
        _topics("HIGH LOW"),
        gene_in_niche,
        genes=(0, 1),
        niches=(0, 1),
    ),
    Reading(
        ("enriched", "depleted"),
        (_topics("HIGH_OR_LOW"),),
        _topics("THAN"),
        gene_in_niche,
        genes=(0, _MANY),
        niches=(0, _MANY),
    ),
    Reading(
        ("depleted",),
        (_topics("DEPLETED LOW"),),
        _topics("EXPRESSED ONLY THAN WHERE FROM NUMBER"),
        gene_in_niche,
        genes=(0, _MANY),
        niches=(0, _MANY),
    ),
    Reading(
        ("enriched",),
        (_topics("ENRICHED MARKER HIGH"),),
        _topics("ONLY THAN WHERE FROM NUMBER COMPARE"),
        gene_in_niche,
        genes=(0, _MANY),
        niches=(0, _MANY),
    ),
    Reading(
        ("enriched",),
        (_topics("IN WHICH_NICHE"),),
        frozenset(),
        gene_in_niche,
        genes=(1, _MANY),
        niches=(0, _MANY),
    ),
    Reading(
        ("form", "extent", "centred"),
        (_topics("COMPARE"),),
        _topics("DESCRIBE COLOC"),
        compared,
        niches=(1, _MANY),
        intent=COMPARE,
    ),
    Reading(
        ("highest", "gradient", "patterned", "follows_depth"),
        (_topics("DESCRIBE"),),
        _topics("PATTERN"),
        overview,
        genes=(1, _MANY),
        intent=OVERVIEW,
    ),
    Reading(("enriched",), (_topics("DESCRIBE"),), frozenset(), gene_in_niche, (1, 1), (1, 1), INTERVIEW),
    Reading(
        ("form", "parts", "centred", "extent"),
        (_topics("DESCRIBE WHAT"), _topics("NICHE THIS_NICHE")),
        frozenset(),
        of_niche,
        niches=(0, 1),
        intent=DESCRIBE,
    ),
)
"""All readings, the most particular first."""
