"""Two sections of one synthetic tissue, and the same with other names, without a niche, or with a planted change."""

from dataclasses import replace

import numpy as np
import scipy.sparse as sp

from data_prep.facts.thinning import thin
from data_prep.slide import Slide


def halves(slide: Slide) -> tuple[Slide, Slide]:
    """Two sections of the same tissue: each count goes to one of them by chance."""
    first = thin(slide.counts, np.full(slide.n_spots, 0.5), seed=1)
    return named(slide.with_counts(first), "first"), named(slide.with_counts(slide.counts - first), "second")


def named(slide: Slide, name: str) -> Slide:
    """A slide under another name."""
    return replace(slide, name=name, meta=replace(slide.meta, slice=name))


def relabelled(slide: Slide, names: dict[str, str]) -> Slide:
    """A slide whose niches have other names, in another order."""
    order = sorted(slide.niches, key=lambda niche: names[niche])
    code = np.array([order.index(niche) for niche in slide.niches], np.int32)
    return replace(slide, niche=code[slide.niche], niches=tuple(names[niche] for niche in order))


def without(slide: Slide, niche: str) -> Slide:
    """A slide from which the spots of a niche were cut out."""
    kept = ~slide.spots_of(niche)
    names = tuple(name for name in slide.niches if name != niche)
    code = np.array([names.index(name) if name in names else -1 for name in slide.niches], np.int32)
    return replace(slide, counts=slide.counts[kept], xy=slide.xy[kept], niche=code[slide.niche[kept]], niches=names)


def with_raised(slide: Slide, gene: str, niche: str, fold: float) -> Slide:
    """A slide on which a gene is higher (fold above 1) or lower in a niche."""
    counts = sp.lil_matrix(slide.counts)
    inside, column = slide.spots_of(niche), slide.gene_index(gene)
    expected = np.asarray(slide.counts[:, [column]].todense()).ravel()[inside] * fold
    counts[np.flatnonzero(inside), column] = np.random.default_rng(0).poisson(expected)[:, None]
    return slide.with_counts(counts.tocsc())
