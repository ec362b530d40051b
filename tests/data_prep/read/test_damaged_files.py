"""Damage at random: whatever happens to a file, it is refused in one line or gives a sound slide."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from anndata import AnnData
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_prep.errors import CONTROL, NicheLensError
from data_prep.read import crash_guard
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from tests.data_prep.read.slide_files import refusal, rewrite, sound

pytestmark = pytest.mark.usefixtures("scratch")
FUZZ = settings(
    max_examples=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def small(toy: Callable[..., AnnData], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("small") / "small.h5ad"
    toy(side=8, n_genes=20).write_h5ad(path)
    return path.read_bytes()


def refused_or_sound(path: Path) -> None:
    try:
        slides = read_slides(path, ReadOptions(("region",), drop_small_niches=True))
    except NicheLensError as error:
        said = str(error)
    else:
        said = path.name if sound(slides) else ""
    assert CONTROL.search(said) is None
    assert path.name in said


@FUZZ
@given(share=st.floats(0, 0.999))
def test_truncated_anywhere(small: bytes, tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.h5ad"
    path.write_bytes(small[: int(len(small) * share)])
    refusal(path)


@FUZZ
@given(flips=st.lists(st.tuples(st.floats(0, 0.999999), st.integers(0, 255)), min_size=1, max_size=8))
def test_bytes_changed_anywhere(small: bytes, tmp_path: Path, flips: list[tuple[float, int]]) -> None:
    path = tmp_path / "flipped.h5ad"
    damaged = bytearray(small)
    for place, value in flips:
        damaged[int(place * len(small))] = value
    path.write_bytes(damaged)
    refused_or_sound(path)


def test_a_file_that_crashes_the_library(small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "crash.h5ad"
    path.write_bytes(small)
    dies = tmp_path / "python"
    dies.write_text("#!/bin/sh\nkill -SEGV $$\n")
    dies.chmod(0o755)
    monkeypatch.setattr(crash_guard.sys, "executable", str(dies))
    assert "the HDF5 library crashes on it" in refusal(path)


def test_a_file_that_never_ends(small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "endless.h5ad"
    path.write_bytes(small)
    monkeypatch.setattr(crash_guard, "PATIENCE_S", 0.0)
    assert "the HDF5 library is not done with it after 0" in refusal(path)


def test_a_file_is_tried_once(small: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sound.h5ad"
    path.write_bytes(small)
    tried, run = [], crash_guard.subprocess.run
    monkeypatch.setattr(crash_guard.subprocess, "run", lambda *a, **k: (tried.append(a), run(*a, **k))[1])
    for _ in range(3):
        sound(read_slides(path, ReadOptions(("region",))))
    assert len(tried) == 1


@FUZZ
@given(
    part=st.sampled_from(["data", "indices", "indptr"]),
    kind=st.sampled_from([np.int8, np.int32, np.int64, np.uint64, np.float32]),
    place=st.floats(0, 0.999),
    value=st.integers(-(2**31), 2**63),
    cut=st.integers(0, 3),
)
def test_sparse_arrays_changed_anywhere(
    small: bytes, tmp_path: Path, part: str, kind: type, place: float, value: int, cut: int
) -> None:
    path = tmp_path / "sparse.h5ad"
    path.write_bytes(small)

    def change(values: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            found = values.astype(kind)
            found[int(place * len(found))] = np.array(value, dtype=object).astype(np.float64).astype(kind)
        return found[: len(found) - cut]

    with h5py.File(path, "r+") as file:
        rewrite(file, f"X/{part}", change)
    refused_or_sound(path)
