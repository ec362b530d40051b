"""Throughput of fine-tuning on one GPU within a time budget, beside TRL's stock script.

    python -m tests.benchmarks.gpu_throughput [--minutes 4] [--sizes 2b 9b] [--out FOLDER] [--tiny]

Runs of Qwen3.5-2B, -4B and -9B (in 4 bits), of the published sizes with random weights, take place one after another,
the most telling ones first, until the time is up. With little time, name one size: to prepare all three takes a minute
and a half, one less than a minute. What is measured is what `tests.benchmarks.train` measures. FOLDER
gets one file, throughput.json, which is written anew after each run.

The first step of a run is slow. So the times of first calls (`tests.benchmarks.first_calls`) are printed before all
runs, and the first step of the first run prints what its processes are doing. `--tiny` rehearses everything with the
smallest model on a CPU.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.benchmarks.first_calls import measure_first_calls
from tests.benchmarks.sizes import figure_size
from tests.benchmarks.train import Result, RowCost, apart, measure_rows, peak_of, save_base, summarise, write_rows
from tests.benchmarks.train_ways import OURS, STOCK, STOCK_KEPT, Job, Measured, run_way, write_messages

SHARED_MEMORY = Path("/dev/shm")
"""Where models are saved, if it has room: a disk is slower."""


@dataclass(frozen=True)
class Run:
    """One run: a size of `tests.benchmarks.sizes`, a way of `tests.benchmarks.train_ways`, and its steps.

    Attributes:
        size: of the model.
        way: of training.
        held: examples that are held at once; as many for each way, and so few that 80 GB are enough.
        steps: of 32 examples, the first of which are not timed.
        four_bit: whether the decoder is in nf4.
    """

    size: str
    way: str
    held: int
    steps: int
    four_bit: bool = False


RUNS = (
    Run("2b", OURS, 8, 8),
    Run("2b", STOCK_KEPT, 8, 8),
    Run("9b", OURS, 4, 4, four_bit=True),
    Run("9b", STOCK, 4, 4, four_bit=True),
    Run("4b", OURS, 4, 6),
    Run("4b", STOCK_KEPT, 4, 6),
    Run("2b", STOCK, 8, 8),
    Run("9b", STOCK_KEPT, 4, 4, four_bit=True),
    Run("4b", STOCK, 4, 6),
)
_BATCH = 32
_LEAST_SECONDS = 40
"""A run is not begun with less time left: it would hardly end."""
_FILE = "throughput.json"


def main() -> None:
    """Measures run after run, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--sizes", nargs="+", choices=("2b", "4b", "9b"), default=["2b", "4b", "9b"])
    parser.add_argument("--out", type=Path, default=Path("throughput"))
    parser.add_argument("--tiny", action="store_true")
    given = parser.parse_args()
    ends = time.monotonic() + 60 * given.minutes
    given.out.mkdir(parents=True, exist_ok=True)
    runs = [replace(run, size="tiny", held=4, steps=3, four_bit=False) for run in RUNS[:2]]
    if not given.tiny:
        runs = [run for run in RUNS if run.size in given.sizes]
    room_in = None if given.tiny or not SHARED_MEMORY.is_dir() else SHARED_MEMORY
    with tempfile.TemporaryDirectory(dir=room_in) as room:
        measure(runs, Path(room), ends, given.out / _FILE, batch=8 if given.tiny else _BATCH, tiny=given.tiny)
    print(f"bring back {given.out / _FILE}: {(given.out / _FILE).stat().st_size} bytes")


