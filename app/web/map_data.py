"""What the browser needs to draw a slice: places, niches and colours, and the values of a gene, as compact JSON.

Arrays travel as little-endian bytes in base64, so that a slide of 100,000 spots is about one megabyte.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from app.web.niche_colours import N_COLOURS, NO_NICHE, niche_colours
from data_prep import pooling
from data_prep.facts.spot_spacing import known_pitch
from data_prep.figures.gene_levels import CLIP_QUANTILE
from data_prep.read.histology import Histology
from data_prep.slide import Slide

MOST_SPOTS = 100_000
"""A map of more spots is thinned for show: a screen has no more pixels for them."""
SEED = 0
MARGIN = 0.02
"""Empty border of a map, as a share of its extent."""
_DIGITS = 3
_TOUCHING, _SCATTERED = 0.94, 0.55
"""Diameter of a drawn spot: this share of the spacing, or of the side of the square that each spot has, if larger."""


@dataclass(frozen=True, eq=False)
class MapData:
    """Draws one slice for people.

    Attributes:
        slide: the slide.
        histology: picture of the tissue; None if the file has none.
        confidence: (n_spots,) how sure the niche of each spot is, 0..1; None for niches that were read.
    """

    slide: Slide
    histology: Histology | None = None
    confidence: np.ndarray | None = None

    @cached_property
    def shown(self) -> np.ndarray:
        """The spots that are drawn: all, or ``MOST_SPOTS`` of them by chance, the same each time."""
        n = self.slide.n_spots
        if n <= MOST_SPOTS:
            return np.arange(n)
        return np.sort(np.random.default_rng(SEED).choice(n, MOST_SPOTS, replace=False))

    @cached_property
    def spacing(self) -> float:
        """Median distance between a spot and its nearest neighbour, in the units of the slide."""
        distance, _ = cKDTree(self.slide.xy).query(self.slide.xy, k=2)
        return float(np.median(distance[:, 1])) or 1.0

    @property
    def spot_size(self) -> float:
        """Diameter of a drawn spot in the units of the slide: spots of a grid touch, and scattered cells are seen."""
        left, right, top, bottom = _extent(self.slide.xy)
        return max(
            _TOUCHING * self.spacing, _SCATTERED * float(np.sqrt((right - left) * (bottom - top) / len(self.slide.xy)))
        )

    @property
    def microns_per_unit(self) -> float:
        """Micrometres in a unit of the coordinates; 0 where nothing tells."""
        if self.slide.meta.unit == "micron":
            return 1.0
        return known_pitch(self.slide.meta.technology) / self.spacing

    def slide_message(self, genes: Sequence[str]) -> dict[str, Any]:
        """Everything about the slice that does not depend on a choice.

        Args:
            genes: all genes, in the order in which a list shows them.
        """
        slide, shown = self.slide, self.shown
        size = np.bincount(slide.niche[slide.niche >= 0], minlength=len(slide.niches))
        rank = np.empty(len(slide.niches), int)
        rank[np.argsort(-size, kind="stable")] = np.arange(len(slide.niches))
        colours = niche_colours()
        labelled = slide.xy[slide.niche >= 0] if (slide.niche >= 0).any() else slide.xy
        notes = []
        if len(shown) < slide.n_spots:
            notes.append(f"{len(shown):,} of {slide.n_spots:,} spots are drawn. All of them are measured.")
        if slide.meta.y_axis.startswith("assumed"):
            notes.append("The file does not say where y points: down is assumed.")
        return {
            "n": slide.n_spots,
            "x": _packed(slide.xy[shown, 0], "<f4"),
            "y": _packed(slide.xy[shown, 1], "<f4"),
            "niche": _packed(slide.niche[shown], "<i2"),
            "depth": _packed(slide.depth[shown], "<f4"),
            "spot": _packed(shown + 1, "<u4"),
            "confidence": None if self.confidence is None else _packed(np.rint(self.confidence[shown] * 255), "<u1"),
            "names": list(slide.niches),
            "sizes": size.tolist(),
            "order": np.argsort(rank).tolist(),
            "colours": [colours[i % N_COLOURS] for i in rank],
            "grey": NO_NICHE,
            "unlabelled": int((slide.niche < 0).sum()),
            "spacing": self.spacing,
            "spot_size": self.spot_size,
            "microns": self.microns_per_unit,
            "crop": _extent(labelled, self.spot_size),
            "full": _extent(slide.xy, self.spot_size),
            "image": self._image(),
            "genes": "\n".join(genes),
            "note": " ".join(notes),
        }

    def gene_message(self, gene: str) -> dict[str, Any]:
        """Raw counts and pooled values of a gene at the drawn spots."""
        value, pooled = self.pooled(gene)
        top = float(np.quantile(value, CLIP_QUANTILE)) or float(value.max(initial=0.0))
        counts = self._counts(gene)
        return {
            "name": gene,
            "counts": _packed(counts[self.shown], "<f4"),
            "value": _packed(value[self.shown], "<f4"),
            "top": float(f"{top:.{_DIGITS}g}"),
            "pooled": pooled,
            "depth": round(self.median_depth),
            "total": float(counts.sum()),
        }

    @cached_property
    def median_depth(self) -> float:
        """Median counts of a spot."""
        return float(np.median(self.slide.depth))

    def pooled(self, gene: str) -> tuple[np.ndarray, int]:
        """Counts of a gene per spot of median depth, pooled over neighbours of the same niche, and the pool size.

        The rule of the pool size is that of the figures (`data_prep.pooling`).

        Raises:
            NicheLensError: the slide has no such gene.
        """
        counts = self._counts(gene)
        k = int(pooling.pool_sizes(np.array([counts.mean()]), len(counts))[0])
        matrix, depth = self._pool(k)
        return (matrix @ counts) / depth * self.median_depth, k

    def niche_statistics(self, genes: Sequence[str]) -> list[dict[str, Any]]:
        """For each niche, and at last for all tissue without one: mean value and share of spots with a count."""
        slide = self.slide
        rows = []
        counts = np.stack([self._counts(gene) for gene in genes], axis=1)
        rate = counts / np.maximum(slide.depth, 1e-9)[:, None] * self.median_depth
        for code, name in enumerate(slide.niches):
            spots = slide.niche == code
            rows.append(
                {
                    "niche": name,
                    "spots": int(spots.sum()),
                    "mean": rate[spots].mean(axis=0).tolist(),
                    "detected": (counts[spots] > 0).mean(axis=0).tolist(),
                }
            )
        return rows

    def _counts(self, gene: str) -> np.ndarray:
        return np.asarray(self.slide.counts[:, [self.slide.gene_index(gene)]].toarray()).ravel().astype(np.float64)

    @cached_property
    def _pool(self) -> Any:
        @cache
        def make(k: int) -> tuple[sp.csr_matrix, np.ndarray]:
            matrix = pooling.pooling_matrix(self.slide.xy, k, self.slide.niche)
            return matrix, np.maximum(matrix @ self.slide.depth, 1e-9)

        return make

    def _image(self) -> dict[str, Any] | None:
        if self.histology is None:
            return None
        source = "data:image/jpeg;base64," + base64.b64encode(self.histology.jpeg).decode("ascii")
        return {"source": source, "width": self.histology.width, "height": self.histology.height}


def _extent(xy: np.ndarray, least_margin: float = 0.0) -> list[float]:
    """Left, right, top and bottom of some spots with a margin, in the units of the slide."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    margin = max(MARGIN * float((high - low).max()), least_margin)
    return [float(low[0] - margin), float(high[0] + margin), float(low[1] - margin), float(high[1] + margin)]


def _packed(values: np.ndarray, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode("ascii")
