"""Provisional names: only markers by the rule, never two niches alike, and cell types only where a list fits."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts import provisional_names
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MARKER, measure_markers
from data_prep.facts.provisional_names import GENES_IN_NAME, name_niches, renamed
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="module")
def slide() -> Slide:
    slide = make_slide(28, n_spots=900, n_niches=5, n_genes=120, layout="hex", pattern="layers")
    return replace(slide, niches=tuple(f"niche {k + 1}" for k in range(5)))


def genes_of(name: str) -> list[str]:
    return [part.removesuffix("⁺") for part in name.split() if part.endswith("⁺")]


def test_every_gene_of_a_name_is_a_marker(slide: Slide) -> None:
    names = name_niches([slide])
    table = measure_markers(LabelledTissue.of(slide))
    told = 0
    for code, niche in enumerate(slide.niches):
        for gene in genes_of(names[niche]):
            assert table.label[slide.gene_index(gene), code] == MARKER
            told += 1
    assert told >= 2 * GENES_IN_NAME
    assert len(set(names.values())) == len(names)
    assert renamed(slide, names).niches == tuple(names.values())


def test_a_niche_that_is_none_has_no_name(slide: Slide) -> None:
    rng = np.random.default_rng(3)
    random = replace(slide, niche=rng.permutation(slide.niche))
    assert name_niches([random]) == {name: name for name in slide.niches}


def test_a_name_holds_on_every_slide(slide: Slide) -> None:
    names = name_niches([slide])
    other = make_slide(29, n_spots=900, n_niches=5, n_genes=120, layout="hex", pattern="layers")
    other = replace(other, niches=slide.niches)
    table = measure_markers(LabelledTissue.of(other))
    together = name_niches([slide, other])
    for code, niche in enumerate(slide.niches):
        assert all(table.label[other.gene_index(gene), code] == MARKER for gene in genes_of(together[niche]))
    assert together != names


def test_lists_of_cell_types_name_only_what_they_fit(slide: Slide) -> None:
    table = measure_markers(LabelledTissue.of(slide))
    own = [str(gene) for gene in slide.genes[table.label[:, 0] == MARKER]][:6]
    others = [str(gene) for gene in slide.genes[(table.label != MARKER).all(axis=1)]][:12]
    lists = {"Planted cells": own, "Absent cells": others[:6], "Other cells": others[6:]}
    names = name_niches([slide], lists)
    assert names["niche 1"].endswith("(Planted cells?)")
    assert not any("Absent" in name or "Other" in name for name in names.values())


def test_housekeeping_genes_name_no_niche(slide: Slide) -> None:
    table = measure_markers(LabelledTissue.of(slide))
    markers = (table.label == MARKER).any(axis=1)
    genes = np.array([f"MT-{gene}" if marks else gene for gene, marks in zip(slide.genes, markers, strict=True)])
    assert name_niches([replace(slide, genes=genes)]) == {name: name for name in slide.niches}


def test_kinases_are_no_ribosomal_proteins(slide: Slide) -> None:
    table = measure_markers(LabelledTissue.of(slide))
    markers = (table.label == MARKER).any(axis=1)
    genes = np.array([f"RPS6KA{n}" if marks else f"G{n}" for n, marks in enumerate(markers)])
    assert any("RPS6KA" in name for name in name_niches([replace(slide, genes=genes)]).values())


def test_a_cell_type_hides_no_repeated_name(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisional_names, "_confirmed", lambda slides, niches, quick: [["CD3E", "CD2"]] * len(niches))
    monkeypatch.setattr(provisional_names, "_cell_type", lambda quick, code, lists: "T cell")
    names = name_niches([slide], {"T cell": ("CD3E", "CD2")})
    assert len(set(names.values())) == len(slide.niches)
    assert names["niche 1"] == "CD3E⁺ CD2⁺ (T cell?)"
