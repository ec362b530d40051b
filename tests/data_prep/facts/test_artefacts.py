from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_prep.facts import artefacts, bubble_scan, stripe_scan
from data_prep.facts.artefacts import KINDS, Artefacts, measure_artefacts
from data_prep.facts.bubble_scan import PatchScan
from data_prep.facts.tissue_outline import distance_to_edge
from data_prep.gene_columns import counts_folder, open_counts, save_counts
from data_prep.slide import Slide
from data_prep.synth.planted_artefacts import plant
from data_prep.synth.tissue import make_tissue
from tests.benchmarks.artefact_flags import overall, scores, trials, without_unseen


def clean_slide(seed: int, *, layout: str = "hex", n_spots: int = 900, pattern: str = "domains") -> Slide:
    """The first slide from a seed on whose own edge is not poor."""
    while True:
        slide, truth = make_tissue(seed, n_spots=n_spots, layout=layout, pattern=pattern, n_niches=4)
        if not truth.edge_loss:
            return slide
        seed += 1


@pytest.fixture(scope="module")
def slide() -> Slide:
    return clean_slide(12)


def test_clean_slide_has_no_flag(slide: Slide) -> None:
    assert measure_artefacts(slide).flags == ()


@pytest.mark.parametrize("kind", KINDS)
def test_planted_artefact_is_flagged_in_its_place(slide: Slide, kind: str) -> None:
    poor, planted = plant(slide, kind, 3.0, 1)
    found = measure_artefacts(poor)
    assert found.flags == (kind,)
    spots = {
        "edge": found.edge_spots,
        "stripe": found.stripes[0].spots if found.stripes else None,
        "bubble": found.bubbles[0].spots if found.bubbles else None,
        "outliers": found.outliers,
    }[kind]
    assert spots is not None
    assert (spots & planted.spots).sum() / (spots | planted.spots).sum() > 0.6


@pytest.mark.slow
def test_flags_of_many_slides() -> None:
    """The F1 of a kind has a standard error of 0.04 among 25 slides: docs/quality.md tells the values."""
    done = without_unseen(list(trials(20000, 200)))
    for kind in KINDS:
        assert scores(done, kind)[3] >= 0.86, kind
    assert overall(done)[3] >= 0.9


def in_order(found: Artefacts, order: np.ndarray) -> tuple[object, ...]:
    """Everything that was found, with the spots in another order."""
    bands = tuple((s.ratio, s.z, tuple(s.spots[order])) for s in found.stripes)
    patches = tuple((b.ratio, b.z, tuple(b.spots[order])) for b in found.bubbles)
    return found.edge, tuple(found.edge_spots[order]), bands, patches, tuple(found.outliers[order])


def test_order_of_the_spots_does_not_matter(slide: Slide) -> None:
    poor = plant(plant(slide, "stripe", 2.0, 1)[0], "outliers", 4.0, 2)[0]
    order = np.random.default_rng(0).permutation(poor.n_spots)
    shuffled = replace(poor, counts=poor.counts[order], xy=poor.xy[order], niche=poor.niche[order])
    assert in_order(measure_artefacts(shuffled), np.arange(poor.n_spots)) == in_order(measure_artefacts(poor), order)


@pytest.mark.parametrize("layout", ["hex", "cells"])
@pytest.mark.parametrize("pattern", ["layers", "rings", "blobs"])
def test_a_deep_niche_is_no_artefact(layout: str, pattern: str) -> None:
    """Layers, rings and blobs with four times the counts of the others are biology."""
    slide = clean_slide(20, layout=layout, pattern=pattern)
    factor = np.random.default_rng(4).permutation([1.0, 0.25, 1.0, 0.25])[np.maximum(slide.niche, 0)]
    slide = slide.with_counts(slide.counts.multiply(np.ceil(factor * 4)[:, None]).tocsc())
    assert set(measure_artefacts(slide).flags) <= {"outliers"}


def test_tiny_slide_has_no_flags() -> None:
    found = measure_artefacts(clean_slide(1, n_spots=90))
    assert found.flags == ()
    assert np.isnan(found.edge.value)


def test_bubbles_of_single_cells_need_labels() -> None:
    poor, _ = plant(clean_slide(12, layout="cells"), "bubble", 3.0, 1)
    assert measure_artefacts(poor).bubbles
    assert not measure_artefacts(replace(poor, niches=(), niche=np.full(poor.n_spots, -1, np.int32))).bubbles


def test_mapped_counts_stay_in_their_files(slide: Slide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_counts(slide.counts, tmp_path)
    mapped = replace(slide, counts=open_counts(tmp_path, slide.counts.shape))
    looked_at = []
    measure = artefacts._measure_sorted
    monkeypatch.setattr(artefacts, "_measure_sorted", lambda slide: looked_at.append(slide) or measure(slide))
    found, order = measure_artefacts(mapped), np.arange(slide.n_spots)
    assert counts_folder(looked_at[0].counts) is not None
    assert in_order(found, order) == in_order(measure_artefacts(slide), order)


def test_places_that_are_no_lower_than_chance_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow grid the other places may all be lower than the lowest one that is low on all sides."""
    xy = np.stack(np.meshgrid(np.arange(12.0), np.arange(23.0)), axis=-1).reshape(-1, 2)
    residual = np.random.default_rng(0).normal(0, 0.05, len(xy))
    residual[np.hypot(*(xy - [6, 11]).T) <= 2.1] -= 1
    residual[xy[:, 1] == 5] -= 1
    scan, none = PatchScan(xy, distance_to_edge(xy, 1.0), 1.0), np.zeros(len(xy), bool)
    patch, (band, n_bands) = scan.clearest(residual, none), stripe_scan.clearest_band(xy, residual, 1.0)
    assert patch is not None
    assert patch.spots[np.hypot(*(xy - [6, 11]).T) <= 1].all()
    assert band is not None
    assert band.spots[xy[:, 1] == 5].all()
    for module in (bubble_scan, stripe_scan):
        monkeypatch.setattr(module, "middle_and_spread", lambda values: (-100.0, 1.0))
    assert scan.clearest(residual, none) is None
    assert stripe_scan.clearest_band(xy, residual, 1.0) == (None, n_bands)
    assert min(n_bands, scan.n_compared) >= stripe_scan.FEWEST_BANDS


@pytest.mark.parametrize("turn", [0.0, 0.3, np.pi / 2])
def test_rows_of_an_array_have_directions_below_half_a_turn(turn: float) -> None:
    xy = np.stack(np.meshgrid(np.arange(12.0), np.arange(20.0)), axis=-1).reshape(-1, 2)
    angles = stripe_scan.lattice_angles(xy @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    assert len(angles) == 4
    assert 0 <= min(angles) <= max(angles) < np.pi - 1e-6
