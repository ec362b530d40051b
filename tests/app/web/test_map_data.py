"""What the browser gets to draw: the same places, niches and counts as the slide has."""

import base64
from dataclasses import replace

import numpy as np
import pytest

from app.web import map_data
from app.web.map_data import MapData
from app.web.niche_colours import niche_colours
from data_prep import pooling
from data_prep.read.histology import Histology
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(3, n_spots=600, n_niches=3, n_genes=24)


def unpacked(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


def test_places_niches_and_depth_are_those_of_the_slide(slide: Slide) -> None:
    message = MapData(slide).slide_message(["A", "B"])
    assert unpacked(message["x"], "<f4") == pytest.approx(slide.xy[:, 0], rel=1e-6)
    assert unpacked(message["y"], "<f4") == pytest.approx(slide.xy[:, 1], rel=1e-6)
    assert (unpacked(message["niche"], "<i2") == slide.niche).all()
    assert unpacked(message["depth"], "<f4") == pytest.approx(slide.depth)
    assert sum(message["sizes"]) + message["unlabelled"] == slide.n_spots
    assert message["genes"] == "A\nB"


def test_the_largest_niche_has_the_first_colour_and_stands_first(slide: Slide) -> None:
    message = MapData(slide).slide_message([])
    sizes = [message["sizes"][code] for code in message["order"]]
    assert sizes == sorted(sizes, reverse=True)
    assert [message["colours"][code] for code in message["order"]] == list(niche_colours()[:3])


def test_values_of_a_gene_are_pooled_as_the_figures_say(slide: Slide) -> None:
    gene = str(slide.genes[0])
    counts = slide.counts[:, [0]].toarray().ravel()
    data = MapData(slide)
    value, pooled = data.pooled(gene)
    assert pooled == pooling.pool_sizes(np.array([counts.mean()]), slide.n_spots)[0]
    message = data.gene_message(gene)
    assert (unpacked(message["counts"], "<f4") == counts).all()
    assert message["total"] == counts.sum()
    within = slide.niche == slide.niche[0]
    near = np.flatnonzero(within)[np.argsort(np.linalg.norm(slide.xy[within] - slide.xy[0], axis=1))[:pooled]]
    expected = counts[near].sum() / slide.depth[near].sum() * np.median(slide.depth)
    assert value[0] == pytest.approx(expected, rel=1e-5)


def test_a_map_of_very_many_spots_is_thinned_and_says_so(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_data, "MOST_SPOTS", 100)
    message = MapData(slide).slide_message([])
    spots = unpacked(message["spot"], "<u4") - 1
    assert len(spots) == len(set(spots)) == 100
    assert (unpacked(message["niche"], "<i2") == slide.niche[spots]).all()
    assert "100 of 600 spots are drawn" in message["note"]
    assert message["n"] == 600


def test_the_map_is_cropped_to_what_is_labelled(slide: Slide) -> None:
    half = replace(slide, niche=np.where(slide.xy[:, 0] < np.median(slide.xy[:, 0]), slide.niche, -1).astype(np.int32))
    message = MapData(half).slide_message([])
    assert message["crop"][1] < message["full"][1]
    assert message["crop"][0] == pytest.approx(message["full"][0], abs=message["spacing"] * 3)


@pytest.mark.parametrize(
    ("technology", "unit", "microns"),
    [("10x Visium", "", 100.0), ("Visium HD", "", 0.0), ("Xenium", "micron", None), ("unknown", "", 0.0)],
)
def test_a_scale_bar_stands_where_the_unit_is_known(
    slide: Slide, technology: str, unit: str, microns: float | None
) -> None:
    data = MapData(replace(slide, meta=replace(slide.meta, technology=technology, unit=unit)))
    per_unit = data.microns_per_unit
    assert per_unit == 1.0 if microns is None else per_unit * data.spacing == pytest.approx(microns)


def test_the_picture_of_the_tissue_lies_under_the_spots(slide: Slide) -> None:
    image = MapData(slide, Histology(b"picture", 300.0, 200.0)).slide_message([])["image"]
    assert image == {"source": "data:image/jpeg;base64,cGljdHVyZQ==", "width": 300.0, "height": 200.0}
    assert MapData(slide).slide_message([])["image"] is None


def test_statistics_by_niche(slide: Slide) -> None:
    genes = [str(gene) for gene in slide.genes[:2]]
    rows = MapData(slide).niche_statistics(genes)
    assert [row["niche"] for row in rows] == list(slide.niches)
    inside = slide.niche == 1
    counts = slide.counts[inside][:, [1]].toarray().ravel()
    assert rows[1]["detected"][1] == pytest.approx((counts > 0).mean())
    expected = (counts / slide.depth[inside]).mean() * np.median(slide.depth)
    assert rows[1]["mean"][1] == pytest.approx(expected)


def test_the_confidence_of_found_niches_is_sent_and_read_ones_have_none(slide: Slide) -> None:
    confidence = np.linspace(0, 1, slide.n_spots, dtype=np.float32)
    sent = MapData(slide, confidence=confidence).slide_message([])["confidence"]
    assert unpacked(sent, "<u1") / 255 == pytest.approx(confidence, abs=0.003)
    assert MapData(slide).slide_message([])["confidence"] is None
