"""Damage of a file is told in one line; a mistake in our own code stays a traceback."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from anndata import AnnData

from data_prep.errors import NicheLensError
from data_prep.read import formats, stored_matrix
from data_prep.read.file_access import DamagedFileError, as_text, library_reads, names_in, optional_part, part_of
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from tests.data_prep.read.slide_files import WRITERS, refusal

REGION = ReadOptions(("region",))
BUGS = [TypeError, AttributeError, KeyError, ValueError, IndexError, RuntimeError, OSError]
PLACES = [(formats, "_named"), (stored_matrix, "as_shape"), (stored_matrix.Blocks, "_ends")]


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize(("owner", "name"), PLACES, ids=[name for _, name in PLACES])
def test_a_mistake_in_our_code_is_not_called_damage(
    toy_adata: AnnData,
    write_h5ad: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    bug: type[Exception],
) -> None:
    def mistaken(*_: object, **__: object) -> None:
        message = "a mistake"
        raise bug(message)

    path = write_h5ad(toy_adata)
    monkeypatch.setattr(owner, name, mistaken)
    with pytest.raises(bug, match="a mistake"):
        read_slides(path, REGION)


@pytest.mark.parametrize("kind", ["space_ranger", "xenium"])
def test_a_mistake_in_a_reader_of_folders_is_not_called_damage(
    toy_adata: AnnData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = WRITERS[kind](tmp_path / "outs", toy_adata)
    monkeypatch.setattr("data_prep.read.tenx.OpenedSlide", lambda **_: {}["a mistake"])
    with pytest.raises(KeyError, match="a mistake"):
        read_slides(path, ReadOptions())


@pytest.mark.parametrize("error", [OSError, KeyError, ValueError, TypeError, AttributeError, MemoryError])
def test_errors_of_libraries_are_damage_in_one_line(error: type[Exception]) -> None:
    raised = error("two\nlines")
    with pytest.raises(DamagedFileError, match=r"^[^\n]*two[^\n]*lines[^\n]*$"), library_reads():
        raise raised


@pytest.mark.parametrize("error", [PermissionError, ZeroDivisionError, NameError, AssertionError, KeyboardInterrupt])
def test_what_no_damaged_file_causes_is_no_damage(error: type[BaseException]) -> None:
    with pytest.raises(error), library_reads():
        raise error


def test_parts_that_are_missing(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file["b/c"], file["a"] = 1, 2
        assert names_in(file) == ["a", "b"]
        assert optional_part(file, "b/c")[()] == 1
        assert optional_part(file, "b/d") is None
        assert optional_part(file, "e/f") is None
        with pytest.raises(DamagedFileError):
            part_of(file, "d")


def test_names_must_be_text() -> None:
    assert as_text(b"CA1") == as_text("CA1") == "CA1"
    with pytest.raises(DamagedFileError, match="utf-8"):
        as_text(b"\xff")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (
            lambda file: file["X"].attrs.__setitem__("shape", np.array([1.5, 2.5])),
            r"X is damaged \(the shape \[1.5 2.5\]",
        ),
        (
            lambda file: file["obs"].attrs.update({"encoding-type": "dict", "encoding-version": "0.1.0"}),
            "dict where a table should be",
        ),
        (lambda file: file["obs"].attrs.__setitem__("encoding-type", "no such"), "cannot be read, it is truncated"),
        (lambda file: file["X"].pop("indices"), "X is damaged"),
    ],
)
def test_contradictions_inside_a_file_are_damage(
    toy_adata: AnnData, write_h5ad: Callable[..., Path], spoil: Callable[[h5py.File], None], reason: str
) -> None:
    path = write_h5ad(toy_adata)
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(NicheLensError, match=reason):
        read_slides(path, REGION)
    refusal(path)
