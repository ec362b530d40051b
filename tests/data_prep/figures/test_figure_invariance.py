"""What must not change a pixel: tissue without a niche, and the order of the spots."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import KINDS, FigureSpec
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.data_prep.figures.pixel_reading import has_colour


def specs_of(slide: Slide, kinds: tuple[str, ...] = KINDS) -> list[FigureSpec]:
    one, two = (str(gene) for gene in slide.genes[:2])
    genes = {"twin": (one, two), "montage": (one, two), "share": ("a",), "composition": ("a", "b")}
    genes |= dict.fromkeys(("pair", "mask", "niche", "niches", "depth"), ())
    niche, other = slide.niches[:2]
    return [FigureSpec(kind, genes.get(kind, (one,)), niche, other=other) for kind in kinds]


@pytest.fixture(params=["array", "square array", "merged cells"])
def tissue(request: pytest.FixtureRequest, slide: Slide) -> Slide:
    """Spots that are drawn one by one, spots with many equal distances, and cells that are merged by pixel."""
    if request.param == "square array":
        return replace(slide, cell_types=("a", "b"))
    n = 700 if request.param == "array" else 30_000
    made = make_slide(8, n_spots=n, n_niches=4, n_genes=8)
    cell_type = np.random.default_rng(0).integers(0, 2, n).astype(np.int32)
    return replace(made, cell_type=cell_type, cell_types=("a", "b"))


def test_the_order_of_the_spots_changes_nothing(tissue: Slide) -> None:
    order = np.random.default_rng(1).permutation(tissue.n_spots)
    shuffled = replace(
        tissue,
        counts=sp.csc_matrix(tissue.counts.tocsr()[order]),
        xy=tissue.xy[order],
        niche=tissue.niche[order],
        cell_type=tissue.cell_type[order],
    )
    specs = specs_of(tissue)
    before, after = Canvas(tissue).pictures(specs), Canvas(shuffled).pictures(specs)
    assert [spec.kind for spec, a, b in zip(specs, before, after, strict=True) if (a != b).any()] == []


def test_tissue_without_a_niche_changes_nothing(tissue: Slide) -> None:
    """As many spots again, beside and between the labelled ones, with other counts and a hundred times as deep."""
    rng = np.random.default_rng(2)
    n, extent = tissue.n_spots, np.ptp(tissue.xy, axis=0)
    beside = tissue.xy + extent * [1.1, 0.3]
    beside[: n // 4] = tissue.xy[: n // 4] + 1e-3 * extent
    added = sp.csc_matrix(100 * rng.poisson(3.0, tissue.counts.shape).astype(np.float32))
    partly = replace(
        tissue,
        counts=sp.csc_matrix(sp.vstack([tissue.counts, added])),
        xy=np.concatenate([tissue.xy, beside]),
        niche=np.concatenate([tissue.niche, np.full(n, -1, np.int32)]),
        cell_type=np.concatenate([tissue.cell_type, np.zeros(n, np.int32)]),
    )
    specs = specs_of(tissue, tuple(kind for kind in KINDS if kind not in ("niches", "depth")))
    before, after = Canvas(tissue).pictures(specs), Canvas(partly).pictures(specs)
    assert [spec.kind for spec, a, b in zip(specs, before, after, strict=True) if (a != b).any()] == []
    # People see the other tissue too, paler than any niche.
    assert has_colour(Canvas(partly).niches(), palette.UNLABELLED).mean() > 0.05
    assert min(palette.UNLABELLED) > max(palette.TISSUE)
