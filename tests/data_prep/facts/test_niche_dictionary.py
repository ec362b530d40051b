"""Niches of several slides are matched by what they are, not by their names, and what has no match is flagged."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.niche_dictionary import FROM_LABELS, FROM_MARKERS, NicheDictionary, match_niches
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides
from data_prep.synth.tissue import make_slide
from tests.two_sections import halves, named, relabelled, without

HIDDEN = {"Niche A": "three", "Niche B": "one", "Niche C": "four", "Niche D": "two"}


@pytest.fixture(scope="module")
def sections() -> tuple[Slide, Slide]:
    return halves(make_slide(3, n_spots=900, n_niches=4, n_genes=60, layout="hex", pattern="layers"))


@pytest.fixture(scope="module")
def hidden(sections: tuple[Slide, Slide]) -> NicheDictionary:
    return match_niches([Facts.measure(sections[0]), Facts.measure(relabelled(sections[1], HIDDEN))])


def pairs(dictionary: NicheDictionary) -> set[tuple[str, str]]:
    return {(entry.niche_on("first"), entry.niche_on("second")) for entry in dictionary.entries}


def test_niches_are_matched_with_their_labels_hidden(hidden: NicheDictionary) -> None:
    assert pairs(hidden) == set(HIDDEN.items())
    assert {entry.id for entry in hidden.entries} == {"N1", "N2", "N3", "N4"}
    for match in hidden.matches:
        assert match.found.is_match
        assert match.found.margin > 2 * match.found.margin_error > 0
        assert 0 < match.found.markers_error < 0.2
        assert match.n_genes <= 60


def test_entries_without_a_common_label_are_named_by_their_markers(
    hidden: NicheDictionary, sections: tuple[Slide, Slide]
) -> None:
    facts = Facts.measure(sections[0])
    for entry in hidden.entries:
        assert entry.named_by == FROM_MARKERS
        column = facts.slide.niche_index(entry.niche_on("first"))
        for part in entry.name.split(" #")[0].split():
            assert part.endswith("+")
            assert facts.markers.label[facts.slide.gene_index(part[:-1]), column] == 1


def test_labels_that_agree_give_the_name(sections: tuple[Slide, Slide]) -> None:
    lower = relabelled(sections[1], {niche: f" {niche.lower()}" for niche in sections[1].niches})
    dictionary = match_niches([Facts.measure(sections[0]), Facts.measure(lower)])
    assert {entry.name for entry in dictionary.entries} == set(sections[0].niches)
    assert {entry.named_by for entry in dictionary.entries} == {FROM_LABELS}


@pytest.mark.parametrize("missing", sorted(HIDDEN))
def test_a_niche_that_one_slide_lacks_is_flagged_and_not_forced(sections: tuple[Slide, Slide], missing: str) -> None:
    dictionary = match_niches([Facts.measure(sections[0]), Facts.measure(without(sections[1], missing))])
    entry = dictionary.entry_of("first", missing)
    assert not entry.is_matched
    assert entry.unmatched.keys() == {"second"}
    assert "nearest is" in entry.unmatched["second"]
    assert pairs(dictionary) == {(missing, "")} | {(name, name) for name in HIDDEN if name != missing}


def test_profiles_of_other_genes_match_nothing(sections: tuple[Slide, Slide]) -> None:
    shuffled = np.random.default_rng(0).permutation(sections[1].genes)
    dictionary = match_niches([Facts.measure(sections[0]), Facts.measure(replace(sections[1], genes=shuffled))])
    assert not any(entry.is_matched for entry in dictionary.entries)
    assert len(dictionary.entries) == 8
    assert len({entry.name for entry in dictionary.entries}) == 8


def test_the_order_of_the_slides_changes_nothing(sections: tuple[Slide, Slide]) -> None:
    third = named(without(sections[1], "Niche B"), "a third")
    facts = [Facts.measure(slide) for slide in (*sections, third)]
    dictionaries = [match_niches([facts[i] for i in order]) for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0))]
    assert dictionaries[0] == dictionaries[1] == dictionaries[2]
    assert dictionaries[0].slides == ("a third", "first", "second")
    assert [len(entry.members) for entry in dictionaries[0].entries] == [3, 3, 3, 2]


def test_slides_of_one_name_keep_apart(sections: tuple[Slide, Slide]) -> None:
    facts = [Facts.measure(named(slide, "S1")) for slide in sections]
    dictionary = match_niches(facts)
    assert dictionary == match_niches(facts[::-1])
    assert dictionary.slides == ("S1", "S1 (2)")


def test_slides_of_two_species_are_refused_in_one_line(sections: tuple[Slide, Slide]) -> None:
    mouse = replace(sections[1], genes=np.array([str(gene).capitalize() for gene in sections[1].genes]))
    with pytest.raises(NicheLensError, match="share 0 of 60 and 60 genes; 60 agree but for capital letters"):
        match_niches([Facts.measure(sections[0]), Facts.measure(mouse)])
    other = replace(sections[1], genes=np.array([f"X{number}" for number in range(60)]))
    with pytest.raises(NicheLensError, match="share 0 of 60 and 60 genes; compare slides whose genes are named alike"):
        match_niches([Facts.measure(sections[0]), Facts.measure(other)])


def test_one_slide_makes_no_dictionary(sections: tuple[Slide, Slide], hidden: NicheDictionary) -> None:
    with pytest.raises(NicheLensError, match="needs at least two"):
        match_niches([Facts.measure(sections[0])])
    with pytest.raises(NicheLensError, match="no niche 'Niche Z' of slide 'first'"):
        hidden.entry_of("first", "Niche Z")


def test_layers_of_real_sections_are_matched_with_their_labels_hidden(real_data) -> None:
    slides = load_slides(
        [real_data / "slides" / "dlpfc_visium_3slices.h5ad"],
        ReadOptions(niche_keys=("region",), slices=("151673", "151676")),
    )
    turned = relabelled(slides[1], {"L1": "f", "L2": "e", "L3": "g", "L4": "a", "L5": "c", "L6": "b", "WM": "d"})
    dictionary = match_niches([Facts.measure(slides[0]), Facts.measure(turned)])
    matched = {(entry.niche_on("151673"), entry.niche_on("151676")) for entry in dictionary.entries if entry.is_matched}
    assert matched == {("L1", "f"), ("L2", "e"), ("L3", "g"), ("L4", "a"), ("L5", "c"), ("L6", "b"), ("WM", "d")}
    myelin = {"MOBP", "MOG", "PLP1", "MBP", "CNP", "MAG", "ERMN"}
    assert myelin & {marker.gene for marker in dictionary.entry_of("151673", "WM").markers}
