"""What is known of real slides is said of them."""

import re
from pathlib import Path

import pytest

from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides
from inference.answers.quality.load_for_check import load_for_check
from inference.answers.quality.quality_report import QualityReport


def test_the_deep_tumour_of_a_breast_section_is_named_with_what_it_would_fake(real_data: Path) -> None:
    options = ReadOptions(("region",), slices=("B1",), drop_small_niches=True)
    (slide,) = load_slides([real_data / "slides" / "her2st_breast_6donors.h5ad"], options)
    report = QualityReport.of(slide)
    (deepest, *_) = report.check.uneven
    assert deepest.niche == "invasive cancer"
    assert deepest.ratio > 5
    assert deepest.n_without_depth > 20 * deepest.n_markers > 0
    assert any(sentence.startswith("invasive cancer has 9.4 times the counts") for sentence in report.verdict)


@pytest.mark.slow
def test_a_bead_array_is_too_sparse_and_a_panel_is_not(real_data: Path) -> None:
    told = {}
    for name in ("slideseq_mouse_cerebellum", "starmap_mouse_visual_cortex"):
        (slide,) = load_for_check(real_data / "slides" / f"{name}.h5ad", ReadOptions())
        told[name] = QualityReport.of(slide)
    beads, panel = told.values()
    assert beads.verdict[0].startswith("The counts are too few for questions about most single genes: 10,000 spots")
    assert any(re.search(r"Mitochondrial genes \(24\) have a median of 16%", note.words) for note in beads.notes)
    assert panel.verdict[0].startswith("The counts are deep enough for")
