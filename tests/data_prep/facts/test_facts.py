"""Facts: measured in one way, whether marker statistics come in blocks or not."""

import dataclasses

import numpy as np
import pytest

from data_prep.facts.facts import Facts
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import measure_block
from data_prep.figures.canvas import Canvas
from data_prep.gene_columns import GENE_BLOCK
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    return make_slide(3, n_spots=300, n_genes=GENE_BLOCK + 30)


def test_facts_of_measured_blocks_are_the_same(slide: Slide) -> None:
    measured = Facts.measure(slide, 64)
    blocks = [measure_block(LabelledTissue.of(slide), first) for first in range(0, slide.n_genes, GENE_BLOCK)]
    joined = Facts.of_canvas(Canvas(slide, 64), blocks)
    for field in dataclasses.fields(measured.markers):
        np.testing.assert_array_equal(getattr(measured.markers, field.name), getattr(joined.markers, field.name))
    assert measured.shapes == joined.shapes
    assert measured.canvas.size == joined.canvas.size == 64


def test_progress_counts_genes_and_its_error_ends_the_work(slide: Slide) -> None:
    told: list[tuple[int, int]] = []
    Facts.measure(slide, 64, lambda done, total: told.append((done, total)))
    assert told == [(0, slide.n_genes), (GENE_BLOCK, slide.n_genes)]

    def stop(done: int, total: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Facts.measure(slide, 64, stop)


def test_composition_counts_only_cells_with_a_type(slide: Slide) -> None:
    assert Facts.measure(slide).composition == {}
    cell_type = np.where(np.arange(slide.n_spots) % 3 == 0, -1, np.arange(slide.n_spots) % 3 - 1).astype(np.int32)
    typed = dataclasses.replace(slide, cell_type=cell_type, cell_types=("one", "two"))
    composition = Facts.measure(typed).composition
    assert set(composition) == set(slide.niches)
    for shares in composition.values():
        assert sum(share.value for share in shares.values()) == pytest.approx(1)
        assert shares["one"].error == pytest.approx(shares["two"].error)
        assert 0 < shares["one"].error < 0.2
    none_in_the_first = dataclasses.replace(typed, cell_type=np.where(slide.niche == 0, -1, cell_type))
    assert set(Facts.measure(none_in_the_first).composition) == set(slide.niches[1:])
