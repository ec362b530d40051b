import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.synth.planted_artefacts import KINDS, plant
from data_prep.synth.tissue import make_slide


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_planted_spots_lose_counts(kind: str) -> None:
    slide = make_slide(2, n_spots=900, layout="hex")
    poor, planted = plant(slide, kind, 2.0, 5)
    assert 0 < planted.spots.sum() < slide.n_spots / 2
    assert (poor.depth[~planted.spots] == slide.depth[~planted.spots]).all()
    assert np.median(poor.depth[planted.spots] / slide.depth[planted.spots]) == pytest.approx(0.25, rel=0.25)
    assert (poor.depth > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_slide(kind: str) -> None:
    slide = make_slide(2, n_spots=400, layout="cells")
    first, again, other = (plant(slide, kind, 2.0, seed)[0].counts for seed in (5, 5, 6))
    assert (first != again).nnz == 0
    assert (first != other).nnz > 0


def test_no_spot_loses_its_last_count() -> None:
    slide = make_slide(2, n_spots=400, layout="cells")
    assert (plant(slide, "edge", 12.0, 1)[0].depth >= 1).all()


@pytest.mark.parametrize(("kind", "strength", "told"), [("hole", 1.0, "no kind 'hole'"), ("edge", 0.0, "strength 0")])
def test_bad_arguments(kind: str, strength: float, told: str) -> None:
    with pytest.raises(NicheLensError, match=told):
        plant(make_slide(2, n_spots=200), kind, strength, 1)
