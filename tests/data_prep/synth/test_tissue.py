"""Synthetic tissue: the same from the same seed, in range, and carrying in its counts what it says was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import MIN_NICHE_SPOTS, Slide
from data_prep.synth.layout import LAYOUTS
from data_prep.synth.niche_patterns import PATTERNS
from data_prep.synth.planted_genes import GENE_KINDS
from data_prep.synth.tissue import MAX_NICHES, SynthTruth, make_slide, make_tissue, to_anndata


def _shares(slide: Slide) -> np.ndarray:
    """Counts over depth, (n_spots, n_genes)."""
    return slide.counts.toarray() / slide.depth[:, None]


def _fold_changes(slide: Slide, truth: SynthTruth) -> np.ndarray:
    """log2 of mean share inside over outside each true niche, (n_genes, n_niches)."""
    shares = _shares(slide)
    inside = [truth.niche == code for code in range(len(slide.niches))]
    with np.errstate(divide="ignore"):
        return np.log2(np.stack([shares[own].mean(axis=0) / shares[~own].mean(axis=0) for own in inside], axis=1))


def _same_neighbour_fraction(slide: Slide, codes: np.ndarray) -> float:
    near = cKDTree(slide.xy).query(slide.xy, k=2)[1][:, 1]
    return float((codes[near] == codes).mean())


def test_same_seed_gives_the_same_bits() -> None:
    (first, truth), second = make_tissue(3, n_spots=400), make_slide(3, n_spots=400)
    for name in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(first.counts, name), getattr(second.counts, name))
    assert np.array_equal(first.xy, second.xy)
    assert np.array_equal(first.niche, second.niche)
    assert np.array_equal(truth.log2fc, make_tissue(3, n_spots=400)[1].log2fc)
    assert not np.array_equal(first.xy, make_slide(4, n_spots=400).xy)


def test_drawn_sizes_stay_in_range_and_vary() -> None:
    slides = [make_slide(seed, n_genes=12) for seed in range(60)]
    sizes = [slide.n_spots for slide in slides]
    numbers = [len(slide.niches) for slide in slides]
    assert 200 <= min(sizes) < 400
    assert 3000 < max(sizes) <= 20_000
    assert 2 <= min(numbers) < 4
    assert 10 < max(numbers) <= MAX_NICHES
    for slide in slides:
        assert slide.depth.min() > 0
        assert np.bincount(slide.niche[slide.niche >= 0], minlength=len(slide.niches)).min() >= MIN_NICHE_SPOTS
    shares = [np.bincount(slide.niche[slide.niche >= 0]) / slide.n_spots for slide in slides]
    assert max(share.max() for share in shares) > 0.5
    assert min(share.min() for share in shares) < 0.03


def test_every_layout_and_pattern_is_drawn_from_seeds() -> None:
    truths = [make_tissue(seed, n_spots=300, n_genes=8)[1] for seed in range(120)]
    assert {truth.layout for truth in truths} == set(LAYOUTS)
    assert {truth.pattern for truth in truths} == set(PATTERNS)
    assert {kind for truth in truths for kind in truth.kind} == {*GENE_KINDS, "ubiquitous"}
    assert any(truth.bleed > 0 for truth in truths)
    assert any(truth.deep_niche for truth in truths)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("n_niches", [2, 5])
def test_every_layout_and_pattern_can_be_asked_for(layout: str, pattern: str, n_niches: int) -> None:
    slide, truth = make_tissue(11, n_spots=260, n_niches=n_niches, n_genes=10, layout=layout, pattern=pattern)
    assert (slide.n_spots, slide.n_genes, len(slide.niches)) == (260, 10, n_niches)
    assert (truth.layout, truth.pattern) == (layout, pattern)
    assert np.unique(slide.xy, axis=0).shape == slide.xy.shape
    assert np.bincount(slide.niche[slide.niche >= 0], minlength=n_niches).min() >= MIN_NICHE_SPOTS


def test_arrays_are_lattices_and_cells_are_not() -> None:
    for layout, pitch in (("hex", 100.0), ("square", 200.0)):
        gaps = np.stack([_gaps(make_slide(seed, n_spots=900, n_genes=8, layout=layout)) for seed in range(6)])
        assert np.allclose(np.median(gaps, axis=1), pitch, rtol=0.01)
        assert np.all(gaps > 0.4 * pitch)
    cells = _gaps(make_slide(0, n_spots=900, n_genes=8, layout="random"))
    assert cells.std() > 0.3 * cells.mean()


def _gaps(slide: Slide) -> np.ndarray:
    return cKDTree(slide.xy).query(slide.xy, k=2)[0][:, 1]


def test_scattered_niches_intermix_and_compact_ones_do_not() -> None:
    def homophily(pattern: str) -> float:
        tissues = [make_tissue(seed, n_spots=1200, n_niches=6, n_genes=8, pattern=pattern) for seed in range(6)]
        return float(np.mean([_same_neighbour_fraction(slide, truth.niche) for slide, truth in tissues]))

    assert homophily("scattered") < 0.6
    assert min(homophily(pattern) for pattern in ("layers", "domains", "voronoi", "blobs", "rings")) > 0.75


def test_labels_are_wrong_for_few_spots_only() -> None:
    tissues = [make_tissue(seed, n_spots=800, n_genes=8) for seed in range(30)]
    wrong = np.array([(slide.niche != truth.niche).mean() for slide, truth in tissues])
    assert 0.015 < wrong.mean() < 0.05
    assert wrong.max() < 0.11
    assert any((slide.niche < 0).any() for slide, _ in tissues)


def test_planted_fold_changes_are_in_the_counts() -> None:
    planted, measured = [], []
    for seed in range(12):
        slide, truth = make_tissue(seed, n_spots=1500)
        if truth.bleed > 0:
            continue
        seen = np.asarray(slide.counts.mean(axis=0)).ravel() > 1.0
        large = np.bincount(truth.niche, minlength=len(slide.niches)) > 60
        planted.append(truth.log2fc[seen][:, large].ravel())
        measured.append(_fold_changes(slide, truth)[seen][:, large].ravel())
    x, y = np.concatenate(planted), np.concatenate(measured)
    assert len(x) > 1000
    assert np.corrcoef(x, y)[0, 1] > 0.95
    assert 0.9 < np.polyfit(x, y, 1)[0] < 1.1
    assert abs(np.mean(y - x)) < 0.05


def test_kinds_mean_what_they_say() -> None:
    """Over many slides, by planted log2FC in the gene's first niche or the largest anywhere."""
    first: dict[str, list[float]] = {kind: [] for kind in (*GENE_KINDS, "ubiquitous")}
    for seed in range(15):
        slide, truth = make_tissue(seed, n_spots=500)
        for kind, niches, folds in zip(truth.kind, truth.niches, truth.log2fc, strict=True):
            first[kind].append(folds[slide.niche_index(niches[0])] if niches else np.abs(folds).max())
    middle = {kind: float(np.median(folds)) for kind, folds in first.items()}
    assert middle["switch"] > 2.0
    assert 0.7 < middle["marker"] < 2.5
    assert middle["partial"] > 1.0
    assert middle["core"] > 0.2
    assert middle["depleted"] < -0.5
    assert middle["rim"] > 0.3
    assert middle["graded"] > middle["flat"]
    marker = np.array(first["marker"])
    assert ((marker > 0.5) & (marker < 1.8)).mean() > 0.35


