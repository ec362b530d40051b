"""Facts of real slides: textbook markers and layers, and depth that is not taken for biology."""

from pathlib import Path

from data_prep.facts.facts import Facts
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides


def test_textbook_markers_of_white_matter(real_data: Path) -> None:
    (slide,) = read_slides(real_data / "slides" / "dlpfc_visium_151674.h5ad", ReadOptions(("region",)))
    facts = Facts.measure(slide)
    for gene in ("MBP", "PLP1"):
        assert facts.markers.label[slide.gene_index(gene), slide.niche_index("WM")] == 1
    assert facts.shapes["L1"].form == "band"
    assert max(facts.shapes["L2"].contacts, key=facts.shapes["L2"].contacts.get) in ("L1", "L3")


def test_depth_is_not_biology_in_section_b1(real_data: Path) -> None:
    slides = {
        s.meta.slice: s
        for s in read_slides(real_data / "slides" / "her2st_breast_6donors.h5ad", ReadOptions(("region",)))
    }
    facts = Facts.measure(slides["B1"])
    cancer = facts.slide.niche_index("invasive cancer")
    assert facts.markers.depth_ratio[cancer] > 5
    assert (facts.markers.label[:, cancer] == 1).sum() < 0.02 * facts.slide.n_genes
