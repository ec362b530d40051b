"""Measure how time and memory grow with the size of a slide.

    python -m tests.benchmarks.scale [--cells 5000 50000 500000] [--genes 5000] [--questions 400]

The benchmark writes synthetic slides block by block. Each size then runs in its own process on one core: it reads the
file, measures its facts (every gene in every niche), builds a dataset of marker questions, and draws blocks of other
genes in every niche, as a screen does. The benchmark prints seconds, examples per second and milliseconds per figure
(median over the blocks), all in processor time, which other programs hardly change. The peak resident memory of the
process includes pages of mapped files. `--questions 0` leaves out the dataset and the figures. In another process it
finds the niches without their labels, their number too: seconds, agreement with the planted niches, peak memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np
import scipy.sparse as sp

if TYPE_CHECKING:
    from data_prep.figures.canvas import Canvas

N_NICHES = 8
GENES_PER_NICHE = 40
MEAN_COUNTS = 0.08
ROWS_PER_BLOCK = 5_000
BLOCKS, GENES_PER_BLOCK = 16, 64


@dataclass(frozen=True)
class SizeResult:
    """The measurements of one slide."""

    cells: int
    entries: int
    read_s: float
    facts_s: float
    build_s: float
    examples: int
    figure_ms: float
    peak_gib: float


@dataclass(frozen=True)
class NicheResult:
    """The measurements of niche finding on one slide."""

    seconds: float
    n_niches: int
    ari: float
    peak_gib: float


def main() -> None:
    """Measures every size and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", default=[5_000, 50_000, 500_000])
    parser.add_argument("--genes", type=int, default=5_000)
    parser.add_argument("--questions", type=int, default=400)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    rows, found = [], []
    with tempfile.TemporaryDirectory() as folder:
        for cells in options.cells:
            path = Path(folder) / f"tissue{cells}.h5ad"
            # Each step runs in a new process, because a child process inherits the peak memory of its parent.
            with context.Pool(1) as pool:
                pool.apply(write_tissue, (path, cells, options.genes))
            with context.Pool(1) as pool:
                rows.append(pool.apply(measure, (path, options.questions)))
            with context.Pool(1) as pool:
                found.append(pool.apply(measure_niches, (path,)))
            path.unlink()
    heads = ("cells", "counts", "read s", "facts s", "build s", "examples/s", "ms/figure", "peak GiB")
    heads += ("niches s", "niches", "ARI", "peak GiB")
    print(" ".join(f"{head:>10}" for head in heads))
    for row, niches in zip(rows, found, strict=True):
        rate = row.examples / row.build_s if row.examples else 0.0
        seconds = (f"{number:10.1f}" for number in (row.read_s, row.facts_s, row.build_s, rate))
        last = f"{niches.seconds:10.1f} {niches.n_niches:10} {niches.ari:10.2f} {niches.peak_gib:10.2f}"
        print(f"{row.cells:10} {row.entries:10}", *seconds, f"{row.figure_ms:10.3f} {row.peak_gib:10.2f}", last)
    if options.questions:
        growth = rows[-1].figure_ms / rows[0].figure_ms
        print(f"time per figure, {rows[-1].cells} over {rows[0].cells} cells: {growth:.2f}")


