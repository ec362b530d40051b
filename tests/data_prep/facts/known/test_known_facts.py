"""KnownFacts: each part is measured once, and the borders are those of both sides."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.facts.facts import Facts
from data_prep.facts.known.known_facts import BORDERING, KnownFacts, complex_name
from data_prep.knowledge.gene_list import GENE_SET
from data_prep.knowledge.on_slide import with_knowledge
from tests.data_prep.claims.known_lists import gene_list, knowledge_of
from tests.data_prep.facts.known.bands import bands

LISTS = [gene_list("Alpha", ["G0", "G1", "G2"]), gene_list("SET", [f"G{at}" for at in range(6)], GENE_SET)]
PAIRS = [(("G0",), ("G1",)), (("G2",), ("G3", "G4")), (("G0",), ("ELSEWHERE",))]


@pytest.fixture(scope="module")
def known() -> KnownFacts:
    return Facts.measure(with_knowledge(bands(8), knowledge_of(LISTS, PAIRS)), 64).known


def test_a_slide_without_knowledge_has_no_known_facts() -> None:
    assert Facts.measure(bands(4), 64).known is None


def test_lists_are_found_by_label_and_measured_once(known: KnownFacts) -> None:
    assert known.signature("Gamma") is None
    assert known.signature("Alpha").n_genes == 3
    assert known.signature("Alpha") is known.signature("Alpha")
    assert known.programmes is known.programmes
    assert list(known.programmes.labels) == ["SET"], "a marker list is no programme"


def test_pairs_are_found_by_the_names_of_their_parts(known: KnownFacts) -> None:
    assert complex_name(("G3", "G4")) == "G3+G4"
    assert known.pair_numbers == {("G0", "G1"): 0, ("G2", "G3+G4"): 1}, "the third is not on the slide"


def test_bands_border_the_ones_beside_them(known: KnownFacts) -> None:
    assert [sorted(known.bordering(niche)) for niche in "ABC"] == [["B"], ["A", "C"], ["B"]]


def test_a_border_is_one_from_either_side(known: KnownFacts) -> None:
    """A small niche in a large one touches it alone. Of the large one's edges they are few."""
    few, many = replace(known.shapes["A"], contacts={"B": 0.9}), replace(known.shapes["B"], contacts={"A": 0.02})
    beside = KnownFacts(known.knowledge, known.tissue, known.markers, {"A": few, "B": many})
    assert (beside.bordering("A"), beside.bordering("B")) == (["B"], ["A"])
    apart = {"A": replace(few, contacts={"B": BORDERING - 0.01}), "B": many}
    assert KnownFacts(known.knowledge, known.tissue, known.markers, apart).bordering("A") == []


def test_only_labelled_spots_have_counts() -> None:
    slide = bands(3)
    counts, niche = slide.counts.toarray(), slide.niche.copy()
    niche[:100] = -1
    counts[100:, 1] = 0
    slide = replace(slide.with_counts(counts), niche=niche)
    assert Facts.measure(with_knowledge(slide, knowledge_of()), 64).known.has_counts[:3].tolist() == [True, False, True]


def test_niches_without_a_name_in_common_have_no_signals() -> None:
    facts = Facts.measure(with_knowledge(bands(4), knowledge_of(LISTS)), 64)
    assert facts.known.signals.q_value.shape[0] == 0
    assert np.isfinite(facts.known.types.scores[0]).all()
