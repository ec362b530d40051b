"""`nichelens demo` serves the page, on the slide that is named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from anndata import AnnData


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What would be served: the page is built and not launched."""
    from app.web import page

    served: dict[str, Any] = {}

    def build_demo(engine: object, opened: object) -> str:
        served["opened"] = opened
        return "page"

    monkeypatch.setattr(page, "build_demo", build_demo)
    monkeypatch.setattr(page, "launch", lambda demo, **address: served.update(address, demo=demo))
    monkeypatch.setattr(page, "check_port", lambda *_: None)
    return served


def test_a_named_slide_is_opened_with_its_niche_column(
    run: Callable, served: dict[str, Any], toy_adata: AnnData, write_h5ad: Callable[..., Path], tiny_model: Path
) -> None:
    toy_adata.obs["cluster"] = pd.Categorical([f"c{i % 3}" for i in range(toy_adata.n_obs)])
    slide = write_h5ad(toy_adata)
    ran = run("demo", slide, "--niche-key", "leiden", "--niche-key", "cluster", "--model", tiny_model, "--port", 8123)
    assert ran.code == 0, ran.err
    assert served["opened"].niche_key == "cluster"
    assert (served["host"], served["port"], served["demo"]) == ("127.0.0.1", 8123, "page")


def test_without_a_slide_the_page_chooses(run: Callable, served: dict[str, Any], tiny_model: Path) -> None:
    assert run("demo", "--model", tiny_model).code == 0
    assert served["opened"] is None
