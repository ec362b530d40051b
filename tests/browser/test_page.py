"""What a visitor does: ask, describe, find markers, open a slide of their own."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from anndata import AnnData

from app.web.slide_cache import SlideCache

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Write = Callable[..., Path]
VERDICTS = ("✓ supported", "✗ contradicted", "? unclear", "– uncheckable", "- not checked")


def choose(page: "Page", label: str, option: str) -> None:
    """Types into a list and takes the option, of that list alone: another one may still be closing."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    page.keyboard.type(option)
    page.locator(f"#{box.get_attribute('aria-controls')}").get_by_role("option", name=option, exact=True).click()


def chosen(page: "Page", label: str) -> str:
    return page.get_by_role("combobox", name=label, exact=True).input_value()


def open_slide(page: "Page", path: Path) -> None:
    page.locator('#upload input[type="file"], input#upload, [data-testid$="upload-button"]').first.set_input_files(path)


def status(page: "Page", text: str) -> "Locator":
    found = page.locator("#status").get_by_text(text)
    found.wait_for()
    return found


def ask(page: "Page") -> tuple[str, list[str]]:
    """Presses Ask; gives the headline and the first row of the ledger."""
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("probability of yes").wait_for()
    return page.locator(".verdict").inner_text(), first_row(page)


def first_row(page: "Page") -> list[str]:
    cells = [page.get_by_test_id(f"cell-0-{column}").locator("visible=true") for column in range(5)]
    cells[0].first.wait_for()
    return [cell.first.inner_text().strip() for cell in cells]


def test_ask_and_read_the_ledger(page: "Page") -> None:
    choose(page, "Gene", "GENE012")
    page.locator('img[alt*="GENE012"]').wait_for()
    headline, row = ask(page)
    assert re.search(r"(Yes, a marker|No, not a marker|Not sure)\s+probability of yes \d+%", headline)
    assert page.get_by_label("Answer").input_value()
    assert row[0]
    assert re.fullmatch(r"\d+%", row[1])
    assert row[2] in VERDICTS
    assert page.get_by_text("not for clinical use").is_visible()


def test_choosing_another_gene_empties_the_answer(page: "Page") -> None:
    ask(page)
    page.get_by_role("combobox", name="Gene", exact=True).click()
    page.keyboard.type("GENE003")
    page.get_by_role("option", name="GENE003", exact=True).wait_for()
    page.keyboard.press("Enter")
    page.locator('img[alt*="GENE003"]').wait_for()
    assert page.get_by_label("Answer").input_value() == ""


