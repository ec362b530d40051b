"""The page about found niches says how their number came about."""

from dataclasses import replace

import pytest

from data_prep.facts.choices.choice_record import NUMBER, Candidate, Choice, Choices
from data_prep.facts.niche_consensus import NumberScore
from data_prep.facts.niche_finding import FoundNiches, find_niches
from data_prep.niche_options import NicheOptions
from data_prep.synth.tissue import make_slide
from inference.answers.found_niches.niche_search_page import to_html

KNEE = "The number is the knee of the explained variance"


@pytest.fixture(scope="module")
def given() -> FoundNiches:
    return find_niches([make_slide(1, n_spots=200, n_niches=3, n_genes=40)], NicheOptions(n_niches=3))


def test_a_number_that_was_given_is_no_knee(given: FoundNiches) -> None:
    page = to_html(given)
    assert "The number was given." in page
    assert "No other number was tried." in page
    assert KNEE not in page


def test_held_out_counts_are_named_where_they_decided(given: FoundNiches) -> None:
    choice = Choice(NUMBER, (Candidate(3, 0.1, 0.0, 0.0, 0.0),), None, 3, "it predicts best")
    found = replace(given, options=NicheOptions(), choices=Choices(("s",), (choice,), 1, 1, ()))
    page = to_html(found)
    assert "Held-out counts decided the number" in page
    assert "Other numbers were compared on held-out counts" in page
    assert KNEE not in page


@pytest.mark.parametrize(("scale", "words"), [("middle", KNEE), ("fine", "the most stable one above the knee")])
def test_the_curve_is_named_where_it_decided(given: FoundNiches, scale: str, words: str) -> None:
    curve = tuple(NumberScore(n, 0.5 + n / 100, 0.9) for n in (3, 4, 5))
    assert words in to_html(replace(given, curve=curve, options=NicheOptions(scale=scale)))
