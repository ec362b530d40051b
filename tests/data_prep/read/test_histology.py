"""The picture of the tissue in a file."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData
from PIL import Image

from data_prep.read.histology import SIDE, read_histology

Write = Callable[..., Path]


def library(side: int = 40, scale: float = 0.1, name: str = "hires") -> dict:
    picture = np.zeros((side, 2 * side, 3))
    picture[:, side:] = 1.0
    return {"images": {name: picture}, "scalefactors": {f"tissue_{name}_scalef": scale, "spot_diameter_fullres": 5.0}}


def test_the_picture_lies_in_the_coordinates_of_the_spots(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.uns["spatial"] = {"S": library()}
    found = read_histology(write_h5ad(toy_adata))
    assert found is not None
    assert (found.width, found.height) == (800.0, 400.0)
    pixels = np.asarray(Image.open(io.BytesIO(found.jpeg)))
    assert pixels[:, :30].mean() < 20
    assert pixels[:, -30:].mean() > 235


def test_a_large_picture_is_made_small(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.uns["spatial"] = {"S": library(side=SIDE, name="lowres")}
    found = read_histology(write_h5ad(toy_adata))
    assert found is not None
    assert max(Image.open(io.BytesIO(found.jpeg)).size) == SIDE
    assert found.width == 2 * SIDE / 0.1


def test_of_several_pictures_the_one_of_the_slice_is_taken(toy_adata: AnnData, write_h5ad: Write) -> None:
    toy_adata.uns["spatial"] = {"A": library(scale=0.1), "B": library(scale=0.2)}
    path = write_h5ad(toy_adata)
    found = read_histology(path, "B")
    assert found is not None
    assert found.width == 400.0
    assert read_histology(path, "C") is None


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"S": {"images": {"hires": np.zeros((4, 4))}, "scalefactors": {"tissue_hires_scalef": 1.0}}},
        {"S": {"images": {"hires": np.zeros((4, 4, 3))}, "scalefactors": {"tissue_hires_scalef": 0.0}}},
        {"S": {"images": {"hires": np.zeros((4, 4, 3))}, "scalefactors": {"tissue_hires_scalef": "large"}}},
        {"S": {"scalefactors": {"tissue_hires_scalef": 1.0}}},
    ],
)
def test_a_file_without_a_usable_picture_has_none(toy_adata: AnnData, write_h5ad: Write, stored: dict) -> None:
    toy_adata.uns["spatial"] = stored
    assert read_histology(write_h5ad(toy_adata)) is None


def test_the_picture_of_an_outs_folder(tmp_path: Path) -> None:
    folder = tmp_path / "spatial"
    folder.mkdir()
    Image.new("RGB", (30, 20), "red").save(folder / "tissue_lowres_image.png")
    assert read_histology(tmp_path) is None
    (folder / "scalefactors_json.json").write_text(json.dumps({"tissue_lowres_scalef": 0.5}))
    found = read_histology(tmp_path)
    assert found is not None
    assert (found.width, found.height) == (60.0, 40.0)
