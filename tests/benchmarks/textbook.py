"""Whether the truth agrees with textbooks: known markers, and the niches that `data_prep.facts.marker_rule` calls them for.

python -m tests.benchmarks.textbook SLIDE.h5ad --niche-key region [--slice NAME]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from data_prep.facts.marker_rule import measure_markers
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides

KNOWN: dict[str, tuple[str, ...]] = {
    # Human dorsolateral prefrontal cortex: Maynard et al., Nature Neuroscience 2021; Zeng et al., Cell 2012.
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
    # Mouse olfactory bulb: Ståhl et al., Science 2016.
    "Penk": ("1: Granular Cell Layer",),
    "Doc2g": ("2: Mitral Cell Layer", "3: Outer Plexiform Layer", "4: Glomerular Layer"),
    "Kctd12": ("5: Olfactory Nerve Layer",),
}


def main() -> None:
    """Prints one line for each known gene and slice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slide", type=Path)
    parser.add_argument("--niche-key", default="region")
    parser.add_argument("--slice", default=None)
    given = parser.parse_args()
    for slide in read_slides(given.slide, ReadOptions((given.niche_key,), drop_small_niches=True)):
        if given.slice not in (None, slide.meta.slice):
            continue
        table = measure_markers(slide)
        for gene, expected in KNOWN.items():
            if not set(expected) & set(slide.niches):
                continue
            if gene not in set(slide.genes):
                print(f"{slide.name} {gene:8} expected {'/'.join(expected)}: not in the file")
                continue
            label = table.label[slide.gene_index(gene)]
            called = [slide.niches[code] for code in np.flatnonzero(label == 1)]
            unsure = [slide.niches[code] for code in np.flatnonzero(label == -1)]
            hit = "hit" if set(called) & set(expected) else "ambiguous" if set(unsure) & set(expected) else "miss"
            print(
                f"{slide.name} {gene:8} expected {'/'.join(expected)}: {hit}; called for {', '.join(called) or 'none'}"
            )
        share = (table.label == 1).mean(axis=0)
        shares = ", ".join(f"{niche} {part:.1%}" for niche, part in zip(slide.niches, share, strict=True))
        print(f"{slide.name} share of genes called: {shares}")


if __name__ == "__main__":
    main()
