"""Draws a slide as pictures.

    canvas = Canvas(slide, size=128)
    canvas.focus(["GFAP", "MBP"], "WM")      # (2, 128, 128, 3) uint8

The slide is projected once. A block of genes is one matrix product, and colours are one table lookup. Draw at exactly
the model's native size, so that no processor resamples the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from data_prep import pooling
from data_prep.errors import NicheLensError
from data_prep.figures import palette
from data_prep.figures.panels import arrange_panels
from data_prep.figures.projection import DrawnSpots, Projection
from data_prep.figures.spec import KINDS, NATIVE_SIZE, PANELS, TYPE_PANELS, FigureSpec
from data_prep.slide import Slide

if TYPE_CHECKING:
    from PIL.Image import Image

CLIP_QUANTILE = 0.99
"""A gene's brightness runs from 0 to this quantile of its spots, so that a few hot spots do not darken the rest."""
_DEPTH_POOL = 7
"""Spots that are pooled for a map of the depth: a spot and its first ring."""
_LARGEST_COMPOSITION_POOL = 19
"""Cells whose types are counted together, at most: a cell and its first two rings."""
_NO_NICHE = -2
_GREY = palette.LEVELS
_WHITE, _BLACK, _UNLABELLED, _NICHES = (2 * palette.LEVELS + i for i in range(4))
"""Where the parts of ``palette.figure_table`` begin."""


