"""Shared by all tests: an offline environment, toy slides, and the real slides where there are any."""

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Read when the libraries are imported, so set before any of them is.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Numba starts as many threads as there are cores, and torch then takes as many: too many for two test processes.
os.environ.setdefault("NUMBA_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
_DATASETS_CACHE = tempfile.TemporaryDirectory(prefix="nichelens-tests-")
os.environ["HF_DATASETS_CACHE"] = _DATASETS_CACHE.name

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

if TYPE_CHECKING:
    from anndata import AnnData

    from tests.hub_stand_in import Hub

REPOSITORY = Path(__file__).resolve().parents[1]
ROOMS = ("data_prep", "inference", "training", "app")


@pytest.fixture(autouse=True)
def _same_logging() -> Iterator[None]:
    """Undoes what a command that runs in this process does to our loggers."""
    loggers = [logging.getLogger(room) for room in ROOMS]
    before = [(logger.handlers, logger.propagate, logger.level) for logger in loggers]
    yield
    for logger, (handlers, propagate, level) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def toy_adata() -> "AnnData":
    """A 16 × 16 grid with four niches in quadrants and 80 genes: gene i is raised tenfold in niche i % 4."""
    return make_toy()


@pytest.fixture(scope="session")
def toy() -> Callable[..., "AnnData"]:
    """Makes toy slides of several donors; see `make_toy`."""
    return make_toy


@pytest.fixture
def write_h5ad(tmp_path: Path) -> Callable[..., Path]:
    """Writes AnnData to a file in the test's own folder and returns its path."""

    def write(adata: "AnnData", name: str = "toy.h5ad") -> Path:
        path = tmp_path / name
        adata.write_h5ad(path)
        return path

    return write


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Iterator[Hub]":
    """A Hub of the test's own, which the Hub's client talks to as a member of `lab`; its cache is empty."""
    from huggingface_hub import constants

    from tests.hub_stand_in import TOKEN, Hub

    stand_in = Hub()
    stand_in.start()
    for name, value in {
        "ENDPOINT": stand_in.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": stand_in.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_CACHE": str(tmp_path / "hub-cache"),
    }.items():
        monkeypatch.setattr(constants, name, value)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real data; skips where it is absent."""
    folder = Path(os.environ.get("NICHELENS_TEST_DATA", REPOSITORY / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set NICHELENS_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model that reads the standard pictures and answers yes or no, as the bundled one."""
    from data_prep.tasks import DESCRIBE_PROMPT, MARKER_PROMPT
    from training.nano.architecture import NanoConfig, build_nano, save_nano

    texts = [MARKER_PROMPT, DESCRIBE_PROMPT, "Yes. This gene is strongly enriched in the niche.", "No."]
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_nano(*build_nano(NanoConfig.tiny(), texts * 20), folder)
    return folder


def make_toy(seed: int = 0, donors: tuple[str, ...] = ("D1",), side: int = 16, n_genes: int = 80) -> "AnnData":
    """One slice per donor; names of slices are S1, S2, ..."""
    import anndata as ad

    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(float)
    quadrant = (grid[:, 0] >= side / 2).astype(int) + 2 * (grid[:, 1] >= side / 2).astype(int)
    raised = np.where(quadrant[:, None] == np.arange(n_genes) % 4, 10.0, 1.0)
    n_spots = len(grid)
    counts = rng.poisson(np.concatenate([raised for _ in donors])).astype(np.float32)
    obs = pd.DataFrame(
        {
            "region": pd.Categorical([f"Layer {code + 1}" for _ in donors for code in quadrant]),
            "slice": [f"S{i + 1}" for i in range(len(donors)) for _ in range(n_spots)],
            "donor": [donor for donor in donors for _ in range(n_spots)],
        },
        index=[f"spot{i}" for i in range(n_spots * len(donors))],
    )
    var = pd.DataFrame(index=[f"GENE{i}" for i in range(n_genes)])
    adata = ad.AnnData(sp.csr_matrix(counts), obs=obs, var=var)
    adata.obsm["spatial"] = np.concatenate([grid for _ in donors])
    return adata
