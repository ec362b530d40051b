"""Words of place and form are taken out of a phrase, and only where they mean a place."""

import pytest

from data_prep.facts.known.search.place_words import BESIDE, INNER, LARGE, OUTER, RIM, PlaceWords, read_places


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("outermost layer", PlaceWords("layer", depth=OUTER, is_extreme=True)),
        ("deep neurons", PlaceWords("neurons", depth=INNER)),
        ("astrocytes below the pia", PlaceWords("astrocytes", depth=OUTER, is_extreme=True)),
        ("neuroblasts in the core", PlaceWords("neuroblasts", depth=INNER, is_extreme=True)),
        ("upper layer neurons", PlaceWords("layer neurons", depth=OUTER)),
        ("immune cells in the upper left corner", PlaceWords("immune cells", side="upper left")),
        ("fat at the bottom of the tissue", PlaceWords("fat", side="lower")),
        ("fat on the left", PlaceWords("fat", side="left")),
        ("a band of neurons", PlaceWords("a neurons", form="band")),
        ("scattered microglia", PlaceWords("microglia", form="scattered")),
        ("the largest niche", PlaceWords("", size=LARGE)),
        ("T cells next to the tumour", PlaceWords("T cells", relation=BESIDE, reference="tumour")),
        ("layer that borders WM", PlaceWords("layer", relation=BESIDE, reference="WM")),
        ("hypoxic rim of the tumour", PlaceWords("hypoxic", relation=RIM, reference="tumour")),
        ("layer with few neurons and astrocytes", PlaceWords("layer and astrocytes", lacking="neurons")),
    ],
)
def test_places_are_read(phrase: str, expected: PlaceWords) -> None:
    assert read_places(phrase) == expected


@pytest.mark.parametrize(
    "phrase",
    ["left ventricle", "cell surface receptors", "inner mitochondrial membrane", "outer membrane", "large neurons"],
)
def test_words_that_name_parts_of_cells_and_organs_are_no_places(phrase: str) -> None:
    assert read_places(phrase) == PlaceWords(phrase)


def test_a_reference_that_no_niche_is_goes_back_to_the_words() -> None:
    assert read_places("pericytes around vessels").without_reference() == PlaceWords("pericytes vessels")
