"""Words find textbook niches of a real slide, at once after the first search."""

from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.known.search.word_search import find_niches_by_words
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides

FILES = ("panglaodb_markers.tsv", "gene_table_mouse.tsv.gz", "hallmark_v7.0.gmt", "homologeneData2_human_mouse.tsv")


@pytest.fixture(scope="module")
def cortex(real_data: Path) -> Facts:
    """STARmap slide of the visual cortex, with layers, the corpus callosum and hippocampus."""
    (slide,) = load_slides([real_data / "slides" / "starmap_mouse_visual_cortex.h5ad"], ReadOptions(("region",)))
    return Facts.measure(with_knowledge(slide, read_knowledge([real_data / "knowledge" / file for file in FILES])))


@pytest.mark.parametrize(
    ("phrase", "niche"),
    [("myelin of the white matter", "cc"), ("oligodendrocytes", "cc"), ("astrocytes in the outermost layer", "L1")],
)
def test_textbook_niches_are_found(cortex: Facts, phrase: str, niche: str) -> None:
    found = find_niches_by_words([cortex], phrase)
    assert found.niches[0].niche == niche
    assert "(sha256 " in found.niches[0].why


def test_nonsense_is_refused(cortex: Facts) -> None:
    with pytest.raises(NicheLensError, match="'elephants'"):
        find_niches_by_words([cortex], "purple elephants on mars")
