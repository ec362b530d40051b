"""Measure drawing in figures per second, next to scanpy and squidpy, in one run on one core.

    python -m tests.benchmarks.figures [--spots 3600] [--size 128] [--rounds 5]

NicheLens draws focus maps of a block of genes in every niche of a synthetic slide, as a screen does. scanpy and squidpy
draw one gene at a time with matplotlib, to the same number of pixels. The floor is the time to encode or copy pictures
that are drawn before.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # numpy reads these when it is imported

import argparse
import io
import logging
import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np

GENES = 64
NICHES = 7
"""As many as the cortex has layers. All niches share the pooled counts of a block of genes."""
DPI = 100


def main() -> None:
    """Measures every method in turn for several rounds, and prints medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spots", type=int, default=3600)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    methods = _methods(options.spots, options.size)
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for method in methods.values():
        method()  # computes what a slide needs only once
    for _ in range(options.rounds):
        for name, method in methods.items():
            started = time.perf_counter()
            n = method()
            seconds[name].append((time.perf_counter() - started) / n)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"{options.spots} spots, {options.size} px, one core, median of {options.rounds} rounds (fastest-slowest)")
    for name, times in seconds.items():
        print(f"{name:38} {1 / median[name]:>10.1f} figures/s  ({1 / max(times):.1f}-{1 / min(times):.1f})")
    draw, both, encode = (median[name] for name in ("NicheLens, draw", "NicheLens, draw and encode", "floor: encode"))
    scanpy, squidpy = median["scanpy.pl.embedding"], median["squidpy.pl.spatial_scatter"]
    print(f"draw: {scanpy / draw:.0f} x scanpy, {squidpy / draw:.0f} x squidpy")
    print(f"draw and encode: {scanpy / both:.0f} x scanpy; {both / encode:.2f} x encoding alone")


def _methods(n_spots: int, size: int) -> dict[str, Callable[[], int]]:
    import anndata
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    import scanpy
    import squidpy

    from data_prep.figures.canvas import Canvas
    from data_prep.figures.png import encode_png
    from data_prep.synth.tissue import make_slide

    slide = make_slide(1, n_spots=n_spots, n_niches=NICHES, n_genes=256)
    symbols = [str(gene) for gene in slide.genes[:GENES]]
    canvas = Canvas(slide, size)
    ready = np.concatenate([canvas.focus(symbols, niche) for niche in slide.niches])
    table = anndata.AnnData(slide.counts.tocsr(), obsm={"spatial": slide.xy})
    table.var_names = list(slide.genes)

    def draw() -> int:
        levels = canvas.levels(symbols, within_niche=True)
        for niche in slide.niches:
            canvas.focus_levels(levels, niche)
        return GENES * len(slide.niches)

    def draw_and_encode() -> int:
        levels = canvas.levels(symbols, within_niche=True)
        for niche in slide.niches:
            for image in canvas.focus_levels(levels, niche):
                encode_png(image)
        return GENES * len(slide.niches)

    def encode() -> int:
        for image in ready:
            encode_png(image)
        return len(ready)

    def copy() -> int:
        for image in ready:
            np.copy(image)
        return len(ready)

    def with_matplotlib(plot: Callable[[str, plt.Axes], None]) -> Callable[[], int]:
        def run() -> int:
            for symbol in symbols[:3]:
                figure, axes = plt.subplots(figsize=(size / DPI, size / DPI), dpi=DPI)
                plot(symbol, axes)
                figure.savefig(io.BytesIO(), format="rgba")
                plt.close(figure)
            return 3

        return run

    return {
        "NicheLens, draw": draw,
        "NicheLens, draw and encode": draw_and_encode,
        "floor: encode": encode,
        "floor: copy": copy,
        "scanpy.pl.embedding": with_matplotlib(
            lambda symbol, axes: scanpy.pl.embedding(table, "spatial", color=symbol, ax=axes, show=False)
        ),
        "squidpy.pl.spatial_scatter": with_matplotlib(
            lambda symbol, axes: squidpy.pl.spatial_scatter(
                table, color=symbol, shape=None, library_id="slide", ax=axes
            )
        ),
    }


if __name__ == "__main__":
    main()
