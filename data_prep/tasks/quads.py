"""Checkerboard quads: questions about genes in niches whose answers neither the gene nor the niche gives away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


def checkerboard_quads(
    label: np.ndarray, rng: np.random.Generator, limit: int | None = None
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Pairs of genes and pairs of niches whose four questions have the answers yes, no, no, yes.

    Gene g1 marks niche n1 but not n2, and gene g2 marks n2 but not n1. Then half of the answers for every gene and
    every niche are yes, so no rule that adds evidence on the gene and on the niche is better than chance. No pair of
    gene and niche occurs twice.

    Args:
        label: (n_genes, n_niches) of 1 yes, 0 no, -1 unclear.
        rng: draws the quads and their order.
        limit: largest number of quads.

    Yields:
        ((g1, g2), (n1, n2)) as indices.
    """
    pairs = [(a, b) for a in range(label.shape[1]) for b in range(a + 1, label.shape[1])]
    first = [rng.permutation(np.flatnonzero((label[:, a] == 1) & (label[:, b] == 0))).tolist() for a, b in pairs]
    second = [rng.permutation(np.flatnonzero((label[:, b] == 1) & (label[:, a] == 0))).tolist() for a, b in pairs]
    used = np.zeros(label.shape, bool)
    n_chosen = 0
    open_pairs = list(range(len(pairs)))
    while open_pairs and (limit is None or n_chosen < limit):
        still_open = []
        for i in rng.permutation(open_pairs).tolist():
            a, b = pairs[i]
            g1 = _next_unused(first[i], used, a, b)
            g2 = _next_unused(second[i], used, a, b)
            if g1 is None or g2 is None:
                continue
            used[[g1, g1, g2, g2], [a, b, a, b]] = True
            yield (g1, g2), (a, b)
            n_chosen += 1
            if limit is not None and n_chosen >= limit:
                return
            still_open.append(i)
        open_pairs = still_open


def flat_pairs(label: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """Pairs of genes in one niche: the first has the answer yes there, the second has it in no niche.

    Most genes of a slide are as flat as the second one, and a quad has none of them. No gene occurs twice.

    Args:
        label: as in ``checkerboard_quads``.
        rng: draws the pairs.

    Yields:
        (gene, flat gene, niche) as indices.
    """
    marked = rng.permutation(np.argwhere(label == 1)).tolist()
    flat = rng.permutation(np.flatnonzero((label != 1).all(axis=1))).tolist()
    seen: set[int] = set()
    for gene, niche in marked:
        if gene in seen:
            continue
        found = next((other for other in flat if label[other, niche] == 0), None)
        if found is not None:
            flat.remove(found)
            seen.add(gene)
            yield gene, found, niche


def _next_unused(genes: list[int], used: np.ndarray, a: int, b: int) -> int | None:
    """Remove genes from the list until one has not been asked about in either niche."""
    while genes:
        gene = int(genes.pop())
        if not used[gene, a] and not used[gene, b]:
            return gene
    return None
