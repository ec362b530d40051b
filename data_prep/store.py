"""Slides on disk: plain `.npy` files that are memory-mapped, so that processes share them and memory stays bounded.

FOLDER/slide.json     names, genes, niches, cell types, where it comes from
FOLDER/xy.npy, niche.npy, cell_type.npy
FOLDER/data.npy, indices.npy, indptr.npy    the counts, columns of genes (CSC)

``save_slide`` writes such a folder, ``open_slide`` opens it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from data_prep.slide import GENE_BLOCK, Slide, SlideMeta

SLIDE_FILE = "slide.json"


def save_slide(slide: Slide, folder: Path) -> None:
    """Writes a slide to a folder; ``slide.json`` comes last, so that a folder which has it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in (("xy", slide.xy), ("niche", slide.niche), ("cell_type", slide.cell_type)):
        np.save(folder / f"{name}.npy", array)
    mapped = _counts_folder(slide.counts)
    if mapped is None:
        _save_counts(slide.counts, folder)
    elif mapped != folder:
        for name in ("data", "indices", "indptr"):
            shutil.copyfile(mapped / f"{name}.npy", folder / f"{name}.npy")
    about = {
        "name": slide.name,
        "shape": slide.counts.shape,
        "genes": slide.genes.tolist(),
        "niches": slide.niches,
        "cell_types": slide.cell_types,
        "meta": asdict(slide.meta),
    }
    (folder / SLIDE_FILE).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def open_slide(folder: Path) -> Slide:
    """The slide of a folder that ``save_slide`` wrote; its counts stay on disk."""
    about = json.loads((folder / SLIDE_FILE).read_text(encoding="utf-8"))
    return Slide(
        name=about["name"],
        counts=open_counts(folder, tuple(about["shape"])),
        xy=np.load(folder / "xy.npy"),
        genes=np.asarray(about["genes"], dtype=str),
        niche=np.load(folder / "niche.npy"),
        niches=tuple(about["niches"]),
        meta=SlideMeta(**about["meta"]),
        cell_type=np.load(folder / "cell_type.npy"),
        cell_types=tuple(about["cell_types"]),
    )


def open_counts(folder: Path, shape: tuple[int, int]) -> sp.csc_matrix:
    """The memory-mapped counts of a folder, (n_spots, n_genes) float32 CSC."""
    indptr = np.load(folder / "indptr.npy")
    matrix = sp.csc_matrix(shape, dtype=np.float32)
    # Set one by one: the constructor would copy the maps and read them whole to check them.
    matrix.data, matrix.indices = (
        np.load(folder / f"{name}.npy", mmap_mode="r")[: indptr[-1]] for name in ("data", "indices")
    )
    matrix.indptr = indptr.astype(np.int32) if indptr[-1] < 2**31 else indptr
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix


class CscWriter:
    """Turns blocks of spots into columns of genes on disk, in two passes over the blocks.

        writer = CscWriter(folder, (n_spots, n_genes))
        for block in blocks: writer.count(block)
        for first_row, block in blocks: writer.write(block, first_row)
        counts = writer.matrix()

    Args:
        folder: where the counts are written.
        shape: (n_spots, n_genes) of the whole matrix.
    """

    def __init__(self, folder: Path, shape: tuple[int, int]) -> None:
        self.folder = folder
        self.shape = shape
        self._size = np.zeros(shape[1], np.int64)
        self._next: np.ndarray | None = None

    def count(self, block: sp.csr_matrix) -> None:
        """First pass: takes note of how many counts each gene has in some spots (no explicit zeros)."""
        self._size += np.bincount(block.indices, minlength=self.shape[1])

    def write(self, block: sp.csr_matrix, first_row: int) -> None:
        """Second pass: writes the counts of the spots ``first_row, first_row + 1, …``; blocks come in this order."""
        if self._next is None:
            self._next = self._open()
        columns = block.tocsc()
        columns.sort_indices()
        size = np.diff(columns.indptr)
        place = np.arange(columns.nnz) + np.repeat(self._next - columns.indptr[:-1], size)
        self._data[place] = columns.data
        self._indices[place] = columns.indices + first_row
        self._next += size

    def matrix(self) -> sp.csc_matrix:
        """The finished counts, memory-mapped."""
        if self._next is None:
            self._open()
        self._data.flush()
        self._indices.flush()
        return open_counts(self.folder, self.shape)

    def _open(self) -> np.ndarray:
        """Makes the files; gives the place of each gene's first count."""
        self.folder.mkdir(parents=True, exist_ok=True)
        indptr = np.r_[0, np.cumsum(self._size)]
        np.save(self.folder / "indptr.npy", indptr)
        self._data = _new_map(self.folder / "data.npy", np.float32, int(indptr[-1]))
        self._indices = _new_map(self.folder / "indices.npy", np.int32, int(indptr[-1]))
        return indptr[:-1].copy()


def _save_counts(counts: sp.csc_matrix, folder: Path) -> None:
    np.save(folder / "indptr.npy", counts.indptr.astype(np.int64))
    data = _new_map(folder / "data.npy", np.float32, counts.nnz)
    indices = _new_map(folder / "indices.npy", np.int32, counts.nnz)
    for start in range(0, counts.shape[1], GENE_BLOCK):
        block = counts[:, start : start + GENE_BLOCK]
        block.sort_indices()
        first = int(counts.indptr[start])
        data[first : first + block.nnz] = block.data
        indices[first : first + block.nnz] = block.indices


def _new_map(file: Path, dtype: type, size: int) -> np.memmap:
    """An array on disk to be filled; it has one place at least, because an empty one cannot be mapped."""
    return np.lib.format.open_memmap(file, mode="w+", dtype=dtype, shape=(max(size, 1),))


def _counts_folder(counts: sp.csc_matrix) -> Path | None:
    """Where memory-mapped counts lie; None for counts in memory."""
    file = getattr(counts.data, "filename", None)
    return Path(file).parent if file else None
