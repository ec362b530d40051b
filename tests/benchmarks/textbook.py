"""Compare the marker rule with textbook markers of two tissues.

    python -m tests.benchmarks.textbook cortex dlpfc_visium_151674.h5ad --niche-key region [--slice NAME]

Each textbook marker should be a marker of at least one of the niches that the literature names. The summary lists the
genes that the slide does not measure.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MarkerTable, measure_markers
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.slide import Slide

MARKERS: dict[str, dict[str, tuple[str, ...]]] = {
    # Human dorsolateral prefrontal cortex: Maynard et al., Nature Neuroscience 2021; Zeng et al., Cell 2012.
    "cortex": {
        "MBP": ("WM",),
        "PLP1": ("WM",),
        "MOBP": ("WM",),
        "AQP4": ("L1", "WM"),
        "GFAP": ("L1", "WM"),
        "RELN": ("L1",),
        "HPCAL1": ("L2",),
        "CUX2": ("L2", "L3"),
        "LAMP5": ("L2", "L3"),
        "CARTPT": ("L3",),
        "RORB": ("L4",),
        "PCP4": ("L5",),
        "FEZF2": ("L5",),
        "TRABD2A": ("L5",),
        "NTNG2": ("L6",),
        "KRT17": ("L6",),
    },
    # Mouse olfactory bulb: Ståhl et al., Science 2016.
    "olfactory_bulb": {
        "Penk": ("1: Granular Cell Layer",),
        "Doc2g": ("2: Mitral Cell Layer", "3: Outer Plexiform Layer", "4: Glomerular Layer"),
        "Kctd12": ("5: Olfactory Nerve Layer",),
    },
}
"""Tissue → gene → niches in which the literature names it as a marker."""


def main() -> None:
    """Prints one line for each textbook marker of a slide, and a summary."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tissue", choices=MARKERS)
    parser.add_argument("slide", type=Path)
    parser.add_argument("--niche-key", default="region")
    parser.add_argument("--slice", default=None)
    options = parser.parse_args()
    markers = MARKERS[options.tissue]
    for slide in read_slides(options.slide, ReadOptions((options.niche_key,), drop_small_niches=True)):
        if options.slice not in (None, slide.meta.slice):
            continue
        table = measure_markers(LabelledTissue.of(slide))
        missing = sorted(set(markers).difference(slide.genes))
        verdicts = Counter(compare(slide, table, gene, markers[gene]) for gene in markers if gene not in missing)
        counts = ", ".join(f"{verdict} {n}" for verdict, n in sorted(verdicts.items()))
        share = (table.label == 1).mean(axis=0)
        shares = ", ".join(f"{niche} {part:.1%}" for niche, part in zip(slide.niches, share, strict=True))
        print(
            f"{slide.name}: {counts} of {len(markers)} textbook markers; not measured: {', '.join(missing) or 'none'}"
        )
        print(f"{slide.name}: share of all genes that are markers: {shares}")


def compare(slide: Slide, table: MarkerTable, gene: str, expected: tuple[str, ...]) -> str:
    """Prints and returns the verdict on one textbook marker: hit, ambiguous or miss."""
    label = table.label[slide.gene_index(gene)]
    called = [slide.niches[code] for code in np.flatnonzero(label == 1)]
    ambiguous = [slide.niches[code] for code in np.flatnonzero(label == -1)]
    verdict = "hit" if set(called) & set(expected) else "ambiguous" if set(ambiguous) & set(expected) else "miss"
    print(f"{slide.name} {gene:8} expected {'/'.join(expected)}: {verdict}; marker of {', '.join(called) or 'none'}")
    return verdict


if __name__ == "__main__":
    main()
