"""The figure contract: its hash stands for the pixels, and changes with what decides them."""

import hashlib

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep import pooling
from data_prep.figures import crop, evidence_bar, gene_levels
from data_prep.figures.canvas import Canvas
from data_prep.figures.contract import figure_contract
from data_prep.figures.spec import KINDS, FigureSpec
from data_prep.slide import Slide, SlideMeta


def test_contract_changes_with_what_decides_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    first = figure_contract(128)["hash"]
    assert figure_contract(128)["hash"] == first
    assert figure_contract(256)["hash"] != first
    for module, name, value in (
        (pooling, "TARGET_COUNTS", 7.0),
        (crop, "PADDING", 0.2),
        (evidence_bar, "AREA", 0.5),
        (gene_levels, "CLOSE_CLIP_QUANTILE", 0.9),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(module, name, value)
            assert figure_contract(128)["hash"] != first


def test_pixels_are_those_of_the_contract() -> None:
    """Whoever changes a pixel must change the contract: adapters are bound to it by the hash."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(30.0), np.arange(30.0)))
    counts = np.stack([(3 * x + y) % 7, (x > y) * 5 + 1, (x * y) % 3], axis=1)
    slide = Slide(
        name="pattern",
        counts=sp.csc_matrix(counts, dtype=np.float32),
        xy=np.stack([x + 0.2 * np.sin(3 * y), y + 0.2 * np.sin(5 * x)], axis=1),  # no two distances are equal
        genes=np.array(["A1", "B1", "C1"]),
        niche=((x >= 10).astype(np.int32) + (y >= 20)).astype(np.int32),
        niches=("one", "two", "three"),
        meta=SlideMeta(),
        cell_type=(x.astype(np.int32) % 2),
        cell_types=("even", "odd"),
    )
    canvas, digest = Canvas(slide), hashlib.sha256()
    for kind in KINDS:
        genes = {"twin": ("A1", "B1"), "share": ("odd",), "composition": ("odd",)}.get(kind, ("A1",))
        genes = () if kind in ("pair", "mask", "niche", "niches", "depth") else genes
        digest.update(canvas.pixels(FigureSpec(kind, genes, "two", other="three")).tobytes())
    assert (figure_contract(128)["hash"], digest.hexdigest()[:16]) == ("ecaaf72b88ee33be", "9c6838e683ee44bb")
