"""Niche query: the same niche is found on another slide, and a niche that is not there is flagged."""

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.niche_matching import similarity
from data_prep.facts.niche_query import REGION, REST, like_spots, where_else, with_region
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.two_sections import halves, without


@pytest.fixture(scope="module")
def sections() -> tuple[Slide, Slide]:
    return halves(make_slide(3, n_spots=900, n_niches=4, n_genes=60, layout="hex", pattern="layers"))


@pytest.fixture(scope="module")
def facts(sections: tuple[Slide, Slide]) -> tuple[Facts, ...]:
    return tuple(map(Facts.measure, sections))


def test_a_niche_is_found_on_the_other_slide(facts: tuple[Facts, ...]) -> None:
    alike = similarity(*facts)
    for row, niche in enumerate(facts[0].shapes):
        (answer,) = where_else(facts[0], niche, facts[1:])
        assert (answer.slide, answer.match.best, answer.match.is_match) == (facts[1].slide.name, niche, True)
        scores = [found.score for found in answer.niches]
        assert scores == sorted(scores, reverse=True)
        assert answer.niches[0].score == alike.score[row].max()
        assert answer.niches[0].score_error == answer.match.score_error


def test_a_niche_that_is_not_there_is_flagged(facts: tuple[Facts, ...]) -> None:
    other = Facts.measure(without(facts[1].slide, "Niche B"))
    (answer,) = where_else(facts[0], "Niche B", [other])
    assert not answer.match.is_match
    assert answer.match.reason


def test_a_picked_region_is_found_by_its_markers(sections: tuple[Slide, Slide], facts: tuple[Facts, ...]) -> None:
    inside = np.flatnonzero(sections[0].spots_of("Niche C"))
    picked = np.zeros(sections[0].n_spots, bool)
    picked[inside[: len(inside) * 2 // 3]] = True
    slide = with_region(sections[0], picked)
    assert slide.niches == (REGION, REST)
    assert (slide.niche[sections[0].niche < 0] == -1).all()
    region = Facts.measure(slide)
    (answer,) = where_else(region, REGION, facts[1:])
    assert answer.niches[0].niche == "Niche C"
    assert answer.niches[0].score == answer.niches[0].markers
    (score,) = like_spots(region, REGION, [sections[1]])
    top = np.argsort(-score)[:40]
    assert sections[1].spots_of("Niche C")[top].mean() > 0.8


def test_what_cannot_be_asked_is_refused(sections: tuple[Slide, Slide], facts: tuple[Facts, ...]) -> None:
    with pytest.raises(NicheLensError, match="no niche 'Niche X'"):
        where_else(facts[0], "Niche X", facts[1:])
    with pytest.raises(NicheLensError, match="no other slide to look in"):
        where_else(facts[0], "Niche A", [])
    few = np.zeros(sections[0].n_spots, bool)
    few[:9] = True
    with pytest.raises(NicheLensError, match="the picked region has 9 spots"):
        with_region(sections[0], few)
    with pytest.raises(NicheLensError, match="the rest of the tissue has 0 spots"):
        with_region(sections[0], np.ones(sections[0].n_spots, bool))
