"""Prints the tables of docs/quality.md: what `nichelens check` says of slides and takes, and what its power is worth.

    python docs/quality_table.py SLIDE.h5ad...

Each slide is checked in a process of its own, with its likeliest column of niches if it has one.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

HEAD = "| slide | slices | seconds | MiB | first sentence of the first slice |\n|---|--:|--:|--:|---|"
"""Seconds are those of one core, as the system counts them: other programs do not change them."""
HELD_HEAD = (
    "| slide | genes × niches | told both ways | of these decided | of all others decided |\n|---|--:|--:|--:|--:|"
)


def main(files: list[Path]) -> None:
    """Prints both tables.

    Args:
        files: the slides.
    """
    logging.disable(logging.WARNING)
    print(HEAD)
    keys = {file: _niche_key(file) for file in files}
    for file, key in keys.items():
        print(_checked(file, key), flush=True)
    print(f"\n{HELD_HEAD}")
    for file, key in keys.items():
        if key:
            for row in _held(file, key):
                print(row, flush=True)


def _niche_key(file: Path) -> str:
    from data_prep.slide_loading import niche_columns

    return next(iter(niche_columns(file)), "")


def _checked(file: Path, key: str) -> str:
    """A row of the first table."""
    options = ["--niche-key", key] if key else []
    code = "from app.cli import main; raise SystemExit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--quiet", "check", str(file), *options, "--json"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    slices = json.loads(process.stdout.read())["slices"]
    _, _, usage = os.wait4(process.pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    named = f"{file.stem} ({key})" if key else file.stem
    return f"| {named} | {len(slices)} | {seconds:.0f} | {usage.ru_maxrss / 1024:,.0f} | {slices[0]['verdict'][0]} |"


def _held(file: Path, key: str) -> Iterator[str]:
    """Rows of the second table: how often the marker rule decides the genes that it was said to tell."""
    from data_prep.facts.labelled_tissue import LabelledTissue
    from data_prep.facts.marker_power import ASKED_FOLD, niche_powers
    from data_prep.facts.marker_rule import UNCLEAR, measure_markers
    from data_prep.read.options import ReadOptions
    from data_prep.slide_loading import load_slides

    told, decided = [], []
    for slide in load_slides([file], ReadOptions((key,), drop_small_niches=True)):
        tissue = LabelledTissue.of(slide)
        markers = measure_markers(tissue)
        expressed = np.asarray(tissue.counts(slice(None)).sum(axis=0)).ravel() > 0
        for power in niche_powers(tissue, markers):
            told.append(power.could_mark(ASKED_FOLD) & power.told_equal)
            decided.append(markers.label[expressed, slide.niche_index(power.niche)] != UNCLEAR)
    is_told, is_decided = np.concatenate(told), np.concatenate(decided)
    held = (f"{is_decided[chosen].mean():.0%}" if chosen.any() else "" for chosen in (is_told, ~is_told))
    yield f"| {file.stem} ({key}) | {len(is_told):,} | {is_told.mean():.0%} | {' | '.join(held)} |"


if __name__ == "__main__":
    main([Path(argument).resolve() for argument in sys.argv[1:]])