def write_tissue(path: Path, n_cells: int, n_genes: int) -> None:
    """Writes an h5ad file of a square tissue with eight wavy layers, a block of cells at a time."""
    rng = np.random.default_rng(0)
    base = rng.gamma(0.6, MEAN_COUNTS / 0.6, n_genes).astype(np.float32)
    fold = np.ones((N_NICHES, n_genes), np.float32)
    for niche in range(N_NICHES):
        fold[niche, niche * GENES_PER_NICHE : (niche + 1) * GENES_PER_NICHE] = 6.0
    xy = rng.random((n_cells, 2)) * np.sqrt(n_cells)
    depth = xy[:, 1] / np.sqrt(n_cells) + 0.05 * np.sin(xy[:, 0] / np.sqrt(n_cells) * 9)
    niche = np.clip((depth * N_NICHES).astype(int), 0, N_NICHES - 1)
    with h5py.File(path, "w") as file:
        _write_frame(file, "var", [f"GENE{i}" for i in range(n_genes)])
        obs = _write_frame(file, "obs", [f"cell{i}" for i in range(n_cells)], ("region",))
        region = obs.create_group("region")
        region.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": False})
        _write_strings(region, "categories", [f"layer {i}" for i in range(N_NICHES)])
        _array(region, "codes", niche.astype(np.int8))
        obsm = file.create_group("obsm")
        obsm.attrs.update({"encoding-type": "dict", "encoding-version": "0.1.0"})
        _array(obsm, "spatial", xy)
        x = file.create_group("X")
        x.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": [n_cells, n_genes]})
        data = x.create_dataset("data", (0,), np.float32, maxshape=(None,), chunks=(2**18,))
        indices = x.create_dataset("indices", (0,), np.int32, maxshape=(None,), chunks=(2**18,))
        ends = [0]
        for start in range(0, n_cells, ROWS_PER_BLOCK):
            layer = niche[start : start + ROWS_PER_BLOCK]
            counts = sp.csr_matrix(rng.poisson(base * fold[layer]).astype(np.float32))
            for stored, new in ((data, counts.data), (indices, counts.indices)):
                stored.resize(ends[-1] + counts.nnz, axis=0)
                stored[ends[-1] :] = new
            ends.extend((counts.indptr[1:].astype(np.int64) + ends[-1]).tolist())
        x.create_dataset("indptr", data=np.asarray(ends, np.int64))
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})


def measure(path: Path, questions: int) -> SizeResult:
    """Reads, measures, builds and draws one file; no questions, no dataset and no figures."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from data_prep.dataset.builder import build_dataset
    from data_prep.dataset.prep_config import PrepConfig
    from data_prep.facts.facts import Facts
    from data_prep.figures.canvas import Canvas
    from data_prep.read.options import ReadOptions
    from data_prep.read.slide_reader import read_slides

    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        (slide,) = read_slides(path, ReadOptions(("region",)))
        read_s = time.process_time() - started
        started = time.process_time()
        Facts.measure(slide)
        facts_s = time.process_time() - started
        build_s, figure_ms, examples = 0.0, 0.0, 0
        if questions:
            started = time.process_time()
            config = PrepConfig(tasks=("marker",), markers_per_slide=questions, held_out_per_slide=questions // 4)
            examples = sum(build_dataset([slide], Path(folder) / "dataset", config).values())
            build_s = time.process_time() - started
            figure_ms = _time_figures(Canvas(slide))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        return SizeResult(slide.n_spots, slide.counts.nnz, read_s, facts_s, build_s, examples, figure_ms, peak)


def measure_niches(path: Path) -> NicheResult:
    """Finds the niches of one file as if it had no labels."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from sklearn.metrics import adjusted_rand_score

    from data_prep.facts.niche_finding import find_niches
    from data_prep.read.options import ReadOptions
    from data_prep.read.slide_reader import read_slides

    (slide,) = read_slides(path, ReadOptions(("region",)))
    started = time.process_time()
    found = find_niches([slide])
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    ari = float(adjusted_rand_score(slide.niche, found.slides[0].niche))
    return NicheResult(seconds, found.n_niches, ari, peak)


def _time_figures(canvas: Canvas) -> float:
    """Milliseconds per figure of a screen, without what a slide needs only once."""
    slide = canvas.slide
    symbols = [str(gene) for gene in slide.genes[-BLOCKS * GENES_PER_BLOCK :]]
    seconds = []
    for timed in (False, True):
        for start in range(0, len(symbols), GENES_PER_BLOCK):
            started = time.process_time()
            genes = symbols[start : start + GENES_PER_BLOCK]
            levels = canvas.levels(genes, within_niche=True)
            for niche in slide.niches:
                canvas.focus_levels(levels, niche)
            if timed:
                seconds.append((time.process_time() - started) / (len(genes) * len(slide.niches)))
    return statistics.median(seconds) * 1e3


def _write_frame(file: h5py.File, name: str, index: list[str], columns: tuple[str, ...] = ()) -> h5py.Group:
    group = file.create_group(name)
    group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    group.attrs["column-order"] = np.array(columns, dtype=h5py.string_dtype())
    _write_strings(group, "_index", index)
    return group


def _write_strings(group: h5py.Group, name: str, values: list[str]) -> None:
    stored = group.create_dataset(name, data=values, dtype=h5py.string_dtype())
    stored.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})


def _array(group: h5py.Group, name: str, values: np.ndarray) -> None:
    group.create_dataset(name, data=values).attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})


if __name__ == "__main__":
    main()
