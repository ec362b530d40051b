"""`nichelens.card`: one gene in one niche on a page that notebooks display and that can be saved."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nichelens
from nichelens import NicheLensError, Slides
from tests.oracle import Oracle

if TYPE_CHECKING:
    from anndata import AnnData


@pytest.fixture(scope="module")
def slide(toy: Callable[..., "AnnData"]) -> Slides:
    """Two slices of 24 genes."""
    return nichelens.read(toy(donors=("D1", "D2"), n_genes=24), "region")


@pytest.fixture(scope="module")
def oracle(slide: Slides) -> Oracle:
    return Oracle(slide["S2"].facts(128)[0])


def test_a_card_tells_the_rank_among_the_genes_that_were_asked(slide: Slides, oracle: Oracle, tmp_path: Path) -> None:
    part = slide["S2"]
    alone = nichelens.card(part, "GENE1", "Layer 2", oracle)
    assert str(alone) == "S2: GENE1 in Layer 2"
    assert "1 of 1 genes asked" in alone.writers[".html"]
    table = nichelens.screen(part, engine=oracle)
    row = table[(table.gene == "GENE1") & (table.niche == "Layer 2")].iloc[0]
    page = nichelens.card(part, "GENE1", "Layer 2", oracle, table=table).save(tmp_path / "card.html")
    assert f"{row['rank']} of 24 genes asked" in page.read_text(encoding="utf-8")
    assert "<iframe sandbox srcdoc=" in alone._repr_html_()


def test_a_card_of_what_is_not_there_is_refused(slide: Slides, oracle: Oracle) -> None:
    for gene, niche, message in (("GENE99", "Layer 1", "no gene 'GENE99'"), ("GENE1", "Layer 9", "no niche 'Layer 9'")):
        with pytest.raises(NicheLensError, match=message):
            nichelens.card(slide["S2"], gene, niche, oracle)
    with pytest.raises(NicheLensError, match="2 slices have the niche 'Layer 1'"):
        nichelens.card(slide, "GENE1", "Layer 1", oracle)
