"""The report on matching and comparisons scores what it says it scores."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.oracle import Answering
from tests.script_file import load_script
from tests.two_sections import halves


@pytest.fixture(scope="module")
def report() -> ModuleType:
    return load_script("docs/across_report.py")


@pytest.fixture(scope="module")
def sections() -> tuple[Slide, Slide]:
    return halves(make_slide(3, n_spots=900, n_niches=4, n_genes=60, layout="hex", pattern="layers"))


def test_matching_is_scored_by_the_labels(report: ModuleType, sections: tuple[Slide, Slide]) -> None:
    a, b = map(Facts.measure, sections)
    assert report.matching_row("name", [a, b]) == ["name", "8", "100%", "100%", "100%", "8", "0", "0"]
    first, second, *others = b.slide.niches
    swapped = Facts.measure(replace(b.slide, niches=(second, first, *others)))
    row = report.matching_row("name", [a, swapped])
    assert (row[1], row[2], row[5:]) == ("8", "50%", ["4", "4", "0"])


def test_a_niche_that_was_cut_out_is_counted(report: ModuleType, sections: tuple[Slide, Slide]) -> None:
    assert report.removed_row("name", list(map(Facts.measure, sections))) == ["name", "8", "0", "24", "0"]
    smaller = report.cut_out(sections[0], "Niche B")
    assert "Niche B" not in smaller.niches
    assert smaller.n_spots == int((~sections[0].spots_of("Niche B")).sum())


def test_halves_share_the_counts(report: ModuleType, sections: tuple[Slide, Slide]) -> None:
    a, b = report.halves(sections[0])
    assert (a.slide.counts + b.slide.counts != sections[0].counts).nnz == 0
    assert report.changes_row("name", [(a, b)], Answering(lambda claim: 0.0))[2:6] == ["0", "0", "0", "0"]


def test_planted_changes_are_scored_by_gene_and_direction(report: ModuleType) -> None:
    slide = make_slide(3, n_spots=900, n_niches=3, n_genes=60, layout="hex", pattern="layers")
    planted = report.choose_genes(Facts.measure(slide), "Niche A")
    assert set(planted.values()) == {"gained", "lost"}
    gene = next(gene for gene, change in planted.items() if change == "gained")
    inside, column = slide.spots_of("Niche A"), slide.gene_index(gene)
    before, after = (
        np.asarray(one.counts[:, [column]].todense()).ravel()
        for one in (slide, report.plant(slide, gene, "Niche A", 8.0))
    )
    assert after[inside].sum() == pytest.approx(8 * before[inside].sum(), rel=0.2)
    np.testing.assert_array_equal(before[~inside], after[~inside])
    row = report.planted_row("name", [slide], Answering(lambda claim: 0.0))
    n_planted, asked, said, ticked, wrong, by_counts, others = map(int, row[1:])
    assert n_planted >= asked >= by_counts > 0.5 * n_planted
    assert (said, ticked, wrong, others) == (0, 0, 0, 0)


def test_tables_go_between_their_marks(report: ModuleType) -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert page.count(report.BEGIN) == page.count(report.END) == 1
    other = report.insert_tables(page, "| new |")
    assert f"{report.BEGIN}\n\n| new |\n\n{report.END}" in other
