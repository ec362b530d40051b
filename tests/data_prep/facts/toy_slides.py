"""Slides made of a table of counts."""

import numpy as np
import scipy.sparse as sp

from data_prep.slide import Slide, SlideMeta


def slide_of(counts: np.ndarray, niche: np.ndarray, names: tuple[str, ...], xy: np.ndarray | None = None) -> Slide:
    """A slide of dense counts; spots at random positions unless they are given."""
    xy = np.random.default_rng(0).random((len(counts), 2)) if xy is None else xy
    genes = np.array([f"G{i}" for i in range(counts.shape[1])])
    return Slide("toy", sp.csc_matrix(counts, dtype=np.float32), xy, genes, niche.astype(np.int32), names, SlideMeta())
