"""Draws a slide as pictures.

    canvas = Canvas(slide, size=128)
    canvas.focus(["GFAP", "MBP"], "WM")      # (2, 128, 128, 3) uint8

The slide is projected once. A block of genes is one matrix product, and colours are one table lookup. Draw at exactly
the model's native size, so that no processor resamples the picture.

On a slide with niches, a picture of a gene or of a niche shows the tissue that has a niche and nothing else: no other
tissue is part of a comparison, so none changes a pixel. ``niches`` and ``depth``, which are for people, show it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.figures import painter, palette
from data_prep.figures.evidence_bar import draw_bars
from data_prep.figures.gene_levels import GeneLevels, Levels, clip
from data_prep.figures.panels import arrange_panels
from data_prep.figures.spec import KINDS, KNOWN_FIGURES, NATIVE_SIZE, PANELS, TYPE_PANELS, FigureSpec
from data_prep.figures.views import View, Views
from data_prep.slide import Slide

if TYPE_CHECKING:
    from PIL.Image import Image

CLOSE_POOL = 7
"""Most spots that are pooled in ``closeup`` and ``spill``: a spot and its first ring of the same niche.

Pools of 19 blur what changes within two spots of a border, and pools across the border show a marker of one niche in
the other. Measured on synthetic slides, the AUROC of near against far for spill-over is .994 with 7 spots of the niche,
.992 with 19, and .988 with 7 spots of either niche; for rims it is .999 with 7 and .998 with 19.
"""


class Canvas:
    """Draws one slide at one size.

    Args:
        slide: the slide; without niches only ``expression``, ``twin`` and ``depth`` can be drawn.
        size: edge length of the pictures in pixels.
    """

    def __init__(self, slide: Slide, size: int = NATIVE_SIZE) -> None:
        self.slide = slide
        self.size = size
        self.views = Views(slide, size)

    def focus(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Genes in one niche: its spots in colour, all other tissue in grey of the same brightness.

        Returns:
            (n_genes, size, size, 3) uint8.
        """
        return self.focus_levels(self.levels(genes, within_niche=True), niche)

    def focus_levels(self, levels: Levels, niche: str) -> np.ndarray:
        """The same as ``focus`` from the result of ``levels``, which serves all niches of a slide."""
        code = self.slide.niche_index(niche)
        return _with_bar(self._paint_focus(levels, code, self.views.focus(code)), levels)

    def signature(self, name: str, niche: str) -> np.ndarray:
        """As ``focus``, of all genes of a list, set or cell type of the user's files: (size, size, 3) uint8.

        Raises:
            NicheLensError: the slide has no knowledge with such a name, or none of its genes.
        """
        known = self.slide.knowledge
        codes = np.zeros(0, np.int64) if known is None else known.codes_of(name)
        if not len(codes):
            message = f"{self.slide.name}: no gene of a list called '{name}'; give the files that hold it (--knowledge)"
            raise NicheLensError(message)
        code = self.slide.niche_index(niche)
        levels = clip(self._niche_levels.summed_rates(codes), self.views.by_niche.depth_in_area)
        return _with_bar(self._paint_focus(levels, code, self.views.focus(code)), levels)[0]

    def closeup(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """As ``focus``, but the niche fills the picture, and its own spots alone decide full brightness.

        Returns:
            (n_genes, size, size, 3) uint8.
        """
        code = self.slide.niche_index(niche)
        view = self.views.crop(code)
        rates = self._niche_levels.rates(genes, within_niche=True, largest_pool=CLOSE_POOL)
        levels = clip(rates, view.depth_in_area, view.spots)
        return _with_bar(self._paint_focus(levels, code, view), levels)

    def spill(self, genes: Sequence[str], niche: str, other: str) -> np.ndarray:
        """Genes inside another niche only, near this niche, which is black: (n_genes, size, size, 3) uint8."""
        code, beside = self.slide.niche_index(niche), self.slide.niche_index(other)
        view = self.views.border(code, beside)
        rates = self._niche_levels.rates(genes, within_niche=True, largest_pool=CLOSE_POOL)
        levels = clip(rates, view.depth_in_area, view.spots)
        of_drawn = view.drawn.niche
        rest = np.where(of_drawn == code, painter.BLACK, painter.TISSUE).astype(np.uint8)
        index = np.where(of_drawn == beside, painter.steps(levels), rest)
        return _with_bar(painter.paint(index, view.shown), levels)

    def expression(self, genes: Sequence[str]) -> np.ndarray:
        """Genes over the whole tissue, in colour: (n_genes, size, size, 3) uint8."""
        levels = self.levels(genes, within_niche=False)
        pictures = painter.paint(painter.steps(levels), self.views.whole.shown)
        return _with_bar(pictures, levels)

    def twin(self, first: Sequence[str], second: Sequence[str] = ()) -> np.ndarray:
        """Pairs of maps in one picture, the first in orange and the second in blue: (n_pairs, size, size, 3) uint8.

        Args:
            first: symbols.
            second: as many symbols; none for the depth beside each of the first.
        """
        levels = self.levels([*first, *second], within_niche=False)
        n = len(first)
        one = levels.columns(np.arange(n))
        two = levels.columns(np.arange(n, 2 * n)) if second else self._depth_levels.columns(np.zeros(n, int))
        index = painter.twin_steps(one, two)
        pictures = painter.paint(index, self.views.whole.shown, twin=True)
        draw_bars(pictures, (one.evidence, two.evidence), (palette.TWIN_FIRST, palette.TWIN_SECOND), palette.TISSUE)
        return pictures

    def depth(self) -> np.ndarray:
        """Total counts over the whole tissue, in the colours of expression: (size, size, 3) uint8."""
        view = self.views.everything(None)
        levels = clip(GeneLevels(self.slide, view.drawn).depth(), view.depth_in_area)
        return painter.paint(painter.steps(levels), view.shown)[0]

    def niches(self, asked: str = "", order: Sequence[str] = ()) -> np.ndarray:
        """All niches in the colours of ``niche_swatches``, the asked one in black: (size, size, 3) uint8."""
        colour_of_niche = np.full(len(self.slide.niches) + 1, painter.UNLABELLED, np.uint8)
        for name, row in self._colour_rows(order).items():
            colour_of_niche[self.slide.niche_index(name)] = painter.NICHES + row
        code = self.slide.niche_index(asked) if asked else None
        if code is not None:
            colour_of_niche[code] = painter.BLACK
        return _paint_niches(colour_of_niche, self.views.everything(code))

    def niche(self, name: str) -> np.ndarray:
        """One niche in black on the whole tissue: (size, size, 3) uint8."""
        code = self.slide.niche_index(name)
        return self._paint_some({code: painter.BLACK}, self.views.focus(code))

    def mask(self, name: str) -> np.ndarray:
        """One niche in black, which fills the picture: (size, size, 3) uint8."""
        code = self.slide.niche_index(name)
        return self._paint_some({code: painter.BLACK}, self.views.crop(code))

    def pair(self, name: str, other: str) -> np.ndarray:
        """One niche in black, which fills the picture, and another one in orange: (size, size, 3) uint8."""
        code, beside = self.slide.niche_index(name), self.slide.niche_index(other)
        return self._paint_some({beside: painter.OTHER, code: painter.BLACK}, self.views.crop(code))

    def share(self, cell_types: Sequence[str], niche: str) -> np.ndarray:
        """As ``focus``, but brightness is the share of a cell type, from none to all: (n_types, size, size, 3) uint8.

        The share is counted among the nearest cells of the same niche.

        Raises:
            NicheLensError: a cell type that the slide does not have.
        """
        known, code = self.slide.cell_types, self.slide.niche_index(niche)
        for name in cell_types:
            if name not in known:
                message = f"{self.slide.name}: no cell type '{name}'; it has {', '.join(known) or 'none'}"
                raise NicheLensError(message)
        shares = self._niche_levels.shares([known.index(name) for name in cell_types])
        return self._paint_focus(Levels(shares, np.zeros(len(cell_types))), code, self.views.focus(code))

    def montage(self, genes: Sequence[str], niche: str) -> np.ndarray:
        """Up to four focus maps of one niche as panels A, B (top), C, D (bottom): (size, size, 3) uint8.

        Raises:
            NicheLensError: no gene or more than four.
        """
        self._check_number(genes, "genes")
        return arrange_panels(self._half_canvas.focus(genes, niche), PANELS, self.size)

    def composition(self, cell_types: Sequence[str], niche: str) -> np.ndarray:
        """Where up to four cell types are, as panels E, F, G, H of share maps: (size, size, 3) uint8.

        Raises:
            NicheLensError: no cell type, more than four, or one that the slide does not have.
        """
        self._check_number(cell_types, "cell types")
        return arrange_panels(self._half_canvas.share(cell_types, niche), TYPE_PANELS, self.size)

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
        return self.pictures([spec])[0]

    def pictures(self, specs: Sequence[FigureSpec]) -> np.ndarray:
        """Draw many specs: (n, size, size, 3) uint8. The same pixels as one by one, but the counts are pooled together.

        Raises:
            NicheLensError: unknown kind, gene or niche, or a size that is not the canvas's.
        """
        groups: dict[tuple[str, str, str, int], list[int]] = {}
        for i, spec in enumerate(specs):
            if spec.size != self.size:
                message = f"{self.slide.name}: a {spec.size}-px figure was asked of a {self.size}-px canvas"
                raise NicheLensError(message)
            groups.setdefault((spec.kind, spec.niche, spec.other, len(spec.genes)), []).append(i)
        pictures = np.empty((len(specs), self.size, self.size, 3), np.uint8)
        for (kind, niche, other, _), members in groups.items():
            pictures[members] = self._draw_group(kind, niche, other, [specs[i].genes for i in members])
        return pictures

    def _draw_group(self, kind: str, niche: str, other: str, genes: list[tuple[str, ...]]) -> np.ndarray:
        """Draw figures that differ only in their genes: (n, size, size, 3) uint8."""
        first = [names[0] if names else "" for names in genes]
        match kind:
            case "focus":
                return self.focus(first, niche)
            case "closeup":
                return self.closeup(first, niche)
            case "spill":
                return self.spill(first, niche, other)
            case "expression":
                return self.expression(first)
            case "twin":
                return self.twin(first, [names[1] for names in genes if len(names) > 1])
            case "signature":
                return self.signature(other, niche)[None]
            case "share":
                return self.share(first, niche)
            case "montage":
                return np.stack([self.montage(names, niche) for names in genes])
            case "composition":
                return np.stack([self.composition(names, niche) for names in genes])
            case "pair":
                return self.pair(niche, other)[None]
            case "mask":
                return self.mask(niche)[None]
            case "niche":
                return self.niche(niche)[None]
            case "niches":
                return self.niches(niche)[None]
            case "depth":
                return self.depth()[None]
        message = f"figure kind '{kind}' is unknown; known are {', '.join((*KINDS, *KNOWN_FIGURES))}"
        raise NicheLensError(message)

    def niche_colours(self) -> dict[str, str]:
        """Name of each niche's colour, the largest niche first. Only ten colours have a name."""
        return {self.slide.niches[i]: colour for i, colour in zip(self._by_size, palette.NICHE_COLOURS, strict=False)}

    def niche_swatches(self, order: Sequence[str] = ()) -> dict[str, tuple[int, int, int]]:
        """Colour of each niche in ``niches``, the largest niche first.

        Args:
            order: names that take the colours in this order, so that niches of several slides have the same ones; none
                for the order of their size on this slide.
        """
        table = palette.niche_table().tolist()
        return {name: tuple(table[row]) for name, row in self._colour_rows(order).items()}

    def levels(self, genes: Sequence[str], *, within_niche: bool) -> Levels:
        """Brightness and evidence of each gene, as ``focus`` and ``expression`` draw them.

        Args:
            genes: symbols.
            within_niche: pool counts over neighbours of the same niche only, so that borders stay sharp.
        """
        within = within_niche and self.slide.has_niches
        made, view = (self._niche_levels, self.views.by_niche) if within else (self._whole_levels, self.views.whole)
        return clip(made.rates(genes, within_niche=within), view.depth_in_area)

    @cached_property
    def _niche_levels(self) -> GeneLevels:
        return GeneLevels(self.slide, self.views.by_niche.drawn)

    @cached_property
    def _whole_levels(self) -> GeneLevels:
        whole = self.views.whole.drawn
        return self._niche_levels if whole is self.views.by_niche.drawn else GeneLevels(self.slide, whole)

    @cached_property
    def _depth_levels(self) -> Levels:
        return clip(self._whole_levels.depth(), self.views.whole.depth_in_area)

    @cached_property
    def _half_canvas(self) -> Canvas:
        return Canvas(self.slide, self.size // 2)

    @cached_property
    def _by_size(self) -> list[int]:
        """Codes of the niches, the largest first."""
        size = np.bincount(self.slide.niche[self.slide.niche >= 0], minlength=len(self.slide.niches))
        return [int(i) for i in np.argsort(-size, kind="stable") if size[i]]

    def _colour_rows(self, order: Sequence[str] = ()) -> dict[str, int]:
        """Row of each niche's colour in ``palette.niche_table``."""
        if order:
            return {
                self.slide.niches[i]: order.index(self.slide.niches[i]) % palette.N_NICHE_COLOURS for i in self._by_size
            }
        rows = {self.slide.niches[i]: rank % palette.N_NICHE_COLOURS for rank, i in enumerate(self._by_size)}
        named = list(palette.NICHE_COLOURS)
        return rows | {name: named.index(colour) for name, colour in self.niche_colours().items()}

    def _paint_focus(self, levels: Levels, code: int, view: View) -> np.ndarray:
        """Maps in colour inside a niche and in grey outside."""
        shift = np.where(view.drawn.niche == code, 0, painter.GREY).astype(np.uint8)
        return painter.paint(painter.steps(levels) + shift, view.shown)

    def _paint_some(self, colours: dict[int, int], view: View) -> np.ndarray:
        """Some niches in a colour each, the others pale."""
        colour_of_niche = np.full(len(self.slide.niches) + 1, painter.TISSUE, np.uint8)
        colour_of_niche[list(colours)] = list(colours.values())
        return _paint_niches(colour_of_niche, view)

    def _check_number(self, names: Sequence[str], what: str) -> None:
        if not 1 <= len(names) <= len(PANELS):
            message = f"{self.slide.name}: a montage takes 1 to {len(PANELS)} {what}, got {len(names)}"
            raise NicheLensError(message)


def _with_bar(pictures: np.ndarray, levels: Levels) -> np.ndarray:
    draw_bars(pictures, (levels.evidence,), (palette.ASKED,), palette.TISSUE)
    return pictures


def _paint_niches(colour_of_niche: np.ndarray, view: View) -> np.ndarray:
    """Paint each niche in its colour; the last entry is the colour of spots without a niche."""
    return painter.paint(colour_of_niche[view.drawn.niche][None], view.shown)[0]
