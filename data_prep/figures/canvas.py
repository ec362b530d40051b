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

from data_prep.errors import NicheLensError
from data_prep.figures import palette, pooling
from data_prep.figures.projection import MARGIN, REACH, SMALLEST_SPOT, Marks, Projection
from data_prep.slide import Slide

if TYPE_CHECKING:
    from PIL.Image import Image

KINDS = ("focus", "expression", "niches", "niche", "montage", "depth", "composition")
NATIVE_SIZE = 128
CLIP_QUANTILE = 0.99
"""A gene's brightness runs from 0 to this quantile of its spots, so that a few hot spots do not darken the rest."""
PANELS = ("A", "B", "C", "D")
TYPE_PANELS = ("E", "F", "G", "H")
"""Letters of a montage's genes, and of a composition's cell types."""
_GLYPHS = {
    "A": "01101001111110011001",
    "B": "11101001111010011110",
    "C": "01111000100010000111",
    "D": "11101001100110011110",
    "E": "11111000111010001111",
    "F": "11111000111010001000",
    "G": "01111000101110010111",
    "H": "10011001111110011001",
}
"""Panel letters on a 4 × 5 grid: the smallest that is still read, and the same on every machine."""
_DEPTH_POOL = 7
_NO_NICHE = -2
_GREY = palette.LEVELS
_WHITE, _BLACK, _UNLABELLED, _NICHES = (2 * palette.LEVELS + i for i in range(4))
"""Where the parts of ``palette.figure_table`` begin."""