def test_what_is_open_is_not_opened_again_when_its_list_loses_the_focus(
    page: "Page", toy: Callable[..., AnnData], write_h5ad: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    adata = toy(donors=("D1", "D2"))
    adata.obs["cluster"] = pd.Categorical([f"c{i % 2}" for i in range(adata.n_obs)])
    open_slide(page, write_h5ad(adata))
    status(page, "S1, one of 2 slices")
    asked: list[str | None] = []
    summary = SlideCache.summary

    def noted(self: SlideCache, name: str | None = None) -> str:
        asked.append(name)
        return summary(self, name)

    monkeypatch.setattr(SlideCache, "summary", noted)
    choose(page, "Slice", "S2")
    status(page, "S2, one of 2 slices")
    choose(page, "Niche", "Layer 3")
    choose(page, "Gene", "GENE2")
    page.locator('img[alt="Expression of GENE2, Layer 3 in colour, the rest in grey"]').wait_for()
    assert asked == ["S2"]
    choose(page, "Niche column", "cluster")
    page.locator('img[alt="Map of all niches, c0 in black"]').first.wait_for()
    choose(page, "Niche", "c1")
    page.locator('img[alt="Map of all niches, c1 in black"]').first.wait_for()
    assert asked == ["S2", None]


def test_the_page_fits_a_phone_with_and_without_an_answer(page: "Page") -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ask(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_model_of_yes_and_no_is_not_asked_in_your_own_words(page: "Page") -> None:
    page.get_by_role("button", name="Ask", exact=True).wait_for()
    assert page.get_by_label("Your own question (optional)").count() == 0


def test_describe_a_niche(page: "Page") -> None:
    choose(page, "Niche", "Niche C")
    page.get_by_role("tab", name="Describe the niche").click()
    page.get_by_role("button", name="Describe", exact=True).click()
    page.locator('img[alt^="Maps of genes: A = "]').wait_for()
    assert first_row(page)[2] in VERDICTS
    described = page.get_by_label("Description").input_value()
    assert described.count("Niche C ") > 1
    panels = page.get_by_text(re.compile(r"A = GENE\d+, B = ")).first.inner_text()
    for gene in re.findall(r"GENE\d+", panels):
        assert gene in described


def test_find_markers_and_download_them(page: "Page", tmp_path: Path) -> None:
    page.get_by_role("tab", name="Find markers").click()
    page.get_by_role("spinbutton", name=re.compile("Genes to ask")).fill("20")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Find markers").click()
    page.get_by_text(re.compile(r"Niche A: \d+ markers?, .* of 20 genes")).wait_for()
    assert first_row(page)[1] in ("yes", "no", "abstain")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").or_(page.get_by_role("button", name="Download CSV")).first.click()
    download.value.save_as(tmp_path / "markers.csv")
    with (tmp_path / "markers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    assert {row["niche"] for row in rows} == {"Niche A"}


def test_open_a_slide_with_two_slices(
    page: "Page", second_page: "Page", toy: Callable[..., AnnData], write_h5ad: Write
) -> None:
    adata = toy(donors=("D1", "D2"))
    adata.obs["cluster"] = pd.Categorical([f"c{i % 2}" for i in range(adata.n_obs)])
    open_slide(page, write_h5ad(adata))
    status(page, "toy.h5ad, human: S1, one of 2 slices, 256 spots × 80 genes")
    assert chosen(page, "Niche column") == "region"
    assert chosen(page, "Slice") == "S1"
    assert chosen(page, "Niche") == "Layer 1"
    choose(page, "Slice", "S2")
    status(page, "toy.h5ad, human: S2, one of 2 slices")
    choose(page, "Niche", "Layer 3")
    choose(page, "Gene", "GENE2")
    page.locator('img[alt="Expression of GENE2, Layer 3 in colour, the rest in grey"]').wait_for()
    assert ask(page)[1][2] in VERDICTS
    choose(page, "Niche column", "cluster")
    page.locator('img[alt="Map of all niches, c0 in black"]').first.wait_for()
    assert second_page.locator("#status").inner_text().startswith("Synthetic tissue")


def test_open_a_real_slide(page: "Page", real_data: Path) -> None:
    path = real_data / "slides" / "st_mouse_olfactory_bulb.h5ad"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    open_slide(page, path)
    status(page, "262 spots × 15,928 genes")
    choose(page, "Gene", "Penk")
    page.locator('img[alt^="Expression of Penk, "]').wait_for()
    headline, row = ask(page)
    assert "probability of yes" in headline
    assert row[2] in VERDICTS


def test_a_bad_slide_is_explained_and_the_page_lives_on(
    page: "Page", bad_slide: Path, toy_adata: AnnData, write_h5ad: Write
) -> None:
    open_slide(page, bad_slide)
    page.get_by_role("alert").get_by_text("broken.h5ad").first.wait_for()
    status(page, "Not opened. broken.h5ad: ")
    del toy_adata.obsm["spatial"]
    open_slide(page, write_h5ad(toy_adata))
    status(page, "no obsm['spatial']")
    assert chosen(page, "Niche") == "Niche A"
    assert ask(page)[1][2] in VERDICTS


def test_names_from_a_file_are_never_html(page: "Page", toy_adata: AnnData, write_h5ad: Write) -> None:
    evil = "<img src=x onerror=window.hit=1>"
    toy_adata.obs["region"] = toy_adata.obs["region"].cat.rename_categories({"Layer 1": evil})
    toy_adata.var_names = [evil, *toy_adata.var_names[1:]]
    toy_adata.uns["tissue"] = evil
    open_slide(page, write_h5ad(toy_adata))
    status(page, evil)
    choose(page, "Niche", evil)
    choose(page, "Gene", evil)
    page.locator(".legend").get_by_text(f"{evil} (asked)").first.wait_for()
    ask(page)
    page.wait_for_timeout(500)
    assert page.evaluate("window.hit") is None