def test_a_partial_marker_leaves_part_of_its_niche_dark() -> None:
    ratios = []
    for seed in range(20):
        slide, truth = make_tissue(seed, n_spots=1000, n_niches=3, pattern="layers")
        shares = _shares(slide)
        for gene in np.flatnonzero(truth.kind == "partial"):
            own = truth.niche == slide.niche_index(truth.niches[gene][0])
            if slide.counts[:, [gene]].mean() < 1.0 or truth.log2fc[gene].max() < 0.5:
                continue
            # Best half of the niche over the other, along sixteen directions.
            angles = np.arange(16) * np.pi / 8
            along = slide.xy[own] @ np.stack([np.cos(angles), np.sin(angles)])
            upper = along > np.median(along, axis=0)
            value = shares[own, gene]
            ratios.append(max(value[half].mean() / value[~half].mean() for half in upper.T))
    assert len(ratios) >= 5
    assert np.median(ratios) > 1.5


def test_a_peak_lies_in_one_place_and_pairs_of_genes_vary_together() -> None:
    spreads: dict[str, list[float]] = {"peak": [], "flat": []}
    strongest: dict[str, list[float]] = {"companion": [], "rival": []}
    for seed in range(12):
        slide, truth = make_tissue(seed, n_spots=900, layout="hex")
        shares = _shares(slide)
        seen = np.asarray(slide.counts.mean(axis=0)).ravel() > 1.0
        bins = np.minimum((slide.xy - slide.xy.min(axis=0)) / np.ptp(slide.xy, axis=0) * 3, 2).astype(int) @ [1, 3]
        for kind, found in spreads.items():
            for gene in np.flatnonzero((truth.kind == kind) & seen):
                means = [shares[bins == place, gene].mean() for place in range(9) if (bins == place).sum() > 15]
                found.append(max(means) / np.mean(means))
        correlation = np.corrcoef(np.log1p(1e3 * shares[:, seen]).T)
        np.fill_diagonal(correlation, 0.0)
        for kind, found in strongest.items():
            rows = correlation[truth.kind[seen] == kind]
            found += (rows.max(axis=1) if kind == "companion" else rows.min(axis=1)).tolist()
    assert np.median(spreads["peak"]) > np.median(spreads["flat"]) + 0.4
    assert np.median(strongest["companion"]) > 0.2
    assert np.median(strongest["rival"]) < -0.15


