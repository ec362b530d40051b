"""Differences of two niches are tested themselves: they are found where planted, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import MARKER, NOT_MARKER
from data_prep.facts.niche_differences import NicheDifferences
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides
from data_prep.synth.tissue import make_slide
from tests.two_sections import halves, with_raised


@pytest.fixture(scope="module")
def sections() -> tuple[Slide, Slide]:
    return halves(make_slide(5, n_spots=1200, n_niches=4, n_genes=80, layout="hex", pattern="layers"))


def flat_gene(slide: Slide, niche: str) -> str:
    """A gene of many counts whose fold change in a niche is near zero."""
    facts = Facts.measure(slide)
    column = slide.niche_index(niche)
    certain = np.abs(facts.markers.log2fc[:, column]) + 2 * facts.markers.error[:, column]
    return str(slide.genes[certain.argmin()])


def test_a_slide_differs_from_itself_in_nothing(sections: tuple[Slide, Slide]) -> None:
    facts = Facts.measure(sections[0])
    found = NicheDifferences.of_slides(facts, "Niche A", facts, "Niche A")
    assert (found.value == 0).all()
    assert not (found.higher == MARKER).any()
    assert not (found.lower == MARKER).any()
    assert (found.higher == NOT_MARKER).any()


def test_halves_of_the_counts_differ_in_nothing(sections: tuple[Slide, Slide]) -> None:
    a, b = (Facts.measure(slide) for slide in sections)
    for niche in a.shapes:
        found = NicheDifferences.of_slides(a, niche, b, niche)
        assert not (found.higher == MARKER).any()
        assert not (found.lower == MARKER).any()
        assert (found.value / found.error).std() < 1.1


@pytest.mark.parametrize(("fold", "side"), [(6.0, "higher"), (1 / 6, "lower")])
def test_a_planted_change_is_found_with_its_direction(sections: tuple[Slide, Slide], fold: float, side: str) -> None:
    gene = flat_gene(sections[1], "Niche B")
    changed = with_raised(sections[1], gene, "Niche B", fold)
    found = NicheDifferences.of_slides(Facts.measure(sections[0]), "Niche B", Facts.measure(changed), "Niche B")
    row = found.row(gene)
    assert getattr(found, side)[row] == MARKER
    assert found.of(gene).value == pytest.approx(np.log2(fold), abs=3 * found.of(gene).error)
    others = np.delete(np.arange(len(found.genes)), row)
    assert not (found.higher[others] == MARKER).any()
    assert not (found.lower[others] == MARKER).any()


def test_significant_here_and_not_there_is_no_difference(sections: tuple[Slide, Slide]) -> None:
    """A marker of one section that is none in a thinner one is no marker lost."""
    first, second = sections
    thin_slide = halves(halves(halves(second)[0])[0])[0]
    a, b = Facts.measure(first), Facts.measure(thin_slide)
    n_not_significant = 0
    for niche in a.shapes:
        found, column = NicheDifferences.of_slides(a, niche, b, niche), a.slide.niche_index(niche)
        genes = [b.slide.gene_index(gene) for gene in found.genes]
        was, now = (facts.markers.label[genes, column] == MARKER for facts in (a, b))
        n_not_significant += int((was & ~now).sum())
        assert not (found.lower[was & ~now] == MARKER).any()
    assert n_not_significant > 5


def test_two_niches_of_a_slide_are_turned_with_their_order(sections: tuple[Slide, Slide]) -> None:
    facts = Facts.measure(sections[0])
    one, other = (
        NicheDifferences.of_niches(facts, *names) for names in (("Niche A", "Niche C"), ("Niche C", "Niche A"))
    )
    np.testing.assert_allclose(one.value, -other.value)
    np.testing.assert_allclose(one.error, other.error)
    np.testing.assert_array_equal(one.higher, other.lower)
    assert (one.higher == MARKER).any()


def test_of_two_niches_only_their_own_spots_count(sections: tuple[Slide, Slide]) -> None:
    """The fold changes over the rest hold the other niches; the contrast does not."""
    slide = sections[0]
    gene = flat_gene(slide, "Niche A")
    raised = with_raised(slide, gene, "Niche D", 20.0)
    before, after = (NicheDifferences.of_niches(Facts.measure(s), "Niche A", "Niche B") for s in (slide, raised))
    assert after.of(gene).value == pytest.approx(before.of(gene).value, abs=0.02)


def test_what_cannot_be_compared_is_refused(sections: tuple[Slide, Slide]) -> None:
    facts = Facts.measure(sections[0])
    with pytest.raises(NicheLensError, match="'Niche A' is compared with itself"):
        NicheDifferences.of_niches(facts, "Niche A", "Niche A")
    with pytest.raises(NicheLensError, match="no niche 'Niche Z'"):
        NicheDifferences.of_slides(facts, "Niche A", facts, "Niche Z")
    with pytest.raises(NicheLensError, match="no gene 'NOPE' among the 80 genes"):
        NicheDifferences.of_niches(facts, "Niche A", "Niche B").of("NOPE")


def test_serial_sections_are_mostly_unchanged(real_data: Path) -> None:
    reading = ReadOptions(niche_keys=("region",), slices=("151673", "151675"))
    slides = load_slides([real_data / "slides" / "dlpfc_visium_3slices.h5ad"], reading)
    a, b = map(Facts.measure, slides)
    changed, n = 0, 0
    for niche in a.shapes:
        found = NicheDifferences.of_slides(a, niche, b, niche)
        changed += int(((found.higher == MARKER) | (found.lower == MARKER)).sum())
        n += len(found.genes)
    assert n == 7 * 7363
    assert changed < 0.0005 * n
