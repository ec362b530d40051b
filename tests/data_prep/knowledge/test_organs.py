"""Organs whose marker lists may describe a tissue."""

import pytest

from data_prep.knowledge.organs import COVERING, EVERYWHERE, organs_of


@pytest.mark.parametrize(
    ("tissue", "has", "lacks"),
    [
        ("dorsolateral prefrontal cortex", {"brain"}, {"kidney", "epithelium", "pancreas"}),
        ("Mouse Olfactory Bulb", {"brain", "olfactory system"}, {"connective tissue"}),
        ("preoptic area of the hypothalamus", {"brain"}, {"skin"}),
        ("kidney cortex", {"kidney"}, {"brain", "hippocampus"}),
        ("adrenal cortex", {"adrenal glands"}, {"brain", "kidney"}),
        ("outer surface", set(), {"reproductive"}),
        ("HER2+ breast tumour", {"mammary gland", "epithelium", "connective tissue"}, {"brain"}),
        ("whole mouse embryo, E8.5", {"embryo", "heart", "brain"}, {"immune system"}),
        ("embryonic heart", {"embryo"}, {"immune system"}),
        ("colorectal carcinoma", {"gi tract"}, {"brain"}),
    ],
)
def test_a_tissue_has_the_cells_of_its_organ(tissue: str, has: set, lacks: set) -> None:
    organs = organs_of(tissue)
    assert has <= organs
    assert not lacks & organs


def test_every_adult_tissue_has_blood_and_all_but_the_brain_have_coverings() -> None:
    assert organs_of("liver") >= EVERYWHERE | COVERING
    assert organs_of("cerebellum") >= EVERYWHERE
    assert not organs_of("cerebellum") & COVERING


@pytest.mark.parametrize("tissue", ["", "tissue", "synthetic layers"])
def test_unknown_words_leave_all_lists(tissue: str) -> None:
    assert organs_of(tissue) == frozenset()


@pytest.mark.parametrize("tissue", ["brain", "kidney", "breast", "lung", "skin", "colon", "heart", "embryo", "spleen"])
def test_organs_are_in_small_letters(tissue: str) -> None:
    assert organs_of(tissue)
    assert all(organ == organ.lower() for organ in organs_of(tissue))
