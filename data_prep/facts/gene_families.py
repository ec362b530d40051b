"""Families of genes that tell about the quality of a slide, found by their symbols, and their share of each spot.

Symbols are compared without case, so the same patterns find human and mouse genes ("MT-ND1", "mt-Nd1").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

MITOCHONDRIAL, RIBOSOMAL, HAEMOGLOBIN, CONTROLS = "mitochondrial", "ribosomal", "haemoglobin", "control probes"
_PATTERNS = {
    # Some writers replace the hyphen by a dot.
    MITOCHONDRIAL: re.compile(r"mt[-.].+", re.IGNORECASE),
    # Not RPS6KA1 and its like, which are kinases.
    RIBOSOMAL: re.compile(r"rp(?:[ls]\d+(?:a|x|y\d|l\d?|al)?|lp[012]|sa)", re.IGNORECASE),
    # Not HBEGF, HBP1 and HBS1L.
    HAEMOGLOBIN: re.compile(r"hb(?:[abdmz]\d?|e1|g[12]|q1[ab]?|a-(?:a\d|x)|b-(?:b[st12]|bh\d|y))", re.IGNORECASE),
    # Names that Xenium and MERFISH files give to probes without a target.
    CONTROLS: re.compile(
        r"(?:blank[-_ ]?\d+|negcontrol.*|negprb.*|antisense_.*|unassignedcodeword.*|deprecated.*)", re.I
    ),
}


@dataclass(frozen=True, eq=False)
class GeneFamily:
    """One family of genes on a slide.

    Attributes:
        name: for example "mitochondrial".
        genes: (n_family,) codes of its genes.
        share: (n_spots,) share of each spot's counts that they have, 0..1.
    """

    name: str
    genes: np.ndarray
    share: np.ndarray

    @property
    def median(self) -> float:
        """Median share over the spots."""
        return float(np.median(self.share))

    def above(self, limit: float) -> int:
        """Number of spots with a larger share."""
        return int((self.share > limit).sum())


def find_families(genes: np.ndarray) -> dict[str, np.ndarray]:
    """Name of each family → codes of its genes, in rising order; empty for a family that the slide lacks."""
    return {
        name: np.array([code for code, gene in enumerate(genes) if pattern.fullmatch(str(gene))], dtype=np.int64)
        for name, pattern in _PATTERNS.items()
    }


def measure_families(counts: sp.csc_matrix, genes: np.ndarray, depth: np.ndarray) -> dict[str, GeneFamily]:
    """The families that a slide has.

    Args:
        counts: (n_spots, n_genes).
        genes: (n_genes,) symbols.
        depth: (n_spots,) total counts.
    """
    families = {}
    for name, codes in find_families(genes).items():
        if len(codes):
            own = np.asarray(counts[:, codes].sum(axis=1, dtype=np.float64)).ravel()
            families[name] = GeneFamily(name, codes, own / np.maximum(depth, 1e-9))
    return families
