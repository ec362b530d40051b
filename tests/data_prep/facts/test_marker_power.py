"""What the power of the marker rule promises is kept: genes that could be told are told, in both directions."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_power import NichePower, middle_power, niche_powers, patched
from data_prep.facts.marker_rule import MARKER, NOT_MARKER, MarkerTable, measure_markers
from data_prep.slide import MIN_NICHE_SPOTS, Slide
from tests.data_prep.facts.toy_slides import slide_of

N_GENES = 240


def made(scale: float, fold: float, seed: int = 0) -> Slide:
    """900 spots; genes from rare to common, and every third one is raised in niche B, a fifth of the tissue."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(30), np.arange(30)), axis=-1).reshape(-1, 2).astype(float)
    niche = (grid[:, 0] >= 24).astype(int)
    rate = np.tile(scale * np.geomspace(0.002, 4.0, N_GENES), (900, 1))
    rate[np.ix_(niche == 1, np.arange(0, N_GENES, 3))] *= fold
    rate = np.c_[rate, np.full(900, 20 * rate.sum(axis=1).max())]  # a gene of great depth, which keeps depth even
    return slide_of(rng.poisson(rate), niche, ("A", "B"), grid)


def measured(slide: Slide) -> tuple[list[NichePower], MarkerTable]:
    tissue = LabelledTissue.of(slide)
    markers = measure_markers(tissue)
    return niche_powers(tissue, markers), markers


def test_deeper_slides_have_more_power_and_larger_rises_need_less() -> None:
    shares = []
    for scale in (0.03, 0.3, 3.0):
        (_, power), _ = measured(made(scale, 1.0))
        shares.append(power.share_decidable)
        assert power.n_markers_from(3) <= power.n_markers_from(4) <= power.n_markers_from(8)
        assert (power.smallest >= 1.0).all()
    assert shares[0] < shares[1] < shares[2]
    assert shares[0] < 0.2
    assert shares[2] > 0.5


def test_what_could_be_told_is_told() -> None:
    slide = made(0.5, 4.0)
    (_, power), markers = measured(slide)
    expressed = np.asarray(slide.counts.sum(axis=0)).ravel() > 0
    raised = (np.arange(slide.n_genes) % 3 == 0)[expressed]
    label = markers.label[expressed, 1]
    could = power.could_mark(4)
    assert (label[raised & could] == MARKER).mean() >= 0.8
    assert (label[~raised & power.told_equal] == NOT_MARKER).mean() >= 0.8
    # What could not be told is mostly left open.
    assert (label[raised & ~np.isfinite(power.smallest)] == MARKER).mean() < 0.1
    assert power.n_marker == int((markers.label[:, 1] == MARKER).sum())


def test_a_slide_without_niches_is_asked_about_compact_patches() -> None:
    slide = made(1.0, 1.0)
    unlabelled = replace(slide, niche=np.full(slide.n_spots, -1, np.int32), niches=())
    patches = patched(unlabelled)
    assert patches is not None
    size = np.bincount(patches.niche)
    assert len(size) == len(patches.niches) == 10
    spread = [float(np.ptp(slide.xy[patches.niche == code], axis=0).max()) for code in range(10)]
    assert np.median(spread) < 20
    powers, _ = measured(patches)
    middle = middle_power(powers)
    assert (middle.niche, middle.n_marker) == ("", None)
    assert min(p.n_decidable for p in powers) <= middle.n_decidable <= max(p.n_decidable for p in powers)


def test_a_slide_of_a_few_spots_has_no_patches() -> None:
    assert patched(slide_of(np.ones((15, 4)), np.full(15, -1), ())) is None


def test_the_order_of_the_spots_does_not_matter() -> None:
    slide = made(0.5, 4.0)
    order = np.random.default_rng(3).permutation(slide.n_spots)
    other = replace(slide, counts=slide.counts[order], xy=slide.xy[order], niche=slide.niche[order])
    for here, there in zip(measured(slide)[0], measured(other)[0], strict=True):
        assert here.n_decidable == there.n_decidable
        assert here.median_smallest == pytest.approx(there.median_smallest)


@pytest.mark.parametrize("n_spots", [21, 120, 137, 299, 311])
def test_patches_have_equally_many_spots_and_enough(n_spots: int) -> None:
    patches = patched(slide_of(np.ones((n_spots, 4)), np.full(n_spots, -1), ()))
    assert patches is not None
    size = np.bincount(patches.niche)
    assert size.min() >= MIN_NICHE_SPOTS
    assert size.max() - size.min() <= 1
    assert len(patches.niches) == min(10, n_spots // MIN_NICHE_SPOTS)
