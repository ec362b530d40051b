"""Slides for tests of facts."""

import numpy as np
import pytest

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.slide import Slide
from data_prep.synth.tissue import make_slide


@pytest.fixture(scope="session")
def partly_labelled() -> Slide:
    """A synthetic slide of which a tenth of the spots has no niche."""
    slide = make_slide(11, n_spots=700, n_niches=4, n_genes=40, layout="cells")
    niche = slide.niche.copy()
    niche[np.random.default_rng(1).random(slide.n_spots) < 0.1] = -1
    return Slide(slide.name, slide.counts, slide.xy, slide.genes, niche, slide.niches, slide.meta)


@pytest.fixture(scope="session")
def tissue(partly_labelled: Slide) -> LabelledTissue:
    """Its labelled spots."""
    return LabelledTissue.of(partly_labelled)
