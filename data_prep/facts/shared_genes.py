"""Genes that two slides share, and one clear line where they share too few."""

from __future__ import annotations

from collections.abc import Sequence

from data_prep.errors import NicheLensError
from data_prep.slide import Slide

FEWEST_SHARED = 10
"""Niches are not compared over fewer genes: a correlation of nine numbers has an error of a third by chance alone."""
_SPELLING = 3
"""Another spelling is suspected if it would give so many times as many shared genes."""


def shared_genes(a: Slide, b: Slide) -> list[str]:
    """The genes that both slides have, sorted by name.

    Raises:
        NicheLensError: they share fewer than `FEWEST_SHARED`; says what the names look like.
    """
    names_a, names_b = ({str(gene) for gene in slide.genes} for slide in (a, b))
    shared = sorted(names_a & names_b)
    if len(shared) >= FEWEST_SHARED:
        return shared
    folded = len({name.casefold() for name in names_a} & {name.casefold() for name in names_b})
    if folded >= max(FEWEST_SHARED, _SPELLING * len(shared)):
        example_a, example_b = min(names_a), min(names_b)
        reason = (
            f"{folded} agree but for capital letters ('{example_a}', '{example_b}'), as those of human and mouse do; "
            "name the genes of both slides alike, for example by their human orthologs"
        )
    else:
        reason = f"compare slides whose genes are named alike, over at least {FEWEST_SHARED} genes"
    message = f"{a.name} and {b.name} share {len(shared)} of {a.n_genes:,} and {b.n_genes:,} genes; {reason}"
    raise NicheLensError(message)


def genes_on_all(slides: Sequence[Slide]) -> list[str]:
    """The genes that all of some slides have, in the order of the first; one slide may have any number.

    Raises:
        NicheLensError: they share fewer than `FEWEST_SHARED`, or one of them shares so few with the first.
    """
    shared = {str(gene) for gene in slides[0].genes}
    for slide in slides[1:]:
        shared &= set(shared_genes(slides[0], slide))
    if len(slides) > 1 and len(shared) < FEWEST_SHARED:
        message = f"{len(slides)} slides share {len(shared)} genes, and need {FEWEST_SHARED}; leave out the odd one"
        raise NicheLensError(message)
    return [str(gene) for gene in slides[0].genes if str(gene) in shared]
