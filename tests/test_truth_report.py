"""The report on the marker rule: its tables say what they are named after."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from data_prep.facts.marker_rule import MARKER, NOT_MARKER
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide
from tests.script_file import load_script

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def report() -> ModuleType:
    return load_script("docs/truth_report.py")


@pytest.fixture(scope="module")
def slides() -> list[Slide]:
    """Two sections of one donor: the same tissue with the counts of even and of odd spots."""
    slide = make_slide(5, n_spots=1200, n_niches=3, n_genes=120, layout="hex", pattern="layers")
    niches = ("L1", "L2", "WM")
    halves = [np.arange(part, slide.n_spots, 2) for part in (0, 1)]
    return [
        replace(
            slide,
            counts=slide.counts[half].tocsc(),
            xy=slide.xy[half],
            niche=slide.niche[half],
            niches=niches,
            meta=replace(slide.meta, slice=f"S{part}", donor="D"),
        )
        for part, half in enumerate(halves)
    ]


def test_the_same_tissue_replicates(report: ModuleType, slides: list[Slide]) -> None:
    sections = [report._measure(slide) for slide in slides]
    one, other, *cells = report.replication_row(*sections)
    assert (one, other) == ("S0", "S1")
    markers, both, refused, _ = (float(cell.split()[0]) for cell in cells)
    assert markers == (sections[0].markers.label == MARKER).sum() > 10
    assert both > 60
    assert refused < 5


def test_sections_that_share_too_little_are_not_compared(report: ModuleType, slides: list[Slide]) -> None:
    sections = [report._measure(slide) for slide in slides]
    other = replace(sections[1], slide=replace(slides[1], niches=("a", "b", "WM")))
    assert report.replication_row(sections[0], other) == []


def test_textbook_markers_are_looked_up_in_their_niches(
    report: ModuleType, slides: list[Slide], monkeypatch: pytest.MonkeyPatch
) -> None:
    section = report._measure(slides[0])
    label = section.markers.label
    found = str(slides[0].genes[np.flatnonzero(label[:, 2] == MARKER)[0]])
    missed = str(slides[0].genes[np.flatnonzero((label[:, 0] == NOT_MARKER) & (label[:, 2] != MARKER))[0]])
    monkeypatch.setattr(report, "TEXTBOOK", {"toy": {found: ("WM",), missed: ("L1",), "NONE": ("L2",)}})
    ours, _ = report.textbook_rows(section)
    assert ours == ["S0", "rule", "1", "0", "1", "1", missed]


def test_permuted_labels_give_no_markers(report: ModuleType, slides: list[Slide]) -> None:
    name, permuted, *_ = report.made_up_row(slides[0])
    assert name == "S0"
    assert permuted.startswith("0 (")
    assert permuted.endswith("of 360")


def test_wilcoxons_labels_survive_depth(report: ModuleType, slides: list[Slide]) -> None:
    """A niche of five times the depth has no markers from depth alone, by the plain rule either."""
    from data_prep.facts.labelled_tissue import LabelledTissue

    counts = np.random.default_rng(0).poisson(np.where(slides[0].niche == 0, 5.0, 1.0)[:, None], (600, 120))
    label = report.wilcoxon_labels(LabelledTissue.of(slides[0].with_counts(counts)))
    assert not (label == MARKER).any()


def test_tables_replace_tables(report: ModuleType) -> None:
    page = f"before\n{report.BEGIN}\n\nold\n\n{report.END}\nafter"
    assert report.insert_tables(page, r"new \1") == f"before\n{report.BEGIN}\n\nnew \\1\n\n{report.END}\nafter"


def test_the_page_has_tables(report: ModuleType) -> None:
    page = (DOCS / "truth.md").read_text(encoding="utf-8")
    tables = page[page.index(report.BEGIN) : page.index(report.END)]
    for title in ("Replication over sections of one donor", "Textbook markers", "Niches that do not exist"):
        assert f"### {title}" in tables