def test_a_deep_niche_is_deep_and_depth_is_not_biology() -> None:
    errors: list[float] = []
    deeper: list[float] = []
    more: list[float] = []
    for seed in range(80):
        slide, truth = make_tissue(seed, n_spots=600, n_genes=40)
        if not truth.deep_niche:
            continue
        own = truth.niche == slide.niche_index(truth.deep_niche)
        flat = np.flatnonzero((truth.kind == "ubiquitous") | (truth.kind == "flat"))
        raw = slide.counts.toarray()[:, flat]
        deeper.append(np.median(slide.depth[own]) / np.median(slide.depth[~own]))
        more.append(float(np.log2(raw[own].sum() / own.sum() / (raw[~own].sum() / (~own).sum()))))
        measured = _fold_changes(slide, truth)[flat, slide.niche_index(truth.deep_niche)]
        planted = truth.log2fc[flat, slide.niche_index(truth.deep_niche)]
        strong = raw.mean(axis=0) > 2.0
        errors += np.abs(measured - planted)[strong].tolist()
    assert min(deeper) > 1.2
    assert np.median(deeper) > 2.5
    assert np.median(more) > 1.3
    assert len(errors) > 10
    assert np.median(errors) < 0.3


def test_depth_genes_follow_depth() -> None:
    related: dict[str, list[float]] = {"depth": [], "flat": []}
    for seed in range(12):
        slide, truth = make_tissue(seed, n_spots=600)
        shares, log_depth = _shares(slide), np.log(slide.depth)
        for kind, found in related.items():
            for gene in np.flatnonzero((truth.kind == kind) & (np.asarray(slide.counts.mean(axis=0)).ravel() > 0.5)):
                found.append(float(np.corrcoef(shares[:, gene], log_depth)[0, 1]))
    assert np.median(related["depth"]) > np.median(related["flat"]) + 0.15


def test_counts_are_overdispersed_integers_more_so_in_single_cells() -> None:
    def dispersion(layout: str) -> float:
        slide, truth = make_tissue(2, n_spots=1500, layout=layout)
        counts = slide.counts.toarray()
        assert np.array_equal(counts, np.round(counts))
        expected = slide.depth[:, None] * _shares(slide).mean(axis=0)
        busy = np.isin(truth.kind, ("flat", "ubiquitous")) & (counts.mean(axis=0) > 0.3)
        excess = ((counts - expected) ** 2 - expected)[:, busy].mean(axis=0)
        return float(np.median(excess / (expected**2)[:, busy].mean(axis=0)))

    assert 0.01 < dispersion("hex") < dispersion("cells")


def test_reading_back_gives_the_same_slide(tmp_path) -> None:
    seed = next(seed for seed in range(50) if (make_slide(seed, n_spots=300).niche < 0).any())
    slide, truth = make_tissue(seed, n_spots=300)
    path = tmp_path / f"{slide.name}.h5ad"
    adata = to_anndata(slide, truth)
    assert adata.X.dtype.kind == "i"
    adata.write_h5ad(path)
    (read,) = read_slides(path, ReadOptions(("region",)))
    told = replace(slide.meta, y_axis="assumed down", niches_from="obs['region']", genes_from="symbols")
    assert (read.name, read.niches, read.meta) == (slide.name, slide.niches, told)
    assert (read.counts != slide.counts).nnz == 0
    assert np.array_equal(read.xy, slide.xy)
    assert np.array_equal(read.genes, slide.genes)
    assert np.array_equal(read.niche, slide.niche)


def test_the_file_tells_what_was_planted() -> None:
    slide, truth = make_tissue(5, n_spots=300)
    adata = to_anndata(slide, truth)
    assert adata.uns["source"]["seed"] == 5
    assert "synthetic" in adata.uns["source"]["what"]
    assert list(adata.var["planted_kind"]) == list(truth.kind)
    gene = int(np.flatnonzero(truth.kind == "marker")[0])
    niche = truth.niches[gene][0]
    assert adata.var["planted_niches"].iloc[gene].split(", ")[0] == niche
    assert adata.var["planted_log2fc"].iloc[gene] == adata.varm["planted_log2fc"][niche].iloc[gene]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"layout": "triangles"}, "hex, square"),
        ({"pattern": "stripes"}, "layers, blobs"),
        ({"n_niches": 1}, "2 to 25"),
        ({"n_niches": 26}, "2 to 25"),
        ({"n_spots": 50, "n_niches": 8}, "at least 96 spots"),
        ({"n_spots": 5}, "at least 24 spots"),
        ({"n_genes": 3}, "at least 8"),
        ({"seed": -1}, "0 or more"),
    ],
)
def test_impossible_requests_say_what_to_ask_for(arguments: dict, said: str) -> None:
    with pytest.raises(NicheLensError, match=said):
        make_slide(**{"seed": 0, **arguments})
