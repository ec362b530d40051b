"""Fixtures of the API's tests: a small model, two slices, and answers about them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import nichelens
from nichelens import Slides

if TYPE_CHECKING:
    from anndata import AnnData

    from inference.engine.engine import Engine

GENES = ["GENE0", "GENE1", "GENE7"]


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> "Engine":
    return nichelens.load_engine(tiny_model)


@pytest.fixture
def prose(engine: "Engine", monkeypatch: pytest.MonkeyPatch) -> "Engine":
    """The same model, as if it had learnt to write."""
    monkeypatch.setattr(engine, "writes_prose", True)
    return engine


@pytest.fixture(scope="module")
def adata(toy: Callable[..., "AnnData"]) -> "AnnData":
    """Two slices of 256 spots, 80 genes, four niches."""
    return toy(donors=("D1", "D2"))


@pytest.fixture(scope="module")
def slide(adata: "AnnData") -> Slides:
    return nichelens.read(adata, niche_key="region")


@pytest.fixture(scope="module")
def table(slide: Slides, engine: "Engine") -> pd.DataFrame:
    """The answers about three genes in both slices."""
    return nichelens.screen(slide, GENES, engine=engine)


@pytest.fixture(scope="module")
def slide_file(adata: "AnnData", tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("slides") / "toy.h5ad"
    adata.write_h5ad(path)
    return path


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a `nichelens` command in this process and returns its stdout."""

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["nichelens", *map(str, arguments)])
        capsys.readouterr()
        assert nichelens.main() == 0
        return capsys.readouterr().out

    return run