class Canvas:
    """Draws one slide at one size.

    Args:
        slide: the slide; without niches only ``expression`` and ``depth`` can be drawn.
        size: edge length of the pictures in pixels.
    """

    def __init__(self, slide: Slide, size: int = NATIVE_SIZE) -> None:
        self.slide = slide
        self.size = size
        self._pools: dict[tuple[int, bool], tuple[sp.csr_matrix, np.ndarray]] = {}
        self._pixel_spots = lru_cache(maxsize=64)(self._make_pixel_spots)

    def focus(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Genes in one niche: its spots in colour, all other tissue in grey of the same brightness.

        Returns:
            (n_genes, size, size, 3) uint8.
        """
        return self.focus_levels(self.levels(genes, within_niche=True), niche)

    def focus_levels(self, levels: np.ndarray, niche: str) -> np.ndarray:
        """The same as ``focus`` from the result of ``levels``, which serves all niches of a slide."""
        return self._paint(levels, self._pixel_spots(self.slide.niche_index(niche)))

    def expression(self, genes: Sequence[str]) -> np.ndarray:
        """Genes over the whole tissue, in colour: (n_genes, size, size, 3) uint8."""
        return self._paint(self.levels(genes, within_niche=False), self._pixel_spots(None))

    def depth(self) -> np.ndarray:
        """Total counts over the whole tissue, in the colours of expression: (size, size, 3) uint8."""
        drawn = self._whole.drawn
        pool = pooling.pooling_matrix(drawn.xy, _DEPTH_POOL) if len(drawn) >= _DEPTH_POOL * 10 else None
        depth = drawn.depth / drawn.cells if pool is None else (pool @ drawn.depth) / (pool @ drawn.cells)
        return self._paint(_clip(depth[:, None].astype(np.float32)), self._pixel_spots(None))[0]

    def niches(self, asked: str = "") -> np.ndarray:
        """All niches in the colours of ``niche_colours``, the asked one in black: (size, size, 3) uint8."""
        colour_of_niche = np.full(len(self.slide.niches) + 1, _UNLABELLED, np.uint8)
        for name, colour in self.niche_colours().items():
            colour_of_niche[self.slide.niche_index(name)] = _colour_index(colour)
        code = self.slide.niche_index(asked) if asked else _NO_NICHE
        if asked:
            colour_of_niche[code] = _BLACK
        return self._paint_niches(colour_of_niche, code)

    def niche(self, name: str) -> np.ndarray:
        """One niche in its colour on grey tissue: (size, size, 3) uint8."""
        code = self.slide.niche_index(name)
        colour_of_niche = np.full(len(self.slide.niches) + 1, _UNLABELLED, np.uint8)
        colour = self.niche_colours().get(name)
        colour_of_niche[code] = _colour_index(colour) if colour else _BLACK
        return self._paint_niches(colour_of_niche, code)

    def montage(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Up to four focus maps of one niche as panels A, B (top), C, D (bottom): (size, size, 3) uint8.

        Raises:
            NicheLensError: no gene or more than four.
        """
        self._check_number(genes, "genes")
        return arrange_panels(self._half_canvas.focus(genes, niche), PANELS, self.size)

    def composition(self, cell_types: Sequence[str], niche: str) -> np.ndarray:
        """Where up to four cell types are, as panels E, F, G, H of focus maps: (size, size, 3) uint8.

        Brightness is the share of the cell type among the nearest cells of the same niche, from none to all.

        Raises:
            NicheLensError: no cell type, more than four, or one that the slide does not have.
        """
        self._check_number(cell_types, "cell types")
        known = self.slide.cell_types
        for name in cell_types:
            if name not in known:
                message = f"{self.slide.name}: no cell type '{name}'; it has {', '.join(known) or 'none'}"
                raise NicheLensError(message)
        half = self._half_canvas
        is_type = (self.slide.cell_type[:, None] == [known.index(name) for name in cell_types]).astype(np.float32)
        drawn = half._by_niche.drawn
        pool, _ = half._pool(_composition_pool(len(drawn)), within=True)
        share = (pool @ drawn.add_up(sp.csc_matrix(is_type))) / (pool @ drawn.cells)[:, None]
        return arrange_panels(half.focus_levels(share.astype(np.float32), niche), TYPE_PANELS, self.size)

    def draw(self, spec: FigureSpec) -> Image:
        """Draw a spec as a PIL image.

        Raises:
            NicheLensError: unknown kind, gene or niche, or a size that is not the canvas's.
        """
        from PIL import Image

        return Image.fromarray(self.pixels(spec))

    def pixels(self, spec: FigureSpec) -> np.ndarray:
        """Draw a spec as (size, size, 3) uint8.

        Raises:
            NicheLensError: unknown kind, gene or niche, or a size that is not the canvas's.
        """
        if spec.size != self.size:
            message = f"{self.slide.name}: a {spec.size}-px figure was asked of a {self.size}-px canvas"
            raise NicheLensError(message)
        match spec.kind:
            case "focus":
                return self.focus(spec.genes, spec.niche)[0]
            case "expression":
                return self.expression(spec.genes)[0]
            case "niches":
                return self.niches(spec.niche)
            case "niche":
                return self.niche(spec.niche)
            case "montage":
                return self.montage(spec.genes, spec.niche)
            case "depth":
                return self.depth()
            case "composition":
                return self.composition(spec.genes, spec.niche)
        message = f"figure kind '{spec.kind}' is unknown; known are {', '.join(KINDS)}"
        raise NicheLensError(message)

    def niche_colours(self) -> dict[str, str]:
        """Name of each niche's colour, the largest niche first. There are ten colours; further niches stay grey."""
        size = np.bincount(self.slide.niche[self.slide.niche >= 0], minlength=len(self.slide.niches))
        order = [int(i) for i in np.argsort(-size, kind="stable") if size[i]]
        return {self.slide.niches[i]: colour for i, colour in zip(order, palette.NICHE_COLOURS, strict=False)}

    def drawn_spots(self, *, within_niche: bool) -> DrawnSpots:
        """What is drawn: the rows of ``levels``."""
        return (self._by_niche if within_niche and self.slide.has_niches else self._whole).drawn

    def levels(self, genes: Sequence[str], *, within_niche: bool) -> np.ndarray:
        """Brightness of each gene at each drawn spot.

        Args:
            genes: symbols.
            within_niche: pool counts over neighbours of the same niche only, so that borders stay sharp.

        Returns:
            (n_drawn, n_genes) float32 in 0..1: pooled counts per pooled depth over the gene's clip value.
        """
        within = within_niche and self.slide.has_niches
        columns = np.array([self.slide.gene_index(gene) for gene in genes], dtype=np.int64)
        counts = self.drawn_spots(within_niche=within).add_up(self.slide.counts[:, columns])
        sizes = pooling.pool_sizes(counts.mean(axis=0), len(counts))
        rate = np.empty_like(counts)
        for k in np.unique(sizes):
            pool, depth = self._pool(int(k), within)
            rate[:, sizes == k] = (pool @ counts[:, sizes == k]) / depth[:, None]
        return _clip(rate)

    @cached_property
    def _by_niche(self) -> Projection:
        return Projection(self.slide, self.size, by_niche=True)

    @cached_property
    def _whole(self) -> Projection:
        projection = Projection(self.slide, self.size, by_niche=False)
        # If no cells are merged, both projections draw the same spots.
        return projection if projection.drawn.of_spot is not None else self._by_niche

    @cached_property
    def _half_canvas(self) -> Canvas:
        return Canvas(self.slide, self.size // 2)

    def _pool(self, k: int, within: bool) -> tuple[sp.csr_matrix, np.ndarray]:
        """Pooling matrix and pooled depth (at least a tiny number) for a pool size."""
        if (k, within) not in self._pools:
            drawn = self.drawn_spots(within_niche=within)
            matrix = pooling.pooling_matrix(drawn.xy, k, drawn.niche if within else None)
            depth = np.maximum(matrix @ drawn.depth, 1e-9).astype(np.float32)
            self._pools[k, within] = matrix, depth
        return self._pools[k, within]

    def _make_pixel_spots(self, code: int | None) -> tuple[np.ndarray, np.ndarray]:
        """(size²,) drawn spot of each pixel, one past the last for none; and what turns its level into a colour index.

        Args:
            code: of the niche that is shown in colour; None shows the whole tissue in colour.
        """
        projection = self._whole if code is None else self._by_niche
        spot, inside = projection.spot_of_pixel(code)
        nothing = spot < 0
        shift = np.where(nothing, _WHITE, np.where(inside, 0, _GREY)).astype(np.uint8)
        return np.where(nothing, len(projection.drawn), spot), shift

    def _paint(self, levels: np.ndarray, pixel_spots: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        n_drawn, n = levels.shape
        spot, shift = pixel_spots
        step = np.zeros((n, n_drawn + 1), np.uint8)
        step[:, :n_drawn] = levels.T * np.float32(palette.LEVELS - 1) + np.float32(0.5)
        colour_index = np.take(step, spot, axis=1)
        colour_index += shift
        # One item of three bytes is several times quicker to look up than three items.
        colours = np.take(palette.figure_table().view("V3")[:, 0], colour_index)
        return colours.view(np.uint8).reshape(n, self.size, self.size, 3)

    def _paint_niches(self, colour_of_niche: np.ndarray, code: int) -> np.ndarray:
        """Paint each pixel in its niche's colour; the last entry is the colour of spots without a niche."""
        spot, _ = self._by_niche.spot_of_pixel(code)
        colour_index = np.where(spot < 0, _WHITE, colour_of_niche[self._by_niche.drawn.niche[spot]])
        return palette.figure_table()[colour_index].reshape(self.size, self.size, 3)

    def _check_number(self, names: Sequence[str], what: str) -> None:
        if not 1 <= len(names) <= len(PANELS):
            message = f"{self.slide.name}: a montage takes 1 to {len(PANELS)} {what}, got {len(names)}"
            raise NicheLensError(message)


def _colour_index(colour: str) -> int:
    """Index of a niche colour in ``palette.figure_table``."""
    return _NICHES + list(palette.NICHE_COLOURS).index(colour)


def _clip(rate: np.ndarray) -> np.ndarray:
    """Rates divided by the clip value of each column, float32 in 0..1."""
    by_gene = np.ascontiguousarray(rate.T)
    nth = int(CLIP_QUANTILE * (len(rate) - 1))
    top, highest = np.partition(by_gene, nth, axis=1)[:, nth], by_gene.max(axis=1)
    top = np.where(top > 0, top, np.where(highest > 0, highest, 1.0)).astype(np.float32)
    by_gene /= top[:, None]
    return np.minimum(by_gene, 1.0, out=by_gene).T


def _composition_pool(n_drawn: int) -> int:
    """Number of cells whose types are counted together: the largest pool that the slide has enough cells for."""
    allowed = (k for k in pooling.LADDER if k <= _LARGEST_COMPOSITION_POOL)
    return max(k for k in allowed if k == 1 or k * pooling.SPOTS_PER_POOL <= n_drawn)