@dataclass(frozen=True)
class FigureSpec:
    """What one picture shows; with the slide and the contract it decides every pixel.

    Attributes:
        kind: one of ``KINDS``.
        genes: symbols; one for focus and expression, one to four for montage, one to four cell types for composition,
            none for the others.
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
        "version": 2,
        "size": size,
        "normalisation": "counts per depth, both summed over the pool, times the median depth",
        "clip_quantile": CLIP_QUANTILE,
        "colour_table": hashlib.sha256(palette.figure_table().tobytes()).hexdigest()[:16],
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
        "merged": f"cells nearer than {SMALLEST_SPOT} pixels, by pixel and niche",
        "panels": "".join((*PANELS, *TYPE_PANELS)),
    }
    contract = json.loads(json.dumps(contract))
    contract["hash"] = hashlib.sha256(json.dumps(contract, sort_keys=True).encode()).hexdigest()[:16]
    return contract


class Canvas:
    """Draws one slide at one size.

    Args:
        slide: the slide; niches may be absent, then only ``expression`` and ``depth`` can be drawn.
        size: edge length of the pictures in pixels.
    """

    def __init__(self, slide: Slide, size: int = NATIVE_SIZE) -> None:
        """See the class."""
        self.slide = slide
        self.size = size
        self._pools: dict[tuple[int, bool], tuple[sp.csr_matrix, np.ndarray]] = {}
        self._shown = lru_cache(maxsize=64)(self._make_shown)

    def focus(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Genes in one niche: its spots in colour, all other tissue in grey of the same brightness.

        Returns:
            (n_genes, size, size, 3) uint8.
        """
        return self.focus_levels(self.levels(genes, within_niche=True), niche)

    def focus_levels(self, levels: np.ndarray, niche: str) -> np.ndarray:
        """As ``focus``, from ``levels`` already computed: they serve all niches of a slide."""
        return self._paint(levels, self._shown(self.slide.niche_index(niche)))

    def expression(self, genes: Sequence[str]) -> np.ndarray:
        """Genes over the whole tissue, in colour: (n_genes, size, size, 3) uint8."""
        return self._paint(self.levels(genes, within_niche=False), self._shown(None))

    def depth(self) -> np.ndarray:
        """Total counts over the whole tissue, in the colours of expression: (size, size, 3) uint8."""
        drawn = self._whole.marks
        pool = pooling.pooling_matrix(drawn.xy, _DEPTH_POOL) if len(drawn) >= _DEPTH_POOL * 10 else None
        depth = drawn.depth / drawn.cells if pool is None else (pool @ drawn.depth) / (pool @ drawn.cells)
        return self._paint(_clip(depth[:, None].astype(np.float32)), self._shown(None))[0]

    def niches(self, asked: str = "") -> np.ndarray:
        """All niches in the colours of ``niche_colours``; the asked one in black: (size, size, 3) uint8."""
        places = np.full(len(self.slide.niches) + 1, _UNLABELLED, np.uint8)
        for name, colour in self.niche_colours().items():
            places[self.slide.niche_index(name)] = _NICHES + list(palette.NICHE_COLOURS).index(colour)
        code = self.slide.niche_index(asked) if asked else _NO_NICHE
        if asked:
            places[code] = _BLACK
        return self._paint_codes(places, code)

    def niche(self, name: str) -> np.ndarray:
        """One niche in its colour on grey tissue: (size, size, 3) uint8."""
        code = self.slide.niche_index(name)
        places = np.full(len(self.slide.niches) + 1, _UNLABELLED, np.uint8)
        colour = self.niche_colours().get(name)
        places[code] = _NICHES + list(palette.NICHE_COLOURS).index(colour) if colour else _BLACK
        return self._paint_codes(places, code)

    def montage(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Up to four focus maps of one niche as panels A, B (top), C, D (bottom): (size, size, 3) uint8.

        Raises:
            NicheLensError: no gene or more than four.
        """
        self._check_panels(genes, "genes")
        return self._grid(self._half_canvas.focus(genes, niche), PANELS)

    def composition(self, cell_types: Sequence[str], niche: str) -> np.ndarray:
        """Where up to four cell types lie, as panels E, F, G, H of focus maps: (size, size, 3) uint8.

        Brightness is the type's share of the nearest cells of the same niche, from none to all.

        Raises:
            NicheLensError: no cell type, more than four, or one that the slide does not have.
        """
        self._check_panels(cell_types, "cell types")
        for name in cell_types:
            if name not in self.slide.cell_types:
                msg = f"{self.slide.name}: no cell type '{name}'; it has {', '.join(self.slide.cell_types) or 'none'}"
                raise NicheLensError(msg)
        half = self._half_canvas
        codes = [self.slide.cell_types.index(name) for name in cell_types]
        is_type = sp.csc_matrix((self.slide.cell_type[:, None] == codes).astype(np.float32))
        drawn = half._by_niche.marks
        pool, _ = half._pool(_composition_pool(len(drawn)), within=True)
        share = (pool @ drawn.gather(is_type)) / (pool @ drawn.cells)[:, None]
        return self._grid(half.focus_levels(share.astype(np.float32), niche), TYPE_PANELS)

    def draw(self, spec: FigureSpec) -> Image:
        """Draws a spec as a PIL image.

        Raises:
            NicheLensError: unknown kind, gene or niche, or a size that is not this canvas's.
        """
        from PIL import Image

        return Image.fromarray(self.pixels(spec))

    def pixels(self, spec: FigureSpec) -> np.ndarray:
        """Draws a spec as (size, size, 3) uint8.

        Raises:
            NicheLensError: unknown kind, gene or niche, or a size that is not this canvas's.
        """
        if spec.size != self.size:
            msg = f"{self.slide.name}: a {spec.size}-px figure was asked of a {self.size}-px canvas"
            raise NicheLensError(msg)
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
        msg = f"figure kind '{spec.kind}' is unknown; known are {', '.join(KINDS)}"
        raise NicheLensError(msg)

    def niche_colours(self) -> dict[str, str]:
        """Colour name of each niche that has one, the largest niche first; beyond ten, niches stay grey."""
        size = np.bincount(self.slide.niche[self.slide.niche >= 0], minlength=len(self.slide.niches))
        order = [int(i) for i in np.argsort(-size, kind="stable") if size[i]]
        return {self.slide.niches[i]: colour for i, colour in zip(order, palette.NICHE_COLOURS, strict=False)}

    def marks(self, *, within_niche: bool) -> Marks:
        """What is drawn: the rows of ``levels``."""
        return (self._by_niche if within_niche and self.slide.has_niches else self._whole).marks

    def levels(self, genes: Sequence[str], *, within_niche: bool) -> np.ndarray:
        """Brightness of each gene at each mark (spot, or cells merged by pixel).

        Args:
            genes: symbols.
            within_niche: pool counts over neighbours of the same niche only (keeps borders sharp).

        Returns:
            (n_marks, n_genes) float32 in 0..1: pooled counts per pooled depth over the gene's clip value.
        """
        within = within_niche and self.slide.has_niches
        columns = np.array([self.slide.gene_index(gene) for gene in genes], dtype=np.int64)
        counts = self.marks(within_niche=within).gather(self.slide.counts[:, columns])
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
        # Spots that are drawn one by one are the same marks either way.
        return projection if projection.marks.of_spot is not None else self._by_niche

    @cached_property
    def _half_canvas(self) -> Canvas:
        return Canvas(self.slide, self.size // 2)

    def _pool(self, k: int, within: bool) -> tuple[sp.csr_matrix, np.ndarray]:
        """Pooling matrix and pooled depth (at least a tiny number) for a pool size."""
        if (k, within) not in self._pools:
            drawn = self.marks(within_niche=within)
            matrix = pooling.pooling_matrix(drawn.xy, k, drawn.niche if within else None)
            depth = np.maximum(matrix @ drawn.depth, 1e-9).astype(np.float32)
            self._pools[k, within] = matrix, depth
        return self._pools[k, within]

    def _make_shown(self, code: int | None) -> tuple[np.ndarray, np.ndarray]:
        """(size²,) mark of each pixel, one past the last for none; what makes its brightness a place in the table."""
        projection = self._whole if code is None else self._by_niche
        mark, inside = projection.shown(code)
        nothing = mark < 0
        shift = np.where(nothing, _WHITE, np.where(inside, 0, _GREY)).astype(np.uint8)
        return np.where(nothing, len(projection.marks), mark), shift

    def _paint(self, levels: np.ndarray, shown: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        n_marks, n = levels.shape
        mark, shift = shown
        step = np.zeros((n, n_marks + 1), np.uint8)
        step[:, :n_marks] = levels.T * np.float32(palette.LEVELS - 1) + np.float32(0.5)
        place = np.take(step, mark, axis=1)
        place += shift
        # A colour is taken as one item of three bytes: several times quicker than three.
        colours = np.take(palette.figure_table().view("V3")[:, 0], place)
        return colours.view(np.uint8).reshape(n, self.size, self.size, 3)

    def _paint_codes(self, places: np.ndarray, code: int) -> np.ndarray:
        """Paints each pixel in its niche's colour; the last of ``places`` is for spots without a niche."""
        mark, _ = self._by_niche.shown(code)
        painted = np.where(mark < 0, _WHITE, places[self._by_niche.marks.niche[mark]])
        return palette.figure_table()[painted].reshape(self.size, self.size, 3)

    def _check_panels(self, shown: Sequence[str], what: str) -> None:
        if not 1 <= len(shown) <= len(PANELS):
            msg = f"{self.slide.name}: a montage takes 1 to {len(PANELS)} {what}, got {len(shown)}"
            raise NicheLensError(msg)

    def _grid(self, panels: np.ndarray, letters: Sequence[str]) -> np.ndarray:
        """Panels of half the size, two by two, each with its letter."""
        half = self.size // 2
        picture = np.full((self.size, self.size, 3), palette.BACKGROUND, np.uint8)
        for i, panel in enumerate(panels):
            y, x = half * (i // 2), half * (i % 2)
            _stamp(panel, letters[i])
            picture[y : y + half, x : x + half] = panel
        return picture


def _clip(rate: np.ndarray) -> np.ndarray:
    """Rates over the clip value of each column, 0..1 float32."""
    by_gene = np.ascontiguousarray(rate.T)
    place = int(CLIP_QUANTILE * (len(rate) - 1))
    top, highest = np.partition(by_gene, place, axis=1)[:, place], by_gene.max(axis=1)
    top = np.where(top > 0, top, np.where(highest > 0, highest, 1.0)).astype(np.float32)
    by_gene /= top[:, None]
    return np.minimum(by_gene, 1.0, out=by_gene).T


def _composition_pool(n_marks: int) -> int:
    """Cells whose types are counted together: the largest pool up to two rings that the slide can spare."""
    return max(k for k in pooling.LADDER if k == 1 or (k <= 19 and k * pooling.SPOTS_PER_POOL <= n_marks))


def _stamp(panel: np.ndarray, letter: str) -> None:
    """Writes a panel letter, black on white, into the panel's upper left corner."""
    glyph = np.array([int(bit) for bit in _GLYPHS[letter]], bool).reshape(5, 4)
    scale = max(1, panel.shape[0] // 64)
    glyph = np.kron(glyph, np.ones((scale, scale), bool))
    height, width = glyph.shape
    panel[: height + 2, : width + 2] = palette.BACKGROUND
    panel[1 : height + 1, 1 : width + 1][glyph] = 0
