"""Copies of AnnData files with something more in them; all else in the copy is that of the file."""

from __future__ import annotations

import shutil
import stat
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data_prep.errors import NicheLensError


@contextmanager
def edited_copy(path: Path, out: Path) -> Iterator[Any]:
    """Copies a file or store and yields the root of the copy, to write to.

    Pictures, layers and `raw` are kept, and the matrix of a large file is never loaded.

    Args:
        path: the `.h5ad` file or AnnData `.zarr` store.
        out: file or store to write, which is not there yet.
    """
    if path.is_dir():
        _copy_folder(path, out)
    else:
        shutil.copyfile(path, out)
    with _open_for_writing(out) as root:
        yield root


def read_slot(root: Any, slot: str, where: str) -> Any:
    """Reads `obs` or `var` of an opened copy.

    Args:
        root: of `edited_copy`.
        slot: name of the slot.
        where: what messages call the file.

    Raises:
        NicheLensError: the file is of an old version of AnnData.
    """
    from anndata.io import read_elem

    try:
        return read_elem(root[slot])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = f"{where}: is of an old version of AnnData; read it and write it again before"
        raise NicheLensError(message) from error


def write_slot(root: Any, slot: str, entries: Mapping[str, Any]) -> None:
    """Writes entries of `uns`, `varm` or `obsm`; earlier entries of the same names go."""
    from anndata.io import write_elem

    if slot not in root:
        write_elem(root, slot, {})
    for key, entry in entries.items():
        write_elem(root[slot], key, entry)


def write_columns(root: Any, slot: str, columns: Mapping[str, Any]) -> None:
    """Writes columns of `obs` or `var`; earlier columns of the same names go, all others are not touched."""
    write_slot(root, slot, columns)
    attributes = root[slot].attrs
    attributes["column-order"] = list(dict.fromkeys([*map(str, attributes["column-order"]), *columns]))


def check_copy(path: Path, out: Path) -> None:
    """Refuses a copy that `edited_copy` cannot make. Call it before the work begins.

    Raises:
        NicheLensError: the slide is no file of AnnData, or ``out`` has another ending.
    """
    if path.is_dir() and not (path / "obs").is_dir():
        message = (
            f"{path.name}: results can be written into copies of .h5ad files and AnnData .zarr stores; use "
            "nichelens.write_back in Python for this one"
        )
        raise NicheLensError(message)
    ending = ".zarr" if path.is_dir() else ".h5ad"
    if out.suffix != ending:
        message = f"{out}: the copy of {path.name} must end in {ending}; choose another name"
        raise NicheLensError(message)


def _copy_folder(path: Path, out: Path) -> None:
    """Copies a store; the copy can be written to even where the original cannot."""
    shutil.copytree(path, out, copy_function=shutil.copyfile)
    for folder in (out, *(part for part in out.rglob("*") if part.is_dir())):
        folder.chmod(folder.stat().st_mode | stat.S_IRWXU)


@contextmanager
def _open_for_writing(path: Path) -> Iterator[Any]:
    """The root of an HDF5 file or zarr store. If a store keeps a list of all its parts, the list is renewed."""
    if not path.is_dir():
        import h5py

        with h5py.File(path, "r+") as file:
            yield file
        return
    import zarr

    is_consolidated = zarr.open_group(path, mode="r").metadata.consolidated_metadata is not None
    yield zarr.open_group(path, mode="r+", use_consolidated=False)
    if is_consolidated:
        with warnings.catch_warnings():  # zarr 3 does not yet promise how it is stored
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(path)


def without_none(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as h5ad files can hold them: no None, and sequences as lists."""
    plain: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            plain[name] = without_none(value)
        elif isinstance(value, tuple | list):
            plain[name] = [str(item) for item in value]
        elif value is not None:
            plain[name] = value
    return plain
