"""Draws a slide as pictures: one projection per slide, one product per block of genes, one lookup for the colours.

    canvas = Canvas(slide, size=128)
    canvas.focus(["GFAP", "MBP"], "WM")      # (2, 128, 128, 3) uint8

A picture is drawn at exactly the model's native size, so that no processor resamples it. What decides its pixels
(colours, pooling, clipping, orientation) is the figure contract: its hash travels with every dataset and adapter.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep import palette, pooling
from data_prep.errors import NicheLensError
from data_prep.slide import Slide

if TYPE_CHECKING:
    from PIL.Image import Image

KINDS = ("focus", "expression", "niches", "niche", "montage")
NATIVE_SIZE = 128
CLIP_QUANTILE = 0.99
"""A gene's brightness runs from 0 to this quantile of its spots, so that a few hot spots do not darken the rest."""
MARGIN = 0.02
REACH = 0.75
"""A spot fills the pixels within this many spot spacings: neighbouring spots touch, holes in the tissue stay open."""
PANELS = ("A", "B", "C", "D")
_GLYPHS = {
    "A": "01101001111110011001",
    "B": "11101001111010011110",
    "C": "01111000100010000111",
    "D": "11101001100110011110",
}
"""Panel letters on a 4 × 5 grid: the smallest that is still read, and the same on every machine."""


@dataclass(frozen=True)
class FigureSpec:
    """What one picture shows; with the slide and the contract it decides every pixel.

    Attributes:
        kind: one of ``KINDS``.
        genes: symbols; one for focus and expression, one to four for montage, none for niches and niche.
        niche: the asked niche, or "" where none is.
        size: edge length in pixels.
    """

    kind: str
    genes: tuple[str, ...] = ()
    niche: str = ""
    size: int = NATIVE_SIZE


def figure_contract(size: int = NATIVE_SIZE) -> dict[str, object]:
    """Everything that decides a figure's pixels beside slide and spec, with its hash under ``hash``."""
    contract: dict[str, object] = {
        "version": 1,
        "size": size,
        "normalisation": "counts per depth, both summed over the pool, times the median depth",
        "clip_quantile": CLIP_QUANTILE,
        "colour_table": hashlib.sha256(palette.expression_table().tobytes()).hexdigest()[:16],
        "niche_colours": dict(palette.NICHE_COLOURS),
        "pooling": {
            "ladder": pooling.LADDER,
            "target_counts": pooling.TARGET_COUNTS,
            "spots_per_pool": pooling.SPOTS_PER_POOL,
            "focus": "within niche",
            "expression": "whole tissue",
        },
        "orientation": "y down, aspect kept, tissue centred",
        "margin": MARGIN,
        "reach": REACH,
        "panels": "".join(PANELS),
    }
    contract = json.loads(json.dumps(contract))
    contract["hash"] = hashlib.sha256(json.dumps(contract, sort_keys=True).encode()).hexdigest()[:16]
    return contract


