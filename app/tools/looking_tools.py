"""The tools that look at a slide without asking the model: open it, list what it holds, and draw it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.niche_column import found_column
from app.tools.allowed_folders import AllowedFolders
from app.tools.opened_slides import OpenedFile, SlideStore
from app.tools.plain_results import plain
from data_prep.errors import NicheLensError, suggest
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures.png import encode_png
from data_prep.figures.spec import NATIVE_SIZE, FigureSpec
from data_prep.niche_options import NicheOptions
from data_prep.slide import Slide
from inference.answers.found_niches.niche_search_text import search_record
from inference.answers.quality.quality_report import QualityReport
from inference.answers.quality.quality_text import to_record

MOST_GENES_LISTED = 500
PICTURE_SIZES = (128, 256, 448, 896)
"""Edge lengths in pixels of a drawn picture. A slide keeps what it needs to draw at a size, so there are only a few."""
NEEDED_BY_KIND = {
    "focus": ("gene", "niche"),
    "closeup": ("gene", "niche"),
    "expression": ("gene",),
    "twin": ("gene", "other"),
    "niches": (),
    "niche": ("niche",),
    "pair": ("niche", "other"),
    "spill": ("gene", "niche", "other"),
    "depth": (),
}
"""Kind of a picture → what it shows of the slide."""
_CAPTIONS = {
    "focus": "{gene}: {niche} in colour, all other tissue in grey; brighter is more expression",
    "closeup": "{gene}: {niche} in colour fills the picture, all other tissue in grey; brighter is more expression",
    "expression": "{gene} over the whole tissue; brighter is more expression",
    "twin": "two maps of the tissue: {gene} in orange, {other} in blue",
    "niches": "all niches, each in a colour of its own",
    "niche": "{niche} in black on the whole tissue",
    "pair": "{niche} in black, {other} in orange, all other tissue pale",
    "spill": "{gene} inside {other} only; {niche} in black",
    "depth": "total counts over the whole tissue; brighter is deeper",
}


@dataclass(frozen=True)
class Picture:
    """A drawn picture.

    Attributes:
        png: the PNG file.
        caption: what it shows.
    """

    png: bytes
    caption: str


class LookingTools:
    """Opens slides, lists what they hold, and draws them.

    Args:
        store: the open slides.
        allowed: folders below which files may be opened.
        examples: gives the name of each slide that the server offers now → what reads it.
        read_file: reads a file. Its second argument is the column with the niches, "" for the likeliest.
    """

    def __init__(
        self,
        store: SlideStore,
        allowed: AllowedFolders,
        examples: Callable[[], Mapping[str, Callable[[], OpenedFile]]],
        read_file: Callable[[Path, str], OpenedFile],
    ) -> None:
        self._store = store
        self._allowed = allowed
        self._examples = examples
        self._read_file = read_file

    def list_slides(self) -> dict[str, Any]:
        """Lists the slides that open_slide can open: the server's examples, and files in folders that it allows.

        Returns:
            Names of examples, and paths of files.
        """
        return {"examples": list(self._examples()), "files": self._allowed.slides()}

    def open_slide(
        self,
        path: str = "",
        example: str = "",
        niche_column: str = "",
        find_niches: bool = False,
        n_niches: int = 0,
        scale: str = "middle",
        auto: bool = False,
    ) -> dict[str, Any]:
        """Opens a spatial-transcriptomics slide. Every other tool needs an id that this tool returns.

        Give either a path or an example. A file with several slices gives an id for each of them.

        Args:
            path: path of an .h5ad file, a .zarr or an outs folder on the server's machine, as list_slides gives it.
            example: name of an example, as list_slides gives it.
            niche_column: column of obs with the niches of a file; empty takes the likeliest, and computes niches where
                there is none.
            find_niches: compute the niches of a file instead of reading them.
            n_niches: number of niches to compute; 0 finds it.
            scale: scale of a found number: coarse, middle or fine.
            auto: choose by count splitting how counts are prepared before niches are computed, and their number. It
                helps where depth is uneven for no biological reason; on annotated slides the defaults were better.

        Returns:
            For each slice its id ("slide"), number of spots and genes, niches, and notes on how the file was read.
            "niche_columns" are other columns of the file that could hold niches. "niche_search" is there for computed
            niches: their number, the reason for it, and the scores of all numbers that were tried. With auto, its
            "choices" are there too, with their scores and reasons.
        """
        if bool(path) == bool(example):
            known = ", ".join(f"'{name}'" for name in self._examples()) or "none"
            message = f"give either a path or an example (examples: {known}; list_slides also lists files)"
            raise NicheLensError(message)
        column = _searched_column(niche_column, n_niches, scale, auto=auto) if find_niches else niche_column
        if (n_niches or scale != NicheOptions().scale or auto) and not find_niches:
            message = "n_niches, scale and auto are about computed niches; give find_niches too"
            raise NicheLensError(message)
        if find_niches and example:
            message = "niches are computed for a path; an example opens with niches of its own"
            raise NicheLensError(message)
        opened = self._open_example(example) if example else self._open_path(path, column)
        found = getattr(opened, "found", None)
        ids = self._store.put(opened)
        slices = [_about(slide_id, name, opened.slides[name]) for slide_id, name in ids.items()]
        return {
            "slices": slices,
            "niche_column": getattr(opened, "niche_key", ""),
            "niche_columns": list(getattr(opened, "columns", ())),
            **({} if found is None else {"niche_search": plain(search_record(found))}),
        }

    def list_niches(self, slide: str) -> dict[str, Any]:
        """Lists the niches (annotated regions, layers or clusters) of an open slide and their sizes.

        Args:
            slide: id of an open slide, as open_slide returns it.

        Returns:
            Name of each niche, its number of spots, and its share of the labelled spots (0 to 1), the largest first.
        """
        opened = self._store.get(slide).slide
        spots = np.bincount(opened.niche[opened.niche >= 0], minlength=len(opened.niches))
        niches = [
            {"niche": opened.niches[code], "spots": int(spots[code]), "share": float(spots[code] / spots.sum())}
            for code in np.argsort(-spots, kind="stable")
        ]
        return plain({"niches": niches, "spots_without_niche": int((opened.niche < 0).sum())})

    def list_genes(self, slide: str, query: str = "", limit: int = 50) -> dict[str, Any]:
        """Lists genes of an open slide, or finds genes by a part of their symbol.

        Args:
            slide: id of an open slide, as open_slide returns it.
            query: a symbol or a part of one, in any case; empty lists the genes that vary most over the tissue.
            limit: number of genes to return, 1 to 500.

        Returns:
            Gene symbols, the best match first; how many match; and near symbols where none does.
        """
        opened = self._store.get(slide).slide
        wanted = query.strip().casefold()
        if wanted:
            fold = {str(gene): str(gene).casefold() for gene in opened.genes}
            found = sorted(
                (gene for gene in fold if wanted in fold[gene]),
                key=lambda gene: (fold[gene] != wanted, not fold[gene].startswith(wanted), len(gene), gene),
            )
        else:
            found = variable_genes(opened)
        hint = "" if found else f"no gene '{query.strip()[:60]}'; {suggest(query.strip(), opened.genes, kind='genes')}"
        shown = found[: max(1, min(limit, MOST_GENES_LISTED))]
        return {"genes": shown, "matching": len(found), "genes_on_slide": opened.n_genes, "hint": hint}

    def check_slide(self, slide: str) -> dict[str, Any]:
        """Says whether an open slide is good enough, and for what: depth, genes, coordinates, niches, and power.

        Args:
            slide: id of an open slide, as open_slide returns it.

        Returns:
            A verdict of three to six sentences, the findings ("fine", "mind" or "act") with what to do, and the numbers
            behind them: "power" says for how many genes a marker can be told in each niche.
        """
        opened = self._store.get(slide)
        return plain(to_record(QualityReport.of(opened.slide, opened.facts(NATIVE_SIZE))))

    def draw(
        self, slide: str, kind: str = "focus", gene: str = "", niche: str = "", other: str = "", size: int = 448
    ) -> Picture:
        """Draws a picture of an open slide.

        Kinds: "focus" (a gene, with one niche in colour and the rest in grey), "closeup" (the same, cropped to the
        niche), "expression" (a gene over the whole tissue), "twin" (two genes side by side), "niches" (all niches),
        "niche" (one niche), "pair" (a niche and another one), "spill" (a gene in another niche, near this niche),
        "depth" (total counts).

        Args:
            slide: id of an open slide, as open_slide returns it.
            kind: kind of the picture, for example "focus".
            gene: gene symbol, for the kinds that show a gene.
            niche: name of the niche, for the kinds that show one.
            other: the other niche of "pair" and "spill", or the second gene of "twin".
            size: edge length in pixels: 128, 256, 448 or 896.

        Returns:
            A PNG picture.
        """
        opened = self._store.get(slide)
        if kind not in NEEDED_BY_KIND:
            message = f"there is no picture of the kind '{kind[:60]}'; the kinds are {', '.join(NEEDED_BY_KIND)}"
            raise NicheLensError(message)
        if size not in PICTURE_SIZES:
            message = f"size {size}: must be {', '.join(map(str, PICTURE_SIZES))}"
            raise NicheLensError(message)
        given = {"gene": gene, "niche": niche, "other": other}
        needed = NEEDED_BY_KIND[kind]
        if not all(given[name] for name in needed):
            message = f"a picture of the kind '{kind}' needs {' and '.join(needed)}"
            raise NicheLensError(message)
        genes = [given[name] for name in needed if name == "gene" or (kind == "twin" and name == "other")]
        for symbol in genes:
            opened.slide.gene_index(symbol)
        for name in (given[name] for name in needed if name == "niche" or (kind != "twin" and name == "other")):
            opened.slide.niche_index(name)
        shown_niche = niche if "niche" in needed or kind == "niches" else ""
        beside = other if kind in ("pair", "spill") else ""
        pixels = opened.canvas(size).pixels(FigureSpec(kind, tuple(genes), shown_niche, size, beside))
        return Picture(encode_png(pixels), _CAPTIONS[kind].format(**given))

    def _open_example(self, example: str) -> OpenedFile:
        examples = self._examples()
        if example not in examples:
            message = f"no example '{example[:60]}'; {suggest(example, examples, kind='examples', show_all=True)}"
            raise NicheLensError(message)
        return self._store.share(("example", example), examples[example])

    def _open_path(self, path: str, niche_column: str) -> OpenedFile:
        found = self._allowed.resolve(path)
        state = found.stat()
        # The files of a folder may change while the folder's own time stays, so only files are shared.
        version = (state.st_mtime_ns, state.st_size) if found.is_file() else object()
        return self._store.share((found, niche_column, version), lambda: self._read_file(found, niche_column))


def _searched_column(niche_column: str, n_niches: int, scale: str, *, auto: bool) -> str:
    """The column that stands for a search."""
    if niche_column:
        message = "both niche_column and find_niches are given; niches are either read or computed"
        raise NicheLensError(message)
    return found_column(NicheOptions(n_niches=n_niches or None, scale=scale, auto=auto))


def _about(slide_id: str, slice_name: str, slide: Slide) -> dict[str, Any]:
    """What whoever opens a slice is told of it."""
    return {
        "slide": slide_id,
        "slice": slice_name,
        "spots": slide.n_spots,
        "genes": slide.n_genes,
        "niches": list(slide.niches),
        "niches_from": slide.meta.niches_from,
        "technology": slide.meta.technology,
        "tissue": slide.meta.tissue,
        "organism": slide.meta.organism,
        "notes": list(slide.meta.notes),
    }
