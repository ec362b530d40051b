"""Genes of a synthetic slide: markers of several kinds, and decoys that resemble them.

`plant_genes` returns the expected share of every gene in the counts of every spot, without sequencing depth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from data_prep.facts.spot_graph import edge_spots
from data_prep.synth.layout import Layout, smooth_fields

# Kind of gene → its percentage. Markers come first, because most questions are about them.
GENE_KINDS = {
    "marker": 17,  # raised in one to three niches, over a background
    "switch": 7,  # the same, but nearly absent elsewhere
    "partial": 9,  # a marker in one part of its niche only
    "spill": 11,  # a marker that decreases gradually outside its niche
    "rim": 7,  # raised along the border of a niche
    "core": 7,  # raised in a niche away from its border
    "depleted": 8,  # lowered in one or two niches
    "graded": 2,  # rises from niche to niche
    "gradient": 8,  # rises along an axis of the tissue, independent of niches
    "peak": 13,  # one hill somewhere in the tissue, independent of niches
    "field": 3,  # smooth hills, independent of niches
    "patch": 2,  # on-off patches, independent of niches
    "speckled": 2,  # expressed in random single spots
    "depth": 11,  # follows sequencing depth
    "companion": 6,  # varies with another gene
    "rival": 4,  # varies against another gene
    "flat": 4,  # the same everywhere
}
# Share of the genes that are flat and highly expressed, and the share of all counts that they hold. As with ribosomal
# and mitochondrial genes, the total count of a spot then measures its depth and not its markers.
_UBIQUITOUS = 0.06
_UBIQUITOUS_SHARE = (0.4, 0.75)
# On a small panel there are hardly any such genes, and the markers of a niche change its total counts.
_PANEL_SHARE = (0.05, 0.4)
_PANEL_ODDS = 0.2
# One array, so that its string type fits the longest name.
_KINDS = np.array([*GENE_KINDS, "ubiquitous"])
_MARKED_KINDS = ("marker", "switch", "partial", "spill", "rim", "core", "depleted")
_PATTERNED_KINDS = ("partial", "spill", "rim", "core", "gradient", "peak", "field", "patch", "speckled")
# Share of the partial genes and gradients that lie along the sides of the picture, as most questions have it.
_UPRIGHT = 0.7
# A niche has a rim and a core if this share of its spots lies so deep, in gaps between spots, and if this share of its
# outline borders other niches and not the edge of the tissue. As in `data_prep.facts.spot_sets`.
_CORE_DEPTH, _CORE_SHARE = 2.2, 0.2
_RIM_DEPTH, _RIM_SHARE = 1.3, 0.7


@dataclass(frozen=True, eq=False)
class PlantedGenes:
    """The genes of a synthetic slide.

    Attributes:
        kind: a key of `GENE_KINDS` or "ubiquitous", shape (n_genes,).
        niches: codes of the niches each gene is about (empty for most decoys), length n_genes.
        share: expected share of the spot's counts, float32 (n_spots, n_genes), rows sum to 1.
        mean: mean counts per spot at average depth if the gene were at its base level, shape (n_genes,).
    """

    kind: np.ndarray
    niches: tuple[tuple[int, ...], ...]
    share: np.ndarray
    mean: np.ndarray


def plant_genes(
    rng: np.random.Generator, layout: Layout, codes: np.ndarray, n_niches: int, n_genes: int, depth: np.ndarray
) -> PlantedGenes:
    """Draw the genes of a slide.

    Args:
        rng: seeded generator.
        layout: the spots.
        codes: code of the niche of each spot.
        n_niches: number of niches.
        n_genes: number of genes.
        depth: relative sequencing depth of each spot, about 1.
    """
    kind = _draw_kinds(rng, n_genes)
    borders = _BorderDistances(layout.xy, codes)
    with_core = _niches_with_core(borders, n_niches)
    if not with_core:
        lost = np.isin(kind, ("rim", "core")) & (rng.random(n_genes) < 0.7)
        kind[lost] = rng.choice(["partial", "spill", "peak"], int(lost.sum()))
    niches = _draw_targets(rng, kind, n_niches, with_core)
    # Real genes are never constant: each gene varies a little between niches.
    variation = rng.choice([0.0, 0.15, 0.35]) * np.abs(rng.normal(0.0, 1.0, (n_genes, 1)))
    variation[(kind == "flat") | (kind == "ubiquitous")] = 0.0
    level = (rng.standard_normal((n_genes, n_niches)) * variation).astype(np.float32)
    order = _niche_order(rng, layout, codes, n_niches)
    for gene in range(n_genes):
        _set_level(rng, level[gene], kind[gene], list(niches[gene]), order)
    log2 = level.T[codes]
    nuisance = smooth_fields(rng, layout.xy, n_genes, rng.uniform(0.15, 0.9))
    if rng.random() < 0.35:
        log2 += nuisance * (rng.uniform(0.1, 0.6) * (rng.random(n_genes) < 0.5)).astype(np.float32)
    _add_spatial_patterns(rng, log2, kind, niches, layout, codes, nuisance, borders)
    _pair_genes(rng, log2, kind)
    depth_genes = np.flatnonzero(kind == "depth")
    if len(depth_genes):
        strength = rng.uniform(0.5, 1.3, len(depth_genes))
        log2[:, depth_genes] += np.log2(depth)[:, None] * strength

    mean = _draw_means(rng, kind)
    share = np.exp2(log2) * mean.astype(np.float32)
    share /= share.sum(axis=1, keepdims=True)
    return PlantedGenes(kind=kind, niches=niches, share=share, mean=mean)


def _draw_kinds(rng: np.random.Generator, n_genes: int) -> np.ndarray:
    """Draw the kinds of genes. The odds differ between slides, with at least two markers and one ubiquitous gene."""
    odds = np.array(list(GENE_KINDS.values()), dtype=float)
    odds = rng.gamma(4.0 * odds / odds.mean()) + 1e-3
    kinds = rng.choice(_KINDS[:-1], n_genes, p=odds / odds.sum())
    kinds[: max(2, round(n_genes * 0.2))] = "marker"
    kinds[-max(1, round(n_genes * _UBIQUITOUS)) :] = "ubiquitous"
    return rng.permutation(kinds)


def _niches_with_core(borders: _BorderDistances, n_niches: int) -> list[int]:
    """Niches with a rim that differs from their core: mostly among other niches, and with a good part well inside."""
    edge = edge_spots(borders.xy)
    found = []
    for code in range(n_niches):
        own = borders.codes == code
        depth = borders.distance(code)[own]
        at_border = depth < _RIM_DEPTH
        n_border, n_edge = at_border.sum(), (edge[own] & ~at_border).sum()
        if (depth > _CORE_DEPTH).mean() >= _CORE_SHARE and n_border > _RIM_SHARE * (n_border + n_edge):
            found.append(code)
    return found


def _draw_targets(
    rng: np.random.Generator, kind: np.ndarray, n_niches: int, with_core: list[int]
) -> tuple[tuple[int, ...], ...]:
    """Draw the niches of each gene. All niches occur in turn; rims and cores are drawn in niches that have them."""
    most = {"marker": min(3, n_niches - 1), "switch": min(3, n_niches - 1), "depleted": min(2, n_niches - 1)}
    extra = rng.choice([0, 0, 0, 0, 0, 0, 1, 1, 1, 2], len(kind)).tolist()
    shift = rng.integers(1, n_niches, (len(kind), 2)).tolist()
    queue: list[int] = []
    targets: list[tuple[int, ...]] = []
    for gene, one in enumerate(kind.tolist()):
        if one not in _MARKED_KINDS:
            targets.append(())
            continue
        if not queue:
            queue = rng.permutation(n_niches).tolist()
        first = int(rng.choice(with_core)) if one in ("rim", "core") and with_core else queue.pop()
        others = dict.fromkeys((first + step) % n_niches for step in shift[gene][: extra[gene]])
        targets.append((first, *others)[: most.get(one, 1)])
    return tuple(targets)


def _draw_fold(rng: np.random.Generator) -> float:
    """Draw a log2 fold change between 0.3 and 4. Half of them lie in the difficult range."""
    choice = rng.random()
    if choice < 0.12:
        return float(rng.uniform(0.3, 0.7))
    return float(rng.uniform(0.7, 1.8) if choice < 0.62 else rng.uniform(1.8, 4.0))


def _niche_order(rng: np.random.Generator, layout: Layout, codes: np.ndarray, n_niches: int) -> np.ndarray:
    """Rank of each niche along an axis of the tissue or from the edge inwards, scaled to 0 … 1."""
    angle = rng.uniform(0.0, 2.0 * np.pi)
    along = layout.level if rng.random() < 0.3 else layout.xy @ np.array([np.cos(angle), np.sin(angle)])
    centre = np.bincount(codes, along, n_niches) / np.bincount(codes, minlength=n_niches)
    return centre.argsort().argsort() / (n_niches - 1)


def _set_level(rng: np.random.Generator, level: np.ndarray, kind: str, niches: list[int], order: np.ndarray) -> None:
    """Set the log2 level of a gene in each niche, in place."""
    match kind:
        case "partial":
            # Dark outside its part of the niche, so that the rest of the niche is dark too.
            level -= rng.uniform(0.0, 3.0)
            level[niches] = level[niches] + rng.uniform(1.2, 4.5)
        case "core":
            level[niches] = rng.uniform(1.0, 3.5)
        case "marker" | "spill":
            folds = [_draw_fold(rng) + 0.7 * (kind == "spill") for _ in niches]
            if kind == "marker" and rng.random() < 0.3:
                # Neighbouring niches, such as the layers above and below, also express the gene.
                gap = np.abs(order - order[niches[0]])
                level += folds[0] * rng.uniform(0.2, 0.7) * np.exp(-((gap / 0.3) ** 2))
            level[niches] = folds
        case "switch":
            level -= rng.uniform(3.5, 8.0)
            level[niches] = -rng.choice([0.0, 0.0, 1.0, 2.0], len(niches))
        case "depleted":
            level[niches] = [-_draw_fold(rng) for _ in niches]
        case "graded":
            level += rng.uniform(1.0, 4.0) * (order if rng.random() < 0.5 else 1.0 - order)
        case _:
            pass


def _add_spatial_patterns(
    rng: np.random.Generator,
    log2: np.ndarray,
    kind: np.ndarray,
    niches: tuple[tuple[int, ...], ...],
    layout: Layout,
    codes: np.ndarray,
    fields: np.ndarray,
    borders: _BorderDistances,
) -> None:
    """Add patterns within and across niches to the log2 levels (n_spots, n_genes), in place."""
    for gene in np.flatnonzero(np.isin(kind, _PATTERNED_KINDS)):
        column = log2[:, gene]
        along = layout.xy @ _direction(rng)
        match kind[gene]:
            case "partial":
                own = codes == niches[gene][0]
                without = along < np.sort(along[own])[int(rng.uniform(0.35, 0.7) * own.sum())]
                column[own & without] -= column[own].mean() - column[~own].mean()
            case "spill":
                near, own = borders.distance(niches[gene][0]), codes == niches[gene][0]
                outside = ~own
                if rng.random() < 0.4:
                    # Into one neighbour only.
                    beside = codes[outside & (near < 2.0)]
                    outside &= codes == rng.choice(beside if len(beside) else codes[outside])
                rise = column[own].mean() - column[outside].mean()
                column[outside] += rise * np.exp(-near[outside] / rng.uniform(1.0, 4.0))
            case "rim":
                near, own = borders.distance(niches[gene][0]), codes == niches[gene][0]
                side = own if rng.random() < 0.6 else np.ones(len(own), dtype=bool)
                column += rng.uniform(1.0, 3.5) * np.exp(-((near / rng.uniform(1.2, 3.0)) ** 2)) * side
            case "core":
                near, own = borders.distance(niches[gene][0]), codes == niches[gene][0]
                column -= rng.uniform(1.0, 3.5) * np.exp(-((near / rng.uniform(1.2, 3.0)) ** 2)) * own
            case "gradient":
                column += rng.uniform(0.4, 2.2) * along
            case "peak":
                centre, width = layout.xy[rng.integers(len(codes))], rng.uniform(0.15, 0.6)
                distance = np.hypot(*(layout.xy - centre).T) / width
                column += rng.uniform(1.0, 4.0) * np.exp(-(distance**2))
            case "field":
                column += rng.uniform(0.4, 1.5) * fields[:, gene]
            case "patch":
                column += rng.uniform(1.0, 4.0) * (fields[:, gene] > rng.uniform(0.3, 1.6))
            case _:
                column -= rng.uniform(2.0, 6.0) * (rng.random(len(codes)) > rng.uniform(0.03, 0.4))


def _direction(rng: np.random.Generator) -> np.ndarray:
    """A direction in the plane, mostly along an axis of the picture."""
    angle = rng.uniform(0.0, 2.0 * np.pi)
    if rng.random() < _UPRIGHT:
        angle = np.pi / 2 * rng.integers(4) + rng.normal(0.0, 0.15)
    return np.array([np.cos(angle), np.sin(angle)])


def _pair_genes(rng: np.random.Generator, log2: np.ndarray, kind: np.ndarray) -> None:
    """Give companions and rivals the pattern of another gene or its mirror image, in place."""
    paired = np.isin(kind, ("companion", "rival"))
    varied = np.flatnonzero(~paired & ~np.isin(kind, ("flat", "ubiquitous", "speckled", "depth")))
    for gene in np.flatnonzero(paired):
        pattern = log2[:, rng.choice(varied)]
        sign = 1.0 if kind[gene] == "companion" else -1.0
        log2[:, gene] += sign * rng.uniform(0.6, 1.2) * (pattern - pattern.mean())


class _BorderDistances:
    """Distances of all spots to the border of a niche, in units of the typical gap between spots. They are cached."""

    def __init__(self, xy: np.ndarray, codes: np.ndarray) -> None:
        self.xy, self.codes = xy, codes
        self._pitch = np.sqrt(np.ptp(xy[:, 0]) * np.ptp(xy[:, 1]) / len(xy))
        self._distances: dict[int, np.ndarray] = {}

    def distance(self, niche: int) -> np.ndarray:
        if niche not in self._distances:
            own = self.codes == niche
            distance = np.empty(len(own))
            distance[own] = _nearest_distances(self.xy[own], self.xy[~own])
            distance[~own] = _nearest_distances(self.xy[~own], self.xy[own])
            self._distances[niche] = distance / self._pitch
        return self._distances[niche]


def _nearest_distances(spots: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance of each spot to the nearest of the other spots."""
    return cKDTree(others, balanced_tree=False, compact_nodes=False).query(spots)[0]


def _draw_means(rng: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    """Draw mean counts per spot, 0.02 to 50, around a level that differs between slides."""
    centre = np.exp(rng.uniform(np.log(0.12), np.log(6.0)))
    mean = centre * np.exp(rng.normal(0.0, rng.uniform(0.8, 1.8), len(kind)))
    # Genes that are expressed in few spots need more counts to be visible.
    mean[np.isin(kind, ("switch", "speckled"))] *= rng.uniform(2.0, 6.0)
    mean = np.clip(mean, 0.02, 50.0)
    everywhere = kind == "ubiquitous"
    held_share = rng.uniform(*(_PANEL_SHARE if rng.random() < _PANEL_ODDS else _UBIQUITOUS_SHARE))
    mean[everywhere] = (
        rng.dirichlet(np.full(int(everywhere.sum()), 4.0)) * mean[~everywhere].sum() * held_share / (1.0 - held_share)
    )
    return mean
