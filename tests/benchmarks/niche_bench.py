"""Ways to find niches side by side, on the same labelled slides: NicheLens, spatially blind Leiden and published peers.

    python -m tests.benchmarks.niche_bench a.h5ad b.h5ad [--niche-key region] [--methods ours blind spatialleiden]
        [--modes true found] [--limit 600] [--out results.json] [--page docs/niches_peers.md] [--rerun ours] [--quick]

Each slice of a file is a slide. Each method has a process of its own for each file, on one thread; the process first
compiles what scanpy compiles. A run over its limit of processor time is killed, and the next run has a new process. The
mode `true` gives the number of annotated niches, `found` does not. A method sees counts and coordinates only.

Results are written after each run, and a run that is in `--out` is not repeated, unless it failed or its method is
named with `--rerun`. `--page` writes the tables. `--quick` compares ours and blind Leiden on one synthetic slide.

Printed and stored: adjusted Rand index (ARI), adjusted and normalised mutual information (AMI, NMI), silhouette width
in space (ASW), coherence and PAS (`tests.benchmarks.partition_scores`), processor seconds from the loaded slide to the
labels, and the peak resident memory of the process in that time.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.niche_peers import METHODS

if TYPE_CHECKING:
    from data_prep.slide import Slide

MODES = ("true", "found")
LIMIT_S = 600
OUT = Path("outputs/niche_bench.json")
WAITING = 10
"""A run is also stopped after so many times its limit by the clock: it waits for something, or others use the cores."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
OK, FAILED, TIMEOUT, ABSENT = "ok", "failed", "timeout", "not installed"
QUICK_SPOTS, QUICK_NICHES = 600, 4


@dataclass(frozen=True)
class Run:
    """One method on one slide.

    Attributes:
        slide: name of the slide.
        family: tissue and technology; tables average over the slides of a family.
        n_spots: spots of the slide.
        n_niches: annotated niches.
        method: key of `METHODS`.
        version: of the method's package.
        mode: "true" or "found": whether the method was given the number of niches.
        status: "ok", "failed", "timeout" or "not installed".
        error: the last line of what went wrong.
        found: number of niches that the method made.
        seconds: processor seconds.
        peak_gib: peak resident memory of the process.
        scores: "ari", "ami", "nmi", "asw", "coherence", "pas" of the labels; the last three of the annotation, too,
            with "annotated_" before them.
    """

    slide: str
    family: str
    n_spots: int
    n_niches: int
    method: str
    version: str
    mode: str
    status: str
    error: str
    found: int
    seconds: float
    peak_gib: float
    scores: dict[str, float]

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same run."""
        return self.slide, self.method, self.mode


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs what is missing and prints the tables."""
    from tests.benchmarks.niche_tables import page, summary

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slides", nargs="*", type=Path)
    parser.add_argument("--niche-key", default="region")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="processor seconds of a run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="by default outputs/niche_bench.json; with --quick none")
    parser.add_argument("--page", type=Path)
    parser.add_argument("--rerun", nargs="+", choices=METHODS, default=[])
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    if not options.slides and not options.quick:
        parser.error("name at least one slide, or give --quick")
    with tempfile.TemporaryDirectory() as folder:
        out = options.out or (Path(folder) / "runs.json" if options.quick else OUT)
        done = {run.key: run for run in read_runs(out)}
        slides, methods = options.slides, options.methods
        if options.quick:
            slides, methods = [write_quick_slide(Path(folder))], ["ours", "blind"]
        for path in slides:
            found = annotated_slides(path, options.niche_key)
            for method in methods:
                wanted = [blank_run(slide, path, method, mode) for slide in found for mode in options.modes]
                kept = {key for key, run in done.items() if run.status not in (FAILED, ABSENT)}
                missing = [run for run in wanted if method in options.rerun or run.key not in kept]
                for run in measure_apart(path, options.niche_key, missing, options.seed, options.limit):
                    done[run.key] = run
                    print(tell(run), flush=True)
                    write_runs(out, list(done.values()))
    print(summary(list(done.values())))
    if options.page:
        options.page.write_text(page(list(done.values())), encoding="utf-8")


def annotated_slides(path: Path, niche_key: str) -> list[Slide]:
    """The slides of a file that have at least two annotated niches."""
    from data_prep.read.options import ReadOptions
    from data_prep.read.slide_reader import read_slides

    return read_slides(path, ReadOptions((niche_key,), drop_small_niches=True))


def blank_run(slide: Slide, path: Path, method: str, mode: str) -> Run:
    """A run before it starts; "not installed" if its package is absent."""
    package = METHODS[method].package
    try:
        installed, status = (version(package) if package else ""), ""
    except PackageNotFoundError:
        installed, status = "", ABSENT
    meta = slide.meta
    return Run(
        slide=slide.name,
        family=", ".join(part for part in (meta.technology, meta.tissue) if part) or path.stem,
        n_spots=slide.n_spots,
        n_niches=len(slide.niches),
        method=method,
        version=installed,
        mode=mode,
        status=status,
        error="",
        found=0,
        seconds=0.0,
        peak_gib=0.0,
        scores={},
    )


