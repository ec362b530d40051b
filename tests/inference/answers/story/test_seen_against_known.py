"""The markers of a niche beside the lists of a cell type: each gene of the lists is seen, or has a reason why not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.facts import Facts
from data_prep.facts.known.seen_known import SeenAgainstKnown, compare_with_known
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides


@pytest.fixture(scope="module")
def facts(toy: Callable, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """GENE60 is the same everywhere, GENE64 has three counts in Layer 1, GENE68 has none."""
    adata = toy()
    counts = adata.X.toarray()
    counts[:, 60] = np.random.default_rng(0).poisson(3, adata.n_obs)
    counts[:, [64, 68]] = 0
    counts[:3, 64] = 1
    adata.X = sp.csr_matrix(counts)
    (slide,) = load_slides([adata], ReadOptions(niche_keys=("region",)))
    path = tmp_path_factory.mktemp("lists") / "lists.tsv"
    named = {
        "Alpha cells": ["GENE0", "GENE4", "GENE1", "GENE60", "GENE64", "GENE68", "ABSENT1"],
        "alpha cell": ["GENE0", "GENE60"],  # the same type, in a second list
        "Beta cells": ["GENE5"],
    }
    rows = [f"{name}\t{gene}" for name, genes in named.items() for gene in genes]
    path.write_text("cell type\tgene\n" + "\n".join(rows) + "\n")
    bare = Facts.measure(slide)
    return bare.with_knowledge(SlideKnowledge.of(read_knowledge([path]), slide))


@pytest.fixture(scope="module")
def compared(facts: Facts) -> SeenAgainstKnown:
    assert facts.known is not None
    found = compare_with_known(facts.known, "Layer 1", "Alpha cells")
    assert found is not None
    return found


def test_every_gene_that_is_not_seen_has_its_reason(compared: SeenAgainstKnown) -> None:
    assert {marker.gene: (marker.reason, marker.niches) for marker in compared.unseen} == {
        "GENE1": ("a marker elsewhere", ("Layer 2",)),
        "GENE60": ("measured, and not raised here", ()),
        "GENE64": ("too few counts to tell", ()),
        "GENE68": ("measured, without a count", ()),
        "ABSENT1": ("not measured on this slide", ()),
    }
    assert compared.unseen[0].gene == "GENE60"  # two lists name it


def test_a_seen_marker_cites_every_list_that_names_it(compared: SeenAgainstKnown) -> None:
    assert {marker.gene: [source.line for source in marker.sources] for marker in compared.known} == {
        "GENE0": [2, 9],
        "GENE4": [3],
    }
    assert all(not marker.sources for marker in compared.candidates)
    seen = [marker.log2fc - 2 * marker.error for marker in compared.candidates]
    assert seen == sorted(seen, reverse=True)
    assert {int(marker.gene.removeprefix("GENE")) % 4 for marker in compared.candidates} == {0}


def test_a_type_is_found_by_any_spelling_and_an_unknown_one_is_none(facts: Facts) -> None:
    assert facts.known is not None
    found = compare_with_known(facts.known, "Layer 2", "beta cell")
    assert found is not None
    assert (found.cell_type, [marker.gene for marker in found.known]) == ("Beta cells", ["GENE5"])
    assert compare_with_known(facts.known, "Layer 1", "Gamma cells") is None


def test_knowledge_comes_to_measured_facts_without_measuring(
    known_facts: Facts, knowledge_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data_prep.facts import marker_rule, niche_shapes

    for module, name in ((marker_rule, "measure_markers"), (niche_shapes, "measure_niches")):
        monkeypatch.setattr(module, name, None)
    other = SlideKnowledge.of(read_knowledge([knowledge_folder / "sets.gmt"]), known_facts.slide)
    told = known_facts.with_knowledge(other)
    assert (told.markers, told.shapes, told.tissue) == (known_facts.markers, known_facts.shapes, known_facts.tissue)
    assert told.canvas.size == known_facts.canvas.size
    assert told.known is not None
    assert told.known.types.types.names == ()
    assert known_facts.known is not None
    assert known_facts.known.types.types.names == ("Alpha cells", "Beta cells")
