"""The claims that an open claim stands for: "*" is whatever gene, niche or value the slide has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from data_prep.claims import CLAIM_TYPES, Claim
from data_prep.facts.facts import Facts
from data_prep.facts.variable_genes import variable_genes
from data_prep.slide import Slide
from inference.answers.candidate_claims import N_GENES, candidate_genes, common_cell_types, nearest_niches
from inference.answers.named_claims import ANY


def matching_claims(asked: Claim, slide: Slide, measure: Callable[[], Facts]) -> Iterator[Claim]:
    """The claims that an open claim stands for, in the order of the slide.

    Genes that are left open are likely markers of the niche and as many others (`candidate_genes`), or without a niche
    the most variable ones. Neighbours are the nearest niches, cell types the most common ones.

    Args:
        asked: with real names; any field may be ``ANY``.
        slide: that it is about.
        measure: returns the facts of the slide. It is called for open genes only.
    """
    claim_type = CLAIM_TYPES[asked.kind]
    if claim_type.question is None:
        if ANY not in (asked.gene, asked.niche, asked.value, asked.other):
            yield asked
        return
    niches = list(slide.niches) if asked.niche == ANY else [asked.niche] if asked.niche else []
    genes = [asked.gene] if asked.gene else []
    if asked.gene == ANY:
        genes = _open_genes(slide, measure, asked.niche)
    if claim_type.other == "gene":
        genes += (
            [asked.other] if asked.other != ANY else [gene for gene in _open_genes(slide, measure) if gene not in genes]
        )
    others = {
        "niche": lambda niche: nearest_niches(slide, niche),
        "cell type": lambda niche: common_cell_types(slide),
        "gene": lambda niche: genes,
    }[claim_type.other]
    for niche in niches or [""]:
        near = set(others(niche)) if asked.other == ANY else {asked.other}
        for claim in claim_type.question.candidates(slide, genes, [niche] if niche else []):
            if claim.other in near and asked.value in (ANY, claim.value) and asked.gene in (ANY, claim.gene):
                yield claim


def _open_genes(slide: Slide, measure: Callable[[], Facts], niche: str = "") -> list[str]:
    if niche and niche != ANY:
        return candidate_genes(measure(), niche)
    return list(variable_genes(slide, min(N_GENES, slide.n_genes)))