def measure_apart(path: Path, niche_key: str, runs: Sequence[Run], seed: int, limit: float) -> Iterator[Run]:
    """Measures runs of one method on one file in a process of their own; after a death, the rest in a new one."""
    yield from (run for run in runs if run.status == ABSENT)
    left = [run for run in runs if run.status != ABSENT]
    while left:
        with tempfile.TemporaryDirectory() as folder:
            answers, errors = Path(folder) / "answers", Path(folder) / "errors"
            answers.touch()
            job = [str(path), niche_key, left[0].method, str(seed), str(limit), str(answers)]
            command = [sys.executable, "-m", "tests.benchmarks.niche_bench", "--job", *job]
            command += [f"{run.mode}:{run.slide}" for run in left]
            with errors.open("w") as file:
                process = subprocess.Popen(
                    command, env=os.environ | dict.fromkeys(THREADS, "1"), stdout=file, stderr=file
                )
            heard, since = 0, time.monotonic()
            while True:
                ended = process.poll() is not None
                lines = answers.read_text().splitlines()
                for line in lines[heard:]:
                    yield replace(left.pop(0), **json.loads(line))
                    heard, since = heard + 1, time.monotonic()
                if ended:
                    break
                if time.monotonic() - since > WAITING * limit:
                    process.send_signal(signal.SIGPROF)
                time.sleep(0.2)
            if left:
                said = [line for line in errors.read_text(errors="replace").splitlines() if line.strip()]
                if process.returncode == -signal.SIGPROF:
                    yield replace(left.pop(0), status=TIMEOUT, error=f"over {limit:.0f} s")
                else:
                    why = said[-1][:300] if said else f"exit {process.returncode}"
                    yield replace(left.pop(0), status=FAILED, error=why)


def write_quick_slide(folder: Path) -> Path:
    """A synthetic slide of four bands, each with genes of its own."""
    import anndata
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    xy = rng.random((QUICK_SPOTS, 2)) * 100
    band = (xy[:, 0] // (100 / QUICK_NICHES)).astype(int)
    rate = np.full((QUICK_NICHES, 120), 0.5)
    for niche in range(QUICK_NICHES):
        rate[niche, niche * 20 : niche * 20 + 20] = 2.0
    table = anndata.AnnData(rng.poisson(rate[band]).astype(np.float32))
    table.obs_names = [f"spot{i}" for i in range(QUICK_SPOTS)]
    table.var_names = [f"GENE{i}" for i in range(table.n_vars)]
    table.obs["region"] = pd.Categorical([f"band {code}" for code in band])
    table.obsm["spatial"] = xy
    path = folder / "bands.h5ad"
    table.write_h5ad(path)
    return path


def read_runs(path: Path) -> list[Run]:
    """Stored runs; none if there is no such file."""
    return [Run(**run) for run in json.loads(path.read_text())] if path.is_file() else []


def write_runs(path: Path, runs: Sequence[Run]) -> None:
    """Stores runs; a stop while writing leaves the old file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps([asdict(run) for run in runs], indent=1) + "\n")
    new.replace(path)


def tell(run: Run) -> str:
    """A run in one line."""
    what = f"{run.slide} {run.method} ({run.mode}, {run.n_niches} annotated): "
    if run.status != OK:
        return what + f"{run.status} {run.error}".strip()
    scores = " ".join(f"{name} {run.scores[name]:.3f}" for name in ("ari", "ami", "coherence", "pas"))
    return what + f"{run.found} niches, {scores}, {run.seconds:.0f} s, {run.peak_gib:.2f} GiB"


def measure(arguments: Sequence[str]) -> None:
    """A job: path, niche key, method, seed, limit, where to answer, and `mode:slide` of each run."""
    path, niche_key, method, seed, limit, answers, *wanted = arguments
    slides = {slide.name: slide for slide in annotated_slides(Path(path), niche_key)}
    warm_up()
    for run in wanted:
        mode, _, name = run.partition(":")
        signal.setitimer(signal.ITIMER_PROF, float(limit))  # SIGPROF ends a process
        measured = measure_run(slides[name], method, mode, int(seed))
        signal.setitimer(signal.ITIMER_PROF, 0)
        with Path(answers).open("a") as file:
            file.write(json.dumps(measured) + "\n")


def warm_up() -> None:
    """Compiles what scanpy compiles on its first call, so that no run pays for it."""
    import numpy as np
    import scanpy
    from anndata import AnnData

    table = AnnData(np.random.default_rng(0).random((60, 5), dtype=np.float32))
    scanpy.pp.neighbors(table, use_rep="X")
    scanpy.tl.leiden(table, flavor="igraph", n_iterations=1)


def measure_run(slide: Slide, method: str, mode: str, seed: int) -> dict[str, Any]:
    """What a method does on a slide: the fields of `Run` that it fills."""
    import numpy as np

    from tests.benchmarks.partition_scores import score_agreement, score_space

    bare = replace(
        slide, niche=np.full(slide.n_spots, -1, np.int32), niches=(), meta=replace(slide.meta, niches_from="")
    )
    gc.collect()
    forget_peak()
    started = time.process_time()
    try:
        labels = METHODS[method].find(bare, len(slide.niches) if mode == "true" else None, seed)
    except Exception as error:
        traceback.print_exc()
        return {"status": FAILED, "error": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
    seconds, peak = time.process_time() - started, peak_gib()
    names, codes = np.unique(np.asarray(labels).astype(str), return_inverse=True)
    scores = asdict(score_agreement(codes, slide.niche)) | asdict(score_space(codes, slide.xy))
    known = slide.niche >= 0
    for name, value in asdict(score_space(slide.niche[known], slide.xy[known])).items():
        scores[f"annotated_{name}"] = value
    found = int((names != "-1").sum())  # spots that belong nowhere are scored as one more niche, but are none
    return {"status": OK, "found": found, "seconds": seconds, "peak_gib": peak, "scores": scores}


def forget_peak() -> None:
    """Starts the peak of resident memory anew, where the system can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_gib() -> float:
    """Peak resident memory of this process since `forget_peak`, in GiB."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        measure(sys.argv[2:])
    else:
        main()