class Canvas:
    """Draws one slide at one size.

    Args:
        slide: the slide; niches may be absent, then only ``expression`` can be drawn.
        size: edge length of the pictures in pixels.
    """

    def __init__(self, slide: Slide, size: int = NATIVE_SIZE) -> None:
        """See the class."""
        self.slide = slide
        self.size = size
        self._pixel, self._spot = _project(slide.xy, size)
        self._pools: dict[tuple[int, bool], tuple[sp.csr_matrix, np.ndarray]] = {}
        self._projection = lru_cache(maxsize=64)(self._make_projection)

    def focus(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Genes in one niche: its spots in colour, all other tissue in grey of the same brightness.

        Returns:
            (n_genes, size, size, 3) uint8.
        """
        return self.focus_levels(self.levels(genes, within_niche=True), niche)

    def focus_levels(self, levels: np.ndarray, niche: str) -> np.ndarray:
        """As ``focus``, from ``levels`` already computed: they serve all niches of a slide."""
        projection, inside = self._projection(self.slide.niche_index(niche))
        return self._paint(projection, levels, np.where(inside, 0, 256))

    def expression(self, genes: Sequence[str]) -> np.ndarray:
        """Genes over the whole tissue, in colour: (n_genes, size, size, 3) uint8."""
        projection, _ = self._projection(-2)
        return self._paint(projection, self.levels(genes, within_niche=False), np.zeros(self.size**2, np.int64))

    def niches(self, asked: str = "") -> np.ndarray:
        """All niches in the colours of ``niche_colours``; the asked one in black: (size, size, 3) uint8."""
        colours = np.full((len(self.slide.niches) + 1, 3), palette.UNLABELLED, np.uint8)
        for name, colour in self.niche_colours().items():
            colours[self.slide.niche_index(name)] = palette.NICHE_COLOURS[colour]
        code = self.slide.niche_index(asked) if asked else -2
        if asked:
            colours[code] = palette.ASKED
        return self._paint_codes(colours, code)

    def niche(self, name: str) -> np.ndarray:
        """One niche in its colour on grey tissue: (size, size, 3) uint8."""
        code = self.slide.niche_index(name)
        colours = np.full((len(self.slide.niches) + 1, 3), palette.UNLABELLED, np.uint8)
        colours[code] = palette.NICHE_COLOURS.get(self.niche_colours().get(name, ""), palette.ASKED)
        return self._paint_codes(colours, code)

    def montage(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Up to four focus maps of one niche as panels A, B (top), C, D (bottom): (size, size, 3) uint8.

        Raises:
            NicheLensError: no gene or more than four.
        """
        if not 1 <= len(genes) <= len(PANELS):
            msg = f"{self.slide.name}: a montage takes 1 to {len(PANELS)} genes, got {len(genes)}"
            raise NicheLensError(msg)
        half = self.size // 2
        picture = np.full((self.size, self.size, 3), palette.BACKGROUND, np.uint8)
        for i, panel in enumerate(self._half_canvas.focus(genes, niche)):
            y, x = half * (i // 2), half * (i % 2)
            _stamp(panel, PANELS[i])
            picture[y : y + half, x : x + half] = panel
        return picture

    def draw(self, spec: FigureSpec) -> Image:
        """Draws a spec as a PIL image.

        Raises:
            NicheLensError: unknown kind, gene or niche, or a size that is not this canvas's.
        """
        from PIL import Image

        if spec.size != self.size:
            msg = f"{self.slide.name}: a {spec.size}-px figure was asked of a {self.size}-px canvas"
            raise NicheLensError(msg)
        match spec.kind:
            case "focus":
                pixels = self.focus(spec.genes, spec.niche)[0]
            case "expression":
                pixels = self.expression(spec.genes)[0]
            case "niches":
                pixels = self.niches(spec.niche)
            case "niche":
                pixels = self.niche(spec.niche)
            case "montage":
                pixels = self.montage(spec.genes, spec.niche)
            case _:
                msg = f"figure kind '{spec.kind}' is unknown; known are {', '.join(KINDS)}"
                raise NicheLensError(msg)
        return Image.fromarray(pixels)

    def niche_colours(self) -> dict[str, str]:
        """Colour name of each niche that has one, the largest niche first; beyond ten, niches stay grey."""
        size = np.bincount(self.slide.niche[self.slide.niche >= 0], minlength=len(self.slide.niches))
        order = [int(i) for i in np.argsort(-size, kind="stable") if size[i]]
        return {self.slide.niches[i]: colour for i, colour in zip(order, palette.NICHE_COLOURS, strict=False)}

    def levels(self, genes: Sequence[str], *, within_niche: bool) -> np.ndarray:
        """Brightness of each gene at each spot.

        Args:
            genes: symbols.
            within_niche: pool counts over neighbours of the same niche only (keeps borders sharp).

        Returns:
            (n_spots, n_genes) float32 in 0..1: pooled counts per pooled depth over the gene's clip value.
        """
        columns = np.array([self.slide.gene_index(gene) for gene in genes], dtype=np.int64)
        counts = self._columns[:, columns].toarray()
        sizes = pooling.pool_sizes(self._mean_counts[columns], self.slide.n_spots)
        rate = np.empty_like(counts)
        for k in np.unique(sizes):
            pool, depth = self._pool(int(k), within_niche and self.slide.has_niches)
            rate[:, sizes == k] = (pool @ counts[:, sizes == k]) / depth[:, None]
        top = np.quantile(rate, CLIP_QUANTILE, axis=0, method="lower")
        highest = rate.max(axis=0)
        top = np.where(top > 0, top, np.where(highest > 0, highest, 1.0))
        return np.minimum(rate / top, 1.0).astype(np.float32)

    @cached_property
    def _columns(self) -> sp.csc_matrix:
        return self.slide.counts.tocsc()

    @cached_property
    def _mean_counts(self) -> np.ndarray:
        return np.asarray(self.slide.counts.mean(axis=0)).ravel()

    @cached_property
    def _half_canvas(self) -> Canvas:
        return Canvas(self.slide, self.size // 2)

    def _pool(self, k: int, within: bool) -> tuple[sp.csr_matrix, np.ndarray]:
        """Pooling matrix and pooled depth (at least a tiny number) for a pool size."""
        if (k, within) not in self._pools:
            matrix = pooling.pooling_matrix(self.slide.xy, k, self.slide.niche if within else None)
            self._pools[k, within] = matrix, np.maximum(matrix @ self.slide.depth, 1e-9)
        return self._pools[k, within]

    def _make_projection(self, code: int) -> tuple[sp.csr_matrix, np.ndarray]:
        """(pixels × spots averaging matrix, inside: does the pixel show the niche ``code``).

        Where a pixel holds several cells, it shows the mean of those of the asked niche if there are any: a rare cell
        type must not vanish among its neighbours.
        """
        n_pixels = self.size**2
        of_niche = self.slide.niche[self._spot] == code
        inside = np.zeros(n_pixels, bool)
        inside[self._pixel[of_niche]] = True
        keep = of_niche | ~inside[self._pixel]
        pixel, spot = self._pixel[keep], self._spot[keep]
        share = 1.0 / np.bincount(pixel, minlength=n_pixels)[pixel]
        matrix = sp.csr_matrix((share.astype(np.float32), (pixel, spot)), shape=(n_pixels, self.slide.n_spots))
        return matrix, inside

    @cached_property
    def _tissue(self) -> np.ndarray:
        """(size²,) bool: pixels with at least one spot."""
        tissue = np.zeros(self.size**2, bool)
        tissue[self._pixel] = True
        return tissue

    def _paint(self, projection: sp.csr_matrix, levels: np.ndarray, table_offset: np.ndarray) -> np.ndarray:
        steps = np.rint((projection @ levels) * 255).astype(np.int64) + table_offset[:, None]
        steps[~self._tissue] = 512
        return _colour_table()[steps.T].reshape(-1, self.size, self.size, 3)

    def _paint_codes(self, colours: np.ndarray, code: int) -> np.ndarray:
        """Paints each pixel in its niche's colour; the last row of ``colours`` is for spots without a niche."""
        projection, _ = self._projection(code)
        picture = np.full((self.size**2, 3), palette.BACKGROUND, np.uint8)
        # The first spot of each pixel's row decides: in a pixel of many cells any of them is as good as another.
        first = projection.indices[projection.indptr[:-1][self._tissue]]
        picture[self._tissue] = colours[self.slide.niche[first]]
        return picture.reshape(self.size, self.size, 3)


@lru_cache(maxsize=1)
def _colour_table() -> np.ndarray:
    """(513, 3): colour steps, grey steps, background."""
    return np.concatenate([palette.expression_table(), palette.grey_table(), [palette.BACKGROUND]]).astype(np.uint8)


def _project(xy: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Which spots each pixel shows, as two parallel arrays (pixel, spot).

    Spots wider than a pixel: each pixel shows its nearest spot within ``REACH`` spacings. Smaller: each pixel shows all
    the cells that fall into it.
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    usable = size * (1 - 2 * MARGIN)
    centre = (low + high) / 2
    scale = (usable - 1) / max(float((high - low).max()), 1e-9)
    position = (xy - centre) * scale + (size - 1) / 2
    tree = cKDTree(position)
    # The fourth neighbour: on an array as near as the first, among scattered cells about as far as on a full array.
    spacing = float(np.median(tree.query(position, k=min(5, len(xy)))[0].reshape(len(xy), -1)[:, -1]))
    cell = np.clip(np.rint(position), 0, size - 1).astype(np.int64)
    own = cell[:, 1] * size + cell[:, 0]
    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2)
    distance, nearest = tree.query(grid, distance_upper_bound=max(REACH * spacing, 1.0))
    near = np.isfinite(distance)
    if spacing >= 1.5:
        return np.flatnonzero(near), nearest[near]
    # Cells about as small as pixels: pixels with cells of their own show those, gaps between them the nearest.
    near[own] = False
    return np.concatenate([own, np.flatnonzero(near)]), np.concatenate([np.arange(len(xy)), nearest[near]])


def _stamp(panel: np.ndarray, letter: str) -> None:
    """Writes a panel letter, black on white, into the panel's upper left corner."""
    glyph = np.array([int(bit) for bit in _GLYPHS[letter]], bool).reshape(5, 4)
    scale = max(1, panel.shape[0] // 64)
    glyph = np.kron(glyph, np.ones((scale, scale), bool))
    height, width = glyph.shape
    panel[: height + 2, : width + 2] = palette.BACKGROUND
    panel[1 : height + 1, 1 : width + 1][glyph] = 0
