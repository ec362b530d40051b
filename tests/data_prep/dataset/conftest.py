"""Three toy slides and the dataset that is built from them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import datasets
import pandas as pd
import pytest
from anndata import AnnData

from data_prep.dataset.builder import build_dataset
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide
from tests.data_prep.dataset.built_datasets import DONORS, SMALL


@pytest.fixture(scope="session")
def slides(tmp_path_factory: pytest.TempPathFactory, toy: Callable[..., AnnData]) -> list[Slide]:
    path = tmp_path_factory.mktemp("slides") / "toy.h5ad"
    toy(donors=DONORS).write_h5ad(path)
    return read_slides(path, ReadOptions(("region",)))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, slides: list[Slide]) -> Path:
    out = tmp_path_factory.mktemp("built") / "dataset"
    build_dataset(slides, out, replace(SMALL, test_donors=("B",)))
    return out


@pytest.fixture(scope="session")
def table(folder: Path) -> pd.DataFrame:
    """All rows of all splits without their images."""
    parts = []
    for split, rows in datasets.load_dataset(str(folder)).items():
        parts.append(rows.remove_columns("images").to_pandas().assign(split=split))
    return pd.concat(parts, ignore_index=True)
