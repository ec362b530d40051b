"""Names from a list: by their words, by the order of layers, and none where it is not certain."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.known.layer_order import layer_numbers
from data_prep.facts.known.name_choice import ORDER, WORDS, choose_names
from data_prep.knowledge.citation import Source
from data_prep.knowledge.gene_list import MARKER_LIST, GeneList, Knowledge
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.slide import Slide
from tests.data_prep.facts.toy_slides import slide_of

BANDS = ("red", "green", "blue", "grey", "white")
"""Niches from top to bottom; white holds the genes of oligodendrocytes, and red has few neurons."""
WIDTH, HEIGHT = 24, 40
OLIGO, NEURON = range(0, 8), range(8, 16)


def cortex(*, neurons_everywhere: bool = False, seed: int = 0) -> Slide:
    """Five bands; green, blue and grey have the genes of neurons."""
    rng = np.random.default_rng(seed)
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT)))
    niche = y * len(BANDS) // HEIGHT
    fold = np.ones((len(BANDS), 40))
    fold[4, OLIGO] = 6.0
    fold[1:4, NEURON] = 3.0
    if neurons_everywhere:
        fold[0, NEURON] = 3.0
    counts = rng.poisson(np.r_[np.full(16, 3.0), np.full(24, 20.0)] * fold[niche])
    slide = slide_of(counts, niche, BANDS, np.stack([x, y], axis=1).astype(float))
    return with_knowledge(slide, knowledge(slide))


def knowledge(slide: Slide) -> Knowledge:
    genes = [str(gene) for gene in slide.genes]
    lists = {
        name: GeneList(name, name, MARKER_LIST, {genes[code]: line for line, code in enumerate(codes, 2)}, SOURCE)
        for name, codes in (("Oligodendrocytes", OLIGO), ("Neurons", NEURON))
    }
    return Knowledge(lists)


SOURCE = Source("lists.tsv", "1")
LAYERS = ["L1", "L2/3", "L4", "L6"]


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts.measure(cortex())


def named(facts: Facts, names: list[str]) -> dict[str, str]:
    return {one.niche: one.name for one in choose_names(facts, names)}


def test_words_name_a_niche_and_the_order_names_the_layers(facts: Facts) -> None:
    chosen = choose_names(facts, ["L6", "oligodendrocytes", "L1", "L4", "L2/3"])
    assert {one.niche: one.name for one in chosen} == dict(zip(BANDS, [*LAYERS, "oligodendrocytes"], strict=True))
    assert [one.by for one in chosen] == [ORDER] * 4 + [WORDS]


def test_the_order_of_the_list_and_the_names_of_the_niches_change_nothing(facts: Facts) -> None:
    names = [*LAYERS, "oligodendrocytes"]
    assert named(facts, names) == named(facts, names[::-1])
    misleading = replace(facts.slide, niches=("L4", "L1", "L6", "L2/3", "white"))
    other = named(Facts.measure(misleading), names)
    assert list(other.values()) == [*LAYERS, "oligodendrocytes"]


def test_white_matter_turns_the_layers_and_few_neurons_do_without_it() -> None:
    facts = Facts.measure(cortex())
    with_white = ["L1", "L2", "L3", "L4", "white matter of oligodendrocytes"]
    assert list(named(facts, with_white).values())[:4] == ["L1", "L2", "L3", "L4"]
    upside_down = cortex()
    upside_down.xy[:, 1] *= -1
    assert list(named(Facts.measure(upside_down), with_white).values())[:4] == ["L1", "L2", "L3", "L4"]


def test_layers_get_no_name_where_neither_end_is_known() -> None:
    slide = cortex(neurons_everywhere=True)
    rest = replace(slide, niche=np.where(slide.niche == 4, -1, slide.niche).astype(np.int32), niches=BANDS[:4])
    assert set(named(Facts.measure(rest), ["L1", "L2", "L3", "L4"]).values()) == {""}


def test_layers_of_shuffled_spots_get_no_name() -> None:
    slide = cortex()
    shuffled = replace(slide, niche=np.random.default_rng(1).permutation(slide.niche))
    chosen = choose_names(Facts.measure(shuffled), LAYERS)
    assert all(not one.name and one.reason for one in chosen)


def test_layers_get_no_name_where_their_row_is_broken() -> None:
    slide = cortex()
    apart = slide.xy + np.c_[np.zeros(len(slide.xy)), 200.0 * (slide.niche >= 2)]
    assert set(named(Facts.measure(replace(slide, xy=apart)), LAYERS).values()) == {""}


def test_a_name_that_says_nothing_is_given_to_no_niche(facts: Facts) -> None:
    for names in (["cluster 4", "7", "Niche 2"], ["purple elephants"], ["L1", "L2"]):
        assert set(named(facts, names).values()) == {""}


def test_two_names_that_fit_alike_are_given_to_none(facts: Facts) -> None:
    chosen = choose_names(facts, ["oligodendrocytes", "oligodendrocyte"])
    assert [one.name for one in chosen] == [""] * 5


def test_layer_numbers_are_in_order() -> None:
    assert layer_numbers(["L6", "WM", "Layer 1", "l2/3"]) == {"Layer 1": 1, "l2/3": 2, "L6": 6}
    assert layer_numbers(["L1", "layer 1"]) == {}


def test_bad_input_is_one_line(facts: Facts) -> None:
    with pytest.raises(NicheLensError, match="no name to choose from; give at least one"):
        choose_names(facts, [])
    with pytest.raises(NicheLensError, match="has no knowledge"):
        choose_names(Facts.measure(replace(facts.slide, knowledge=None)), ["L1"])
