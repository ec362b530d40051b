"""Found niches: always the same, near to what was planted, in the number that was asked, with their reason."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from data_prep.errors import NicheLensError
from data_prep.facts import niche_views
from data_prep.facts.choices.choice_record import Choices
from data_prep.facts.niche_finding import FOUND_NOTE, FoundNiches, _by_size, _with_choices, find_niches
from data_prep.niche_options import NicheOptions, Preparation
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import MIN_NICHE_SPOTS, Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(28, n_spots=900, n_niches=5, n_genes=120, layout="hex", pattern="layers")


@pytest.fixture(scope="module")
def found(slide: Slide) -> FoundNiches:
    return find_niches([slide])


def permuted(slide: Slide, order: np.ndarray) -> Slide:
    return replace(slide, counts=slide.counts[order].tocsc(), xy=slide.xy[order], niche=slide.niche[order])


def test_planted_niches_are_found(slide: Slide, found: FoundNiches) -> None:
    (labelled,) = found.slides
    assert adjusted_rand_score(labelled.niche, slide.niche) > 0.6
    assert np.bincount(labelled.niche[labelled.niche >= 0]).min() >= MIN_NICHE_SPOTS
    assert len(set(labelled.niches)) == found.n_niches
    assert (np.diff(np.bincount(labelled.niche[labelled.niche >= 0])) <= 0).all()
    assert "more niches explain little more" in labelled.meta.niches_from
    assert [score.n_niches for score in found.curve] == list(range(2, 13))
    assert 0 <= found.confidence[0].min() <= found.confidence[0].max() <= 1


def test_the_asked_number_is_found(slide: Slide) -> None:
    given = find_niches([slide], NicheOptions(n_niches=5))
    assert given.n_niches == 5
    assert given.curve == ()
    assert adjusted_rand_score(given.slides[0].niche, slide.niche) > 0.7


def test_coarse_and_fine_scales_lie_around_the_middle(slide: Slide, found: FoundNiches) -> None:
    coarse, fine = (find_niches([slide], NicheOptions(scale=scale)).n_niches for scale in ("coarse", "fine"))
    assert coarse < found.n_niches < fine


def test_the_order_of_the_spots_does_not_matter(slide: Slide, found: FoundNiches) -> None:
    order = np.random.default_rng(1).permutation(slide.n_spots)
    again = find_niches([permuted(slide, order)])
    np.testing.assert_array_equal(again.slides[0].niche, found.slides[0].niche[order])
    np.testing.assert_array_equal(again.confidence[0], found.confidence[0][order])


def test_unsure_spots_lie_at_borders(slide: Slide, found: FoundNiches) -> None:
    from data_prep.facts.spot_graph import spot_graph

    (labelled,) = found.slides
    graph = spot_graph(slide.xy).tocoo()
    border = np.zeros(slide.n_spots, bool)
    border[graph.row[labelled.niche[graph.row] != labelled.niche[graph.col]]] = True
    assert found.confidence[0][border].mean() < found.confidence[0][~border].mean() - 0.05


def test_spots_apart_from_the_tissue_belong_nowhere(slide: Slide) -> None:
    xy = slide.xy.copy()
    xy[:3] += 100 * np.ptp(xy, axis=0)
    labelled = find_niches([replace(slide, xy=xy)])
    assert (labelled.slides[0].niche[:3] == -1).all()
    assert (labelled.confidence[0][:3] == 0).all()
    assert (labelled.slides[0].niche[3:] >= 0).mean() > 0.99


def test_slides_that_are_found_together_share_their_niches(slide: Slide) -> None:
    half = slide.xy[:, 0] < np.median(slide.xy[:, 0])
    parts = [permuted(slide, np.flatnonzero(part)) for part in (half, ~half)]
    left, right = find_niches(parts, NicheOptions(n_niches=5)).slides
    names = [np.array([*part.niches, ""])[part.niche] for part in (left, right)]
    planted = np.concatenate([part.niche for part in parts])
    assert adjusted_rand_score(np.concatenate(names), planted) > 0.6


def test_many_spots_are_labelled_by_their_landmarks(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(niche_views, "LANDMARKS", 300)
    labelled = find_niches([slide], NicheOptions(n_niches=5)).slides[0]
    assert adjusted_rand_score(labelled.niche, slide.niche) > 0.6


@pytest.mark.parametrize("normalisation", ["none", "depth", "pearson"])
def test_counts_can_be_prepared_in_other_ways(slide: Slide, normalisation: str) -> None:
    options = NicheOptions(5, preparation=Preparation(normalisation, n_genes=60, n_components=8, pool=7))
    (labelled,) = find_niches([slide], options).slides
    assert adjusted_rand_score(labelled.niche, slide.niche) > 0.3
    assert f"{normalisation}, 60 genes, 8 components, pools of 7" in labelled.meta.niches_from


def test_a_handful_of_spots_is_refused(slide: Slide) -> None:
    few = permuted(slide, np.arange(20))
    with pytest.raises(NicheLensError, match="too few to find niches"):
        find_niches([few])
    with pytest.raises(NicheLensError, match="too few to find 60 niches"):
        find_niches([permuted(slide, np.arange(500))], NicheOptions(n_niches=60))


def test_spots_that_are_all_alike_are_refused(slide: Slide) -> None:
    alike = slide.with_counts(np.ones(slide.counts.shape))
    with pytest.raises(NicheLensError, match="its spots are all alike"):
        find_niches([alike])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n_niches": 1}, "--n-niches is 1 and must be 2 to 100"),
        ({"scale": "huge"}, "--scale is 'huge' and must be one of coarse, middle, fine"),
        ({"n_niches": 4, "scale": "fine"}, "both --n-niches and --scale are given"),
    ],
)
def test_bad_options_are_refused(values: dict, message: str) -> None:
    with pytest.raises(NicheLensError, match=message):
        NicheOptions(**values)


@pytest.mark.slow
def test_real_tissue_without_labels(real_data: Path) -> None:
    (slide,) = read_slides(real_data / "slides" / "visium_human_breast_matched_crop.h5ad", ReadOptions())
    (slide,) = find_niches([slide]).slides
    assert 2 <= len(slide.niches) <= 12


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("dlpfc_visium_151674", 0.5),
        ("starmap_mouse_visual_cortex", 0.7),
        ("st_mouse_olfactory_bulb", 0.5),
    ],
)
def test_annotated_niches_of_real_tissue(real_data: Path, name: str, least: float) -> None:
    (slide,) = read_slides(real_data / "slides" / f"{name}.h5ad", ReadOptions(("region",)))
    (labelled,) = find_niches([slide], NicheOptions(n_niches=len(slide.niches))).slides
    known = slide.niche >= 0
    assert adjusted_rand_score(slide.niche[known], labelled.niche[known]) >= least


def test_the_order_of_the_slides_does_not_matter(slide: Slide) -> None:
    far = slide.xy[:, 0] < np.quantile(slide.xy[:, 0], 0.3)
    small, large = (
        replace(permuted(slide, np.flatnonzero(part)), name=name) for part, name in ((far, "b"), (~far, "a"))
    )
    one, other = (find_niches(slides, NicheOptions(3)) for slides in ((small, large), (large, small)))
    assert [part.name for part in one.slides] == ["b", "a"]
    for here, there in zip(one.slides, reversed(other.slides), strict=True):
        assert here.niches == there.niches
        np.testing.assert_array_equal(here.niche, there.niche)


def test_a_second_search_leaves_no_trace_of_the_first(slide: Slide) -> None:
    few = permuted(slide, np.arange(400))
    few = replace(few, meta=replace(few.meta, notes=("dropped 3 spots",)))
    first = find_niches([few], NicheOptions(3))
    choices = Choices(("a",), (), 0, 0, ("Too few counts for niches.",))
    chosen = _with_choices(first.slides[0], choices)
    assert chosen.meta.choices is not None
    (again,) = find_niches([chosen], NicheOptions(2)).slides
    assert again.meta.choices is None
    assert again.meta.notes == ("dropped 3 spots", FOUND_NOTE.format(2, "their number was given"))


def test_niches_that_are_small_on_every_slide_are_not_counted() -> None:
    code = np.repeat([0, 1, 2, 1, 2], [20, 6, 12, 8, 3])
    slide_of = np.repeat([0, 1], [38, 11])
    assert _by_size(code, slide_of).tolist() == np.repeat([0, -1, 1, -1, -1], [20, 6, 12, 8, 3]).tolist()


def test_too_large_a_pool_is_refused_and_nothing_names_an_option_that_is_not_there(slide: Slide) -> None:
    few = permuted(slide, np.arange(300))
    for pool in (151, 5000):
        message = f"--pool is {pool}, and the slide has 300 spots; pool at most half"
        with pytest.raises(NicheLensError, match=message):
            find_niches([few], NicheOptions(preparation=Preparation(pool=pool)))
    for refused in (permuted(slide, np.arange(20)), slide.with_counts(np.ones(slide.counts.shape))):
        with pytest.raises(NicheLensError) as error:
            find_niches([refused])
        assert "--niche-key" not in str(error.value)
