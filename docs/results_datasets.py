"""Make the datasets on which docs/results.sh calibrates and measures the bundled model.

    python docs/results_datasets.py OUT SLIDE.h5ad...

OUT/real holds the slides of the command line, OUT/synthetic synthetic tissue that no training has seen, OUT/artefacts
such tissue with planted artefacts, which is asked about these alone. ``SIDES`` says
which donors train an adapter and the arithmetic beside the model, which calibrate, and which test. A slide of another
donor tests.

Slides with annotated regions or cell types are asked about these. For the others, niches are found by clustering. Some
slides for calibration are added a second time as other technologies would see them: a panel of a few dozen genes, or a
tenth of the counts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from data_prep.dataset.builder import build_dataset
from data_prep.dataset.prep_config import PrepConfig
from data_prep.errors import NicheLensError
from data_prep.facts.thinning import thin
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides, niche_columns
from data_prep.split_names import TEST_SLIDE, TRAIN, VALIDATION
from data_prep.synth.annotation import add_cell_types, leave_unlabelled
from data_prep.synth.planted_artefacts import plant
from data_prep.synth.tissue import make_slide
from inference.evaluation.questions.planted_effect import FIRST_SEED
from training.nano.artefact_lessons import PLANTED, draw_strengths, draw_tissue

SIDES: dict[str, tuple[str, ...]] = {
    TRAIN: ("Br8100", "B", "C", "BZ5", "animal1"),
    VALIDATION: (
        "D",
        "E",
        "BZ9",
        "starmap_mouse_visual_cortex",
        "xenium_human_breast_4crops",
        "slideseq_mouse_cerebellum",
    ),
}
"""Side → donors: DLPFC, two breast tumours, a STARmap cortex and MERFISH train; two breast tumours, two STARmap
cortices, Xenium and Slide-seq calibrate. All others test."""
SYNTHETIC = {TRAIN: 60, VALIDATION: 30, TEST_SLIDE: 200}
"""Side → number of synthetic slides."""
SPOILT = {TRAIN: 480, VALIDATION: 320, TEST_SLIDE: 400}
"""Side → number of synthetic slides for artefacts; every fourth stays sound. Each asks one question of each kind, and a
kind has as many yes as no: 160 to 250 of the 400 slides."""
PANELS = {"starmap_mouse_visual_cortex": 33, "BZ9": 33, "D": 40}
"""Donor → number of genes of a panel, which is drawn from the detected genes."""
THINNED = {"E": 0.1, "starmap_mouse_visual_cortex": 0.1}
"""Donor → share of the counts that are kept."""
_LEAST_COUNTS = 100
"""Counts of a gene over the slide from which it may be in a panel."""


def main(out: Path, files: Sequence[Path]) -> None:
    """Makes the datasets; one that exists is kept."""
    if files and not (out / "real").exists():
        slides = [slide for file in files for slide in read_slides(file)]
        slides += [changed for slide in slides for changed in other_technologies(slide)]
        build(out / "real", [*slides, *synthetic_slides(TRAIN)])
    if not (out / "synthetic").exists():
        build(out / "synthetic", [slide for side in SYNTHETIC for slide in synthetic_slides(side)])
    if not (out / "artefacts").exists():
        build(out / "artefacts", [slide for side in SPOILT for slide in spoilt_slides(side)], tuple(PLANTED))


def build(out: Path, slides: Sequence[Slide], tasks: tuple[str, ...] = PrepConfig.tasks) -> None:
    """Asks kinds of claims of slides: all that one slide can balance, unless named."""
    donors = {slide.meta.donor for slide in slides}
    sides = {side: [*SIDES.get(side, ()), f"synthetic {side}"] for side in SYNTHETIC}
    validation = [donor for donor in sides[VALIDATION] if donor in donors]
    test = sorted(donors - {*sides[TRAIN], *validation})
    config = PrepConfig(
        tasks=tasks,
        store="specs",
        test_donors=tuple(test),
        validation_donors=tuple(validation),
        test_genes=0.0,
        markers_per_slide=300,
        held_out_per_slide=300,
        others_per_slide=200,
        unclear_per_slide=20,
    )
    sizes = build_dataset(slides, out, config, workers=2, progress=_report)
    print(f"{out}: {', '.join(f'{split} {n}' for split, n in sizes.items())}", flush=True)


def read_slides(file: Path) -> list[Slide]:
    """The slices of a file, with its regions, else its cell types, else niches that are found."""
    known = niche_columns(file)
    keys = tuple(key for key in ("region", "cell_type") if key in known)
    types = "cell_type" if keys == ("region", "cell_type") else None
    options = ReadOptions(niche_keys=keys[:1], find_niches=not keys, cell_type_key=types, drop_small_niches=True)
    return load_slides([file], options)


def other_technologies(slide: Slide) -> Iterator[Slide]:
    """The slide as other technologies would see it, if it is one of those for calibration."""
    donor = slide.meta.donor
    rng = np.random.default_rng(0)
    if donor in PANELS:
        detected = np.flatnonzero(np.asarray(slide.counts.sum(axis=0)).ravel() >= _LEAST_COUNTS)
        genes = np.sort(rng.choice(detected, min(PANELS[donor], len(detected)), replace=False))
        yield _keep_spots(replace(slide, counts=slide.counts[:, genes], genes=slide.genes[genes]), "few genes")
    if donor in THINNED:
        counts = thin(slide.counts, np.full(slide.n_spots, THINNED[donor]), 0)
        yield _keep_spots(slide.with_counts(counts), "few counts")


def synthetic_slides(side: str) -> Iterator[Slide]:
    """Synthetic slides of one side, of all layouts; some are partly labelled, sparse, or have cell types."""
    first = FIRST_SEED + 10_000 * list(SYNTHETIC).index(side)
    for seed in range(first, first + SYNTHETIC[side]):
        rng = np.random.default_rng(seed)
        slide = make_slide(seed, n_genes=int(rng.choice((40, 96))))
        if rng.random() < 0.25:
            slide = leave_unlabelled(slide, rng)
        if rng.random() < 0.4:
            slide = add_cell_types(slide, rng)
        if rng.random() < 0.35:
            share = np.exp(rng.uniform(np.log(0.05), 0))
            slide = _keep_spots(slide.with_counts(thin(slide.counts, np.full(slide.n_spots, share), seed)), "")
        yield replace(slide, meta=replace(slide.meta, donor=f"synthetic {side}"))


def spoilt_slides(side: str) -> Iterator[Slide]:
    """Synthetic slides of one side, three of four with a planted artefact."""
    first = FIRST_SEED + 100_000 + 10_000 * list(SPOILT).index(side)
    kinds = [*PLANTED.values(), ""]
    for seed in range(first, first + SPOILT[side]):
        rng, kind = np.random.default_rng(seed), kinds[seed % len(kinds)]
        slide = draw_tissue(seed, rng)
        with suppress(NicheLensError):  # Where there is no room for it, the slide stays sound.
            slide = plant(slide, kind, float(draw_strengths(rng, 1)[0]), seed)[0] if kind else slide
        yield replace(slide, meta=replace(slide.meta, donor=f"synthetic {side}"))


def _keep_spots(slide: Slide, change: str) -> Slide:
    """The slide without spots that lost all counts, and a name that says what was changed."""
    kept = np.diff(slide.counts.tocsr().indptr) > 0
    return replace(
        slide,
        name=f"{slide.name} ({change})" if change else slide.name,
        counts=slide.counts[kept],
        xy=slide.xy[kept],
        niche=slide.niche[kept],
        cell_type=slide.cell_type[kept] if len(slide.cell_type) else slide.cell_type,
    )


def _report(step: str, n_done: int, n_all: int) -> None:
    if n_done == n_all:
        print(f"{step}: {n_all} jobs", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
