"""Genes are found by what people type."""

import json
from dataclasses import replace

import numpy as np
import pytest

from app.web.widgets import chips_value, find_gene
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    made = make_slide(3, n_spots=300, n_niches=3, n_genes=12)
    return replace(made, genes=np.array(["EPCAM", "Epcam", "KRT19", "KRT18", *made.genes[4:]]))


def test_a_gene_is_found_as_it_is_written(slide: Slide) -> None:
    assert find_gene(slide, " KRT19 ") == ("KRT19", [])
    assert find_gene(slide, "krt19") == ("KRT19", [])


def test_letters_that_fit_two_genes_choose_neither(slide: Slide) -> None:
    assert find_gene(slide, "Epcam") == ("Epcam", [])
    assert find_gene(slide, "epcam") == ("", ["EPCAM", "Epcam"])


def test_an_absent_gene_has_near_names_or_none(slide: Slide) -> None:
    found, near = find_gene(slide, "KRT17")
    assert found == ""
    assert {"KRT18", "KRT19"} <= set(near)
    assert find_gene(slide, "qqqqqq") == ("", [])


def test_chips_travel_as_json() -> None:
    assert json.loads(chips_value("Did you mean", ["<b>"], bad=True)) == {
        "text": "Did you mean",
        "chips": ["<b>"],
        "bad": True,
    }
