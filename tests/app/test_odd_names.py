"""Odd names in what the command writes: the table reads back equal, and a page shows them as text."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from anndata import AnnData

Write = Callable[..., Path]
NICHES = ('it\'s "quoted", a/b; c', "<script>alert(1)</script>", "  padded 🧠  ", "=1+1 | {{ 7*7 }}")
GENES = (
    "<script>alert(2)</script>",
    "a,b",
    'q"q',
    "  padded  ",
    "NA",
    "1e5",
    "'; DROP TABLE",
    "&amp;",
    "L" * 200,
    "层",
)


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Write) -> Path:
    toy_adata.obs["region"] = toy_adata.obs["region"].cat.rename_categories(list(NICHES))
    toy_adata.obs["slice"] = "<img src=x onerror=alert(3)>"
    toy_adata.var_names = [*GENES, *toy_adata.var_names[len(GENES) :]]
    toy_adata.uns["organism"] = "<script>alert(4)</script>"
    return write_h5ad(toy_adata)


def test_markers_table_reads_back_equal(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "markers.csv"
    ran = run("markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", out)
    assert ran.code == 0, ran.err
    table = pd.read_csv(out, dtype={"gene": str, "niche": str, "slice": str}, keep_default_na=False)
    assert len(table) == 80 * 4
    assert set(table["niche"]) == set(NICHES)
    assert set(GENES) < set(table["gene"])
    assert set(table["slice"]) == {"<img src=x onerror=alert(3)>"}
    assert table.groupby(["gene", "niche"]).size().eq(1).all()


def test_report_shows_names_as_text(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    ran = run("describe", slide, "--niche-key", "region", "--top-genes", 20, "--model", tiny_model, "--out", out)
    assert ran.code == 0, ran.err
    page = out.read_text(encoding="utf-8")
    assert "<script" not in page.lower()
    pictures = re.findall(r"<img[^>]*>", page)
    assert len(pictures) > 4
    assert all('src="data:image/png' in picture for picture in pictures)
    assert "<img src=x" not in page
    for niche in NICHES:
        assert niche in html.unescape(page)


def test_ask_prints_names(run: Callable, slide: Path, tiny_model: Path) -> None:
    ran = run("ask", slide, "--niche-key", "region", "--niche", NICHES[0], "--gene", "a,b", "--model", tiny_model)
    assert ran.code == 0, ran.err
    assert f"a,b in {NICHES[0]}" in ran.out


def test_brackets_are_no_markup(toy_adata: AnnData, write_h5ad: Write, run: Callable, tiny_model: Path) -> None:
    toy_adata.var_names = ["[bold]x[/bold] [/red]", *toy_adata.var_names[1:]]
    toy_adata.obs["region"] = toy_adata.obs["region"].cat.rename_categories({"Layer 1": "[/x] [link=y]"})
    ask = ["ask", write_h5ad(toy_adata), "--niche-key", "region", "--niche", "[/x] [link=y]"]
    ran = run(*ask, "--gene", "[bold]x[/bold] [/red]", "--model", tiny_model)
    assert ran.code == 0, ran.err
    assert "[bold]x[/bold] [/red] in [/x] [link=y]" in ran.out
