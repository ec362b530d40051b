"""Every claim that could be made of a slide, for tests."""

from collections.abc import Iterator, Sequence
from itertools import product

from data_prep.claims import CLAIM_TYPES, Claim
from data_prep.slide import Slide


def every_claim(slide: Slide, kind: str, genes: Sequence[str]) -> Iterator[Claim]:
    """Claims of a kind with all its values on some genes and all niches."""
    claim_type = CLAIM_TYPES[kind]
    words = " ".join(claim_type.sentences)
    lists = () if slide.knowledge is None else (*slide.knowledge.lists, *slide.knowledge.types.names)
    others = {
        "niche": slide.niches,
        "gene": genes,
        "cell type": slide.cell_types,
        "known name": tuple(dict.fromkeys(lists)),
    }[claim_type.other]
    values = list(claim_type.values or slide.niches) if "{value}" in words else []
    if any("{value}" not in sentence for sentence in claim_type.sentences):
        values.append("")
    fields = [
        genes if "{gene}" in words else [""],
        slide.niches if "{niche}" in words else [""],
        values,
        others if "{other}" in words else [""],
    ]
    for gene, niche, value, other in product(*fields):
        if not other or other not in (gene, niche):
            yield Claim(kind, gene, niche, value, other)
