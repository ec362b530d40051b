"""The report on vectors scores what it says it scores."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from inference.engine.load_engine import load_engine
from inference.engine.local import LocalEngine
from tests.script_file import load_script
from tests.two_sections import halves

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def report() -> ModuleType:
    sys.path.insert(0, str(DOCS))  # where Python looks when it runs the script
    try:
        return load_script("docs/embedding_report.py")
    finally:
        sys.path.remove(str(DOCS))


@pytest.fixture(scope="module")
def scores(report: ModuleType) -> ModuleType:
    return sys.modules["gene_vector_scores"]


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    return load_engine(None)


@pytest.fixture(scope="module")
def sections() -> tuple[Slide, Slide]:
    return halves(make_slide(3, n_spots=900, n_niches=4, n_genes=60, layout="hex", pattern="layers"))


@pytest.fixture(scope="module")
def facts(sections: tuple[Slide, Slide]) -> list[Facts]:
    return list(map(Facts.measure, sections))


def test_pairs_are_scored_by_the_other_half_of_the_counts(
    scores: ModuleType, sections: tuple[Slide, Slide], engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "N_GENES", 40)
    monkeypatch.setattr(scores, "DEPTHS", (0.5,))
    found, n_pairs, n_yes = scores.pair_scores(sections[0], sections[0], engine)
    assert n_pairs > n_yes >= scores.FEWEST_PAIRS
    assert found["pooled maps", scores.WAYS[0]][0] > 0.95
    assert found["gene vectors", scores.WAYS[0]][0] > 0.95
    assert set(found) == {(name, scores.WAYS[0]) for name in scores.PLAIN_PAIRS} | {
        (name, way) for name in scores.TOWER for way in scores.WAYS
    }
    monkeypatch.setattr(scores, "FEWEST_PAIRS", 10_000)
    assert scores.pair_scores(sections[0], sections[0], engine) is None


def test_a_gene_finds_itself_among_genes_that_differ(
    scores: ModuleType, sections: tuple[Slide, Slide], engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "N_SAME", 12)
    whole, thinned = scores.same_rows("name", [sections[0], sections[0]], engine)
    assert whole[:3] == ["name", "100%", "12"]
    assert set(whole[3:]) == {"100% / 100%"}
    assert thinned[1] == "10%"


def test_niches_and_spots_are_scored_by_their_labels(
    report: ModuleType, facts: list[Facts], engine: LocalEngine
) -> None:
    name, n, *cells = report.niche_row("name", facts, engine)
    assert (name, n, len(cells)) == ("name", "8", len(report.NICHES))
    assert cells[:4] == ["100%"] * 4
    name, n, *queries = report.query_row("name", facts)
    assert (name, n, len(queries)) == ("name", "8", 4)
    assert all(float(cell) > 0.9 for cell in queries[:2])


def test_a_niche_that_was_left_out_is_new(report: ModuleType, facts: list[Facts]) -> None:
    row = report.novelty_row("name", facts)
    assert row[:5] == ["name", "8", "8", "0%", "100%"]
    assert [float(cell) for cell in row[5:]] == [pytest.approx(1.0, abs=0.1)] * len(report.NOVELTY)


def test_tables_go_between_their_marks(report: ModuleType) -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert page.count(report.BEGIN) == page.count(report.END) == 1
    assert f"{report.BEGIN}\n\n| new |\n\n{report.END}" in report.insert_tables(page, "| new |")
    assert np.isnan(sys.modules["gene_vector_scores"].auroc(np.ones(3), np.arange(3)))
