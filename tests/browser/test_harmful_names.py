"""Names that are HTML and JavaScript, in every field of a file that has names, are shown as text and never run."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from anndata import AnnData

from tests.browser.visitor import ask, drawn, niches, open_slide, spot_of, type_gene

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


def harm(number: int) -> str:
    """Runs where it gets into the page: as an element, out of an attribute, or out of a script."""
    run = f"window.harmed={number}"
    return f'{number}"\'></script></style></textarea><img src=x onerror="{run}">${{{run}}}'


@pytest.fixture
def harmful(toy_adata: AnnData, tmp_path: Path) -> Path:
    adata = toy_adata
    column = harm(1).replace("/", "")  # HDF5 splits names at slashes
    adata.obs[column] = adata.obs.pop("region").cat.rename_categories(
        {f"Layer {number}": harm(10 + number) for number in range(1, 5)}
    )
    adata.obs["cell_type"] = pd.Categorical([harm(20), harm(21)] * (adata.n_obs // 2))
    slices = [harm(3)] * (adata.n_obs - 60) + [harm(4)] * 60
    adata.obs["slice"], adata.obs["donor"] = slices, slices
    adata.var_names = [harm(100 + number) for number in range(20)] + list(adata.var_names[20:])
    adata.uns.update({key: harm(30) for key in ("organism", "tissue", "technology")})
    path = tmp_path / f"{harm(5).replace('/', '')}.h5ad"
    adata.write_h5ad(path)
    return path


@pytest.mark.slow
def test_names_are_shown_as_text_and_never_run(page: "Page", harmful: Path) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    open_slide(page, harmful)
    page.wait_for_function("document.querySelector('#slide-name')?.innerText.includes('onerror')")
    assert "<img src=x" in page.locator("#status").inner_text()

    shown = niches(page)
    assert all("<img src=x" in name for name in shown)
    gene = harm(101)
    type_gene(page, gene)
    drawn(page, gene=gene)
    page.locator("#tissue-map .map-plot").scroll_into_view_if_needed()
    page.mouse.move(*spot_of(page, shown[0]))
    page.locator("#tissue-map .map-tip").get_by_text("<img src=x").first.wait_for()
    page.locator(".map-legend button").last.click()
    drawn(page, niche=shown[-1])
    ask(page)
    type_gene(page, harm(999))  # not on the slide
    page.get_by_text("This slide has no gene").wait_for()

    for tab, act in ACTS.items():
        page.get_by_role("tab", name=tab).click()
        act(page)
    page.reload()
    page.locator("#tissue-map [data-drawn]").wait_for()
    assert page.evaluate("window.harmed") is None
    assert page.locator("img[src=x]").count() == 0
    assert dialogs == []


def describe(page: "Page") -> None:
    page.get_by_role("button", name="Describe the niche").or_(page.get_by_role("button", name="Describe")).first.click()
    page.get_by_role("tabpanel").locator("visible=true").locator("ul.ledger li").first.wait_for()


def compare(page: "Page") -> None:
    type_gene(page, harm(102), "Add a gene to compare")
    page.locator("#genes-view [data-genes]").first.wait_for()


def find_markers(page: "Page") -> None:
    page.get_by_label("Most variable genes").fill("30")
    page.get_by_role("button", name="Find markers").click()
    page.locator("#markers tbody tr").first.wait_for()
    assert "<img src=x" in page.locator("#markers").inner_text()


ACTS: dict[str, Callable[["Page"], None]] = {"Describe": describe, "Compare": compare, "Markers": find_markers}
