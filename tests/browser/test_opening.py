"""Opening slides, and coming back to them: uploads, columns, slices, links, reload and back."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pandas as pd
import pytest
from anndata import AnnData

from tests.browser.visitor import ask, choose, chosen, drawn, legend, niches, open_slide, status, type_gene

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Write = Callable[..., Path]


@pytest.fixture
def two_slices(toy: Callable[..., AnnData], write_h5ad: Write) -> Path:
    adata = toy(donors=("D1", "D2"))
    adata.obs["cluster"] = pd.Categorical([f"c{i % 2}" for i in range(adata.n_obs)])
    return write_h5ad(adata)


def test_open_a_slide_with_two_slices(page: "Page", second_page: "Page", two_slices: Path) -> None:
    open_slide(page, two_slices)
    status(page, "S1, one of 2 slices, 256 spots × 80 genes")
    assert page.locator("#slide-name").inner_text() == "toy.h5ad"
    assert chosen(page, "Niche column") == "region"
    assert chosen(page, "Slice") == "S1"
    assert chosen(page, "Niche") == "Layer 1"
    choose(page, "Slice", "S2")
    status(page, "S2, one of 2 slices")
    choose(page, "Niche", "Layer 3")
    drawn(page, niche="Layer 3")
    type_gene(page, "GENE2")
    drawn(page, niche="Layer 3", gene="GENE2")
    assert ask(page)[1]
    choose(page, "Niche column", "cluster")
    drawn(page, niche="c0")
    legend(page, "c1").wait_for()
    page.get_by_role("tab", name="Compare", exact=True).click()
    page.locator("#genes-view [data-genes]").wait_for()  # the tab was closed until now
    assert second_page.locator("#slide-name").inner_text().startswith("Synthetic tissue")


def test_what_is_open_is_not_opened_again_when_its_list_loses_the_focus(page: "Page", two_slices: Path) -> None:
    open_slide(page, two_slices)
    status(page, "S1, one of 2 slices")
    choose(page, "Slice", "S2")
    status(page, "S2, one of 2 slices")
    choose(page, "Niche", "Layer 3")
    drawn(page, niche="Layer 3")
    page.get_by_role("combobox", name="Slice", exact=True).click()
    page.get_by_role("combobox", name="Gene", exact=True).click()
    page.wait_for_timeout(500)
    assert chosen(page, "Niche") == "Layer 3"
    drawn(page, niche="Layer 3")


def test_a_bad_slide_is_explained_and_the_page_still_names_the_open_one(
    page: "Page", bad_slide: Path, toy_adata: AnnData, write_h5ad: Write
) -> None:
    name, niche = page.locator("#slide-name").inner_text(), chosen(page, "Niche")
    open_slide(page, bad_slide)
    status(page, "Not opened. broken.h5ad: ")
    assert page.locator("#slide-name").inner_text() == name
    assert chosen(page, "Niche") == niche
    assert ask(page)[1]


def test_names_from_a_file_are_never_html(page: "Page", toy_adata: AnnData, write_h5ad: Write) -> None:
    evil = "<img src=x onerror=window.hit=1>"
    toy_adata.obs["region"] = toy_adata.obs["region"].cat.rename_categories({"Layer 1": evil})
    toy_adata.var_names = [evil, *toy_adata.var_names[1:]]
    toy_adata.uns["tissue"] = evil
    open_slide(page, write_h5ad(toy_adata))
    status(page, evil)
    legend(page, evil).click()
    type_gene(page, evil)
    drawn(page, niche=evil, gene=evil)
    ask(page)
    page.get_by_role("tab", name="Compare").click()
    page.locator("#genes-view [data-genes]").wait_for()
    page.get_by_role("button", name="Violins").click()
    page.wait_for_timeout(500)
    assert page.evaluate("window.hit") is None
    assert page.locator("img[src=x]").count() == 0


def test_reload_and_back_keep_the_choice(page: "Page") -> None:
    first, second = niches(page)[:2]
    legend(page, second).click()
    drawn(page, niche=second)
    type_gene(page, "GENE012")
    drawn(page, gene="GENE012")
    page.get_by_role("tab", name="Markers").click()
    page.wait_for_function("location.search.includes('tab=markers')")
    page.reload()
    drawn(page, niche=second, gene="GENE012")
    page.get_by_role("button", name="Find markers").wait_for()
    assert chosen(page, "Niche") == second
    assert chosen(page, "Gene") == "GENE012"
    page.go_back()
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    page.go_back()
    page.wait_for_function("document.querySelector('.gene-box input').value !== 'GENE012'")
    assert chosen(page, "Niche") == second
    page.go_back()
    drawn(page, niche=first)
    page.go_forward()
    drawn(page, niche=second)


def test_a_link_opens_what_it_names(page: "Page", address: str) -> None:
    niche = niches(page)[3]
    page.goto(f"{address}?{urlencode({'slide': 'synthetic', 'niche': niche, 'gene': 'GENE020', 'tab': 'niche'})}")
    drawn(page, niche=niche, gene="GENE020")
    page.get_by_role("button", name="Describe", exact=True).wait_for()


def test_a_link_to_an_upload_says_that_it_is_not_shared(page: "Page", address: str, two_slices: Path) -> None:
    open_slide(page, two_slices)
    status(page, "S1, one of 2 slices")
    page.wait_for_function("location.search.includes('slide=upload')")
    page.reload()
    status(page, "uploads are not shared")
    assert page.locator("#slide-name").inner_text().startswith("Synthetic tissue")
    assert "Layer" not in niches(page)[0]


def test_open_a_real_slide(page: "Page", real_data: Path) -> None:
    path = real_data / "slides" / "st_mouse_olfactory_bulb.h5ad"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    open_slide(page, path)
    status(page, "262 spots × 15,928 genes")
    type_gene(page, "penk")
    drawn(page, gene="Penk")
    headline, marks = ask(page)
    assert "Penk in " in headline
    assert marks


def test_a_slide_without_labels_is_clustered(page: "Page", toy_adata: AnnData, write_h5ad: Write) -> None:
    del toy_adata.obs["region"]
    open_slide(page, write_h5ad(toy_adata))
    status(page, "256 spots × 80 genes")
    assert not any(name.startswith("Layer") for name in niches(page))
    assert chosen(page, "Niche") == niches(page)[0]
    assert ask(page)[1]


def test_another_number_of_niches_is_looked_for_and_the_confidence_is_shown(
    page: "Page", toy_adata: AnnData, write_h5ad: Write
) -> None:
    assert page.get_by_role("button", name="Confidence", exact=True).count() == 0
    del toy_adata.obs["region"]
    open_slide(page, write_h5ad(toy_adata))
    status(page, "256 spots × 80 genes")
    page.get_by_role("button", name="niches? Find another number").click()
    page.locator("#niche-why svg.curve").wait_for()
    assert chosen(page, "Number of niches") == "found automatically"
    page.get_by_role("button", name="Confidence", exact=True).click()
    drawn(page, mode="confidence")
    assert "share of the partitions" in page.locator(".map-key").inner_text()
    choose(page, "Number of niches", "3")
    page.get_by_role("button", name="Why 3 niches?").wait_for()
    assert len(niches(page)) == 3
    assert "was given" in page.locator("#niche-why").inner_text()
    page.wait_for_function("location.search.includes('clustering%3A+3')")
    page.get_by_role("button", name="Open the synthetic tissue").click()
    page.get_by_text("Synthetic tissue with known niches").first.wait_for()
    page.locator("#niche-why svg").wait_for(state="detached")
    assert page.get_by_role("button", name="Confidence", exact=True).count() == 0


def test_the_synthetic_tissue_is_one_click_away(page: "Page", two_slices: Path) -> None:
    open_slide(page, two_slices)
    status(page, "S1, one of 2 slices")
    page.get_by_role("button", name="Open the synthetic tissue").click()
    page.get_by_text("Synthetic tissue with known niches").first.wait_for()
    page.wait_for_function("location.search.includes('slide=synthetic')")
