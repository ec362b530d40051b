"""Which planted artefacts are flagged, and what is flagged on slides without one.

    python -m tests.benchmarks.artefact_flags                    # the numbers of docs/quality.md: 200 slides
    python -m tests.benchmarks.artefact_flags --first 0 --slides 100

Half of the slides are left as they are; on the others one artefact is planted. Slides whose own edge is poor
(`SynthTruth.edge_loss`) are left out: they are neither clean nor planted. So are artefacts that nobody could see
(`planted_artefacts.VISIBLE`); the last line tells how many of them were flagged.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.artefacts import KINDS, measure_artefacts
from data_prep.synth.planted_artefacts import VISIBLE, plant
from data_prep.synth.tissue import make_tissue

STRENGTHS = {"edge": (0.7, 1.0, 2.0), "stripe": (1.0, 1.5, 2.5), "bubble": (1.0, 1.5, 2.5), "outliers": (2.5, 3.5, 5.0)}
"""log2 losses that are planted. A loss of one spot must be larger than that of a band to show."""


@dataclass(frozen=True)
class Trial:
    """One slide: what was planted and what was flagged.

    Attributes:
        planted: kind, or "" for none.
        strength: log2 loss.
        visibility: of what was planted.
        flags: the kinds that were flagged.
        overlap: Jaccard index of the planted spots and the flagged ones of this kind.
        told: what is printed of a mistake.
    """

    planted: str
    strength: float
    visibility: float
    flags: tuple[str, ...]
    overlap: float
    told: str


def trials(first: int, n_slides: int, *, labelled: bool = True) -> Iterator[Trial]:
    """Measure slides, every second one with a planted artefact; skip slides with a poor edge of their own."""
    made = 0
    seed = first
    while made < n_slides:
        slide, truth = make_tissue(seed)
        seed += 1
        if truth.edge_loss:
            continue
        if not labelled:
            slide = replace(slide, niches=(), niche=np.full(slide.n_spots, -1, np.int32))
        kind, strength, visibility, spots = "", 0.0, 0.0, np.zeros(slide.n_spots, bool)
        if made % 2:
            kind = KINDS[(made // 2) % len(KINDS)]
            strength = STRENGTHS[kind][(made // 2 // len(KINDS)) % 3]
            try:
                slide, planted = plant(slide, kind, strength, seed)
            except NicheLensError:  # no room
                continue
            spots, visibility = planted.spots, planted.visibility
        made += 1
        found = measure_artefacts(slide)
        flagged = {
            "edge": found.edge_spots,
            "stripe": np.any([stripe.spots for stripe in found.stripes], axis=0),
            "bubble": np.any([bubble.spots for bubble in found.bubbles], axis=0),
            "outliers": found.outliers,
        }
        overlap = (flagged[kind] & spots).sum() / max((flagged[kind] | spots).sum(), 1) if kind in found.flags else 0.0
        told = f"seed {seed - 1}, {truth.layout}, {truth.pattern}, {slide.n_spots} spots"
        yield Trial(kind, strength, visibility, found.flags, float(overlap), told)


def without_unseen(done: list[Trial]) -> list[Trial]:
    """The trials without those whose artefact nobody could see."""
    return [trial for trial in done if not trial.planted or trial.visibility >= VISIBLE]


def scores(done: list[Trial], kind: str, strengths: tuple[float, ...] | None = None) -> tuple[int, float, float, float]:
    """Number of planted slides, precision, recall and F1 of one kind; false alarms are those of all slides."""
    planted = [t for t in done if t.planted == kind and (strengths is None or t.strength in strengths)]
    hits = sum(kind in t.flags for t in planted)
    false = sum(kind in t.flags for t in done if t.planted != kind)
    return len(planted), *f1(hits, false, len(planted))


def f1(hits: int, false: int, planted: int) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    return hits / max(hits + false, 1), hits / max(planted, 1), 2 * hits / max(hits + false + planted, 1)


def overall(done: list[Trial]) -> tuple[int, float, float, float]:
    """The same over all kinds together."""
    hits = sum(t.planted in t.flags for t in done)
    flags = sum(len(t.flags) for t in done)
    planted = sum(bool(t.planted) for t in done)
    return planted, *f1(hits, flags - hits, planted)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=20000, help="first seed")
    parser.add_argument("--slides", type=int, default=200)
    parser.add_argument("--unlabelled", action="store_true", help="take the niches away before measuring")
    parser.add_argument("--mistakes", action="store_true", help="list the slides that were judged wrongly")
    options = parser.parse_args()
    start = time.time()
    done = []
    for trial in trials(options.first, options.slides, labelled=not options.unlabelled):
        done.append(trial)
        if options.mistakes and set(trial.flags) != {trial.planted} - {""}:
            what = f"{trial.planted or 'nothing'} {trial.strength:g} (visibility {trial.visibility:.1f})"
            print(f"{trial.told}: planted {what}, flagged {trial.flags}")
    print(f"{len(done)} slides, {time.time() - start:.0f} s")
    unseen = [trial for trial in done if trial.planted and trial.visibility < VISIBLE]
    done = without_unseen(done)
    print("| planted | log2 loss | slides | precision | recall | F1 | spots in common (Jaccard) |")
    print("|" + "---|" * 7)
    for kind in KINDS:
        for strengths in (None, *((s,) for s in STRENGTHS[kind])):
            n, precision, recall, score = scores(done, kind, strengths)
            overlaps = [
                t.overlap
                for t in done
                if t.planted == kind and kind in t.flags and (strengths is None or t.strength in strengths)
            ]
            name = "all" if strengths is None else f"{strengths[0]:g}"
            told = f"{precision:.2f} | {recall:.2f} | {score:.2f}" if strengths is None else f"| {recall:.2f} |"
            print(f"| {kind} | {name} | {n} | {told} | {np.mean(overlaps or [0]):.2f} |")
    n, precision, recall, score = overall(done)
    print(f"| all | all | {n} | {precision:.2f} | {recall:.2f} | {score:.2f} | |")
    clean = [t for t in done if not t.planted]
    false = Counter(flag for t in clean for flag in t.flags)
    print(f"clean slides with a flag: {sum(bool(t.flags) for t in clean)} of {len(clean)} ({dict(false)})")
    told_of = dict(Counter(t.planted for t in unseen if t.planted in t.flags))
    print(f"too weak to be seen: {dict(Counter(t.planted for t in unseen))}, of these flagged {told_of}")


if __name__ == "__main__":
    main()