def measure(runs: list[Run], room: Path, ends: float, file: Path, *, batch: int, tiny: bool) -> None:
    """Measures runs until the time is up.

    Args:
        runs: in the order of what is worth most.
        room: folder for models and rows.
        ends: when to stop, by ``time.monotonic()``.
        file: JSON file of the results.
        batch: examples of an optimiser step.
        tiny: whether this is a rehearsal.
    """
    n_rows = max(run.steps for run in runs) * batch
    costs, device, first_calls = _prepare(sorted({run.size for run in runs}), n_rows, room, "cpu" if tiny else "cuda")
    for part, (first, second) in first_calls.items():
        print(f"{part:<24} first call {first:6.2f} s, second {second:6.2f} s", flush=True)
    report: dict[str, Any] = {"device": device, "first calls, seconds": first_calls, "runs": []}
    report["rows"] = {size: asdict(cost) for size, cost in costs.items()}
    for run in runs:
        left = ends - time.monotonic()
        traced = run is runs[0]
        found = _measure_run(run, room, batch, left, trace=traced) if left > _LEAST_SECONDS else "no time was left"
        report["runs"].append(asdict(run) | _describe(found, batch, costs[run.size], device))
        file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        print(_line(report["runs"][-1]), flush=True)
    print("\n" + _line(dict.fromkeys(_COLUMNS)))
    for entry in report["runs"]:
        print(_line(entry))


def _prepare(
    sizes: list[str], n_rows: int, room: Path, device: str
) -> tuple[dict[str, RowCost], str, dict[str, tuple[float, float]]]:
    """Writes rows and models, as much as possible at once: (what a row of each size costs, device, first calls)."""
    with ThreadPoolExecutor() as pool:
        first_calls = pool.submit(apart, measure_first_calls, device)
        apart(write_rows, room / "dataset", n_rows, figure_size(sizes[0]))
        messages = pool.submit(apart, write_messages, room / "dataset", room / "messages.parquet")
        list(pool.map(lambda size: apart(save_base, size, room / "dataset", room / size), sizes))
        counted = list(pool.map(lambda size: apart(measure_rows, room / "dataset", str(room / size)), sizes))
        messages.result()
    costs = {size: cost for size, (cost, _) in zip(sizes, counted, strict=True)}
    return costs, counted[0][1], first_calls.result()


def _measure_run(run: Run, room: Path, batch: int, seconds: float, *, trace: bool) -> Measured | str:
    """What a run took, or why it did not end."""
    job = Job(
        way=run.way,
        model=str(room / run.size),
        dataset=str(room / "dataset"),
        messages=str(room / "messages.parquet"),
        batch_size=batch,
        held=run.held,
        epochs=1,
        warmup=1 if run.steps < 6 else 2,
        four_bit=run.four_bit,
        steps=run.steps,
        trace=trace,
    )
    try:
        return apart(run_way, job, limit=seconds)  # type: ignore[no-any-return]
    except TimeoutError:
        return "stopped when the time was up"
    except RuntimeError as error:
        return "out of memory" if "OutOfMemory" in str(error) else str(error)[:200]


def _describe(found: Measured | str, batch: int, cost: RowCost, device: str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"failed": found}
    result: Result = summarise([found], batch, cost, peak_of(device))
    return asdict(result) | {"first rows": found.first_rows_seconds, "first step": found.first_step_seconds}


_COLUMNS = {
    "size": "{:<5}",
    "way": "{:<22}",
    "held": "{:>5}",
    "samples": "{:>8.2f}",
    "tokens": "{:>8.0f}",
    "mfu": "{:>7.1%}",
    "peak_gib": "{:>9.1f}",
    "first rows": "{:>11.1f}",
    "first step": "{:>11.1f}",
}
"""Columns of the table: rates per second, and seconds until the first rows and of the first step after that."""


def _line(entry: dict[str, Any]) -> str:
    """A line of the table; its head for an entry of None."""
    cells = []
    for name, layout in _COLUMNS.items():
        value = entry.get(name)
        if value is None:
            width = int("".join(filter(str.isdigit, layout.partition(".")[0])))
            heading = name if not any(entry.values()) else "—"
            cells.append(f"{heading:{'<' if '<' in layout else '>'}{width}}")
        else:
            cells.append(layout.format(value))
    return " ".join(cells) + ("  " + entry["failed"] if entry.get("failed") else "")


if __name__ == "__main__":
    main()
