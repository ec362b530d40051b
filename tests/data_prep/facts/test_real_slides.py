"""Facts of real slides: textbook markers, replication, and nothing found where there is nothing to find."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from data_prep.facts.facts import Facts
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MARKER, NOT_MARKER, MarkerTable, measure_markers
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide


def _read(real_data: Path, name: str) -> dict[str, Slide]:
    slides = read_slides(real_data / "slides" / f"{name}.h5ad", ReadOptions(("region",)))
    return {slide.meta.slice: slide for slide in slides}


@pytest.fixture(scope="module")
def cortex(real_data: Path) -> dict[str, Slide]:
    """Three serial sections of one donor."""
    return _read(real_data, "dlpfc_visium_3slices")


@pytest.fixture(scope="module")
def tumours(real_data: Path) -> dict[str, Slide]:
    """Sections of six donors."""
    return _read(real_data, "her2st_breast_6donors")


def _measure(slide: Slide) -> MarkerTable:
    return measure_markers(LabelledTissue.of(slide))


def _n_markers(slide: Slide, niche: np.ndarray) -> int:
    """Markers of made-up niches, in all of them together."""
    names = tuple(f"n{code}" for code in range(niche.max() + 1))
    return int((_measure(replace(slide, niche=niche.astype(np.int32), niches=names)).label == MARKER).sum())


def test_textbook_markers_of_the_cortex(cortex: dict[str, Slide]) -> None:
    for name, slide in cortex.items():
        label = _measure(slide).label
        found = {
            gene: {slide.niches[code] for code in np.flatnonzero(label[slide.gene_index(gene)] == MARKER)}
            for gene in ("MBP", "PLP1", "RELN", "AQP4", "PCP4")
        }
        assert {"WM"} == found["MBP"] == found["PLP1"], name
        assert "L1" in found["RELN"], name
        assert "WM" in found["AQP4"], name
        assert "L5" in found["PCP4"], name


def test_layers_have_their_form_and_neighbours(cortex: dict[str, Slide]) -> None:
    shapes = Facts.measure(cortex["151673"]).shapes
    assert shapes["L1"].form == "band"
    assert max(shapes["L2"].contacts, key=shapes["L2"].contacts.get) in ("L1", "L3")


def test_markers_replicate_in_serial_sections(cortex: dict[str, Slide]) -> None:
    tables = {name: _measure(slide).label for name, slide in cortex.items()}
    genes = [list(slide.genes) for slide in cortex.values()]
    assert genes[0] == genes[1] == genes[2]
    for one, other in permutations(tables, 2):
        called = tables[one] == MARKER
        assert called.sum() > 400
        assert (tables[other][called] == NOT_MARKER).mean() < 0.04
        assert (tables[other][called] == MARKER).mean() > 0.5


def test_depth_is_not_biology_in_section_b1(tumours: dict[str, Slide]) -> None:
    table, slide = _measure(tumours["B1"]), tumours["B1"]
    cancer = slide.niche_index("invasive cancer")
    assert table.depth_ratio[cancer] > 5
    assert 5 < (table.label[:, cancer] == MARKER).sum() < 0.005 * slide.n_genes


def test_permuted_labels_have_no_markers(cortex: dict[str, Slide], tumours: dict[str, Slide]) -> None:
    for slide in (cortex["151673"], tumours["B1"]):
        niche = slide.niche.copy()
        labelled = niche >= 0
        niche[labelled] = np.random.default_rng(0).permutation(niche[labelled])
        assert _n_markers(slide, niche) <= 2


def test_the_deepest_third_of_one_tissue_is_no_niche(tumours: dict[str, Slide]) -> None:
    slide = tumours["B1"]
    other = (slide.niche >= 0) & ~slide.spots_of("invasive cancer")
    deep = slide.depth >= np.quantile(slide.depth[other], 2 / 3)
    assert _n_markers(slide, np.where(other, deep, -1)) == 0


@pytest.mark.parametrize("layer", ["L3", "L5", "WM"])
@pytest.mark.parametrize("axis", [0, 1])
def test_halves_of_one_layer_differ_in_few_genes(cortex: dict[str, Slide], layer: str, axis: int) -> None:
    slide = cortex["151673"]
    inside = slide.spots_of(layer)
    upper = slide.xy[:, axis] > np.median(slide.xy[inside, axis])
    assert _n_markers(slide, np.where(inside, upper, -1)) <= 10  # of 14,726 pairs


def test_rims_are_measured_where_a_niche_has_one(cortex: dict[str, Slide]) -> None:
    """L2 and L4 are too thin, L1 and the white matter end at the edge of the tissue."""
    maps = Facts.measure(cortex["151673"]).gene_maps
    measured = {niche for niche in cortex["151673"].niches if np.isfinite(maps.rim("MBP", niche).value)}
    assert measured == {"L3", "L5", "L6"}
