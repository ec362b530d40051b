"""`nichelens describe` writes one page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData

Write = Callable[..., Path]


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Write) -> Path:
    return write_h5ad(toy_adata)


def test_describe_writes_one_page(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    ran = run("describe", slide, "--niche-key", "region", "--model", tiny_model, "--out", out, "--top-genes", 8)
    assert ran.code == 0
    assert "4 niches" in ran.out
    page = out.read_text()
    assert page.lower().lstrip().startswith("<!doctype html>")
    assert "Layer 4" in page
