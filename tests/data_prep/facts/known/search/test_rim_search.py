"""The rim of a niche is measured beside its core, with the genes of what the words name."""

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from data_prep.facts.facts import Facts
from data_prep.facts.known.search.word_search import find_niches_by_words
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.slide import Slide, SlideMeta

SIDE, RADIUS, WIDTH = 40, 15.0, 1.6
CANCER, HYPOXIC, CYCLING = range(8), range(8, 16), range(16, 24)
"""Columns of genes that are raised in the whole disc, at its rim, and in its core."""


@pytest.fixture(scope="module")
def disc(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """A disc of cancer in healthy tissue."""
    folder = tmp_path_factory.mktemp("rim") / "known"
    folder.mkdir()
    genes = [f"GENE{number}" for number in range(60)]
    (folder / "markers.tsv").write_text("cell type\tgene\n" + "".join(f"Cancer cells\t{genes[g]}\n" for g in CANCER))
    sets = {"HALLMARK_HYPOXIA": HYPOXIC, "HALLMARK_G2M_CHECKPOINT": CYCLING}
    lines = ("\t".join([name, "", *(genes[g] for g in members)]) for name, members in sets.items())
    (folder / "sets.gmt").write_text("\n".join(lines) + "\n")
    rng = np.random.default_rng(0)
    xy = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2).astype(float)
    away = np.hypot(*(xy - (SIDE - 1) / 2).T)
    inside = away < RADIUS
    rate = np.full((len(xy), len(genes)), 4.0)
    rate[np.ix_(inside, CANCER)] *= 5
    rate[np.ix_(inside & (away > RADIUS - WIDTH), HYPOXIC)] *= 5
    rate[np.ix_(away < RADIUS - WIDTH, CYCLING)] *= 5
    slide = Slide(
        name="disc",
        counts=sp.csc_matrix(rng.poisson(rate).astype(np.float32)),
        xy=xy,
        genes=np.array(genes),
        niche=inside.astype(np.int32),
        niches=("healthy", "N2"),
        meta=SlideMeta(),
    )
    return Facts.measure(with_knowledge(slide, read_knowledge([Path(folder)])))


def test_what_is_raised_at_the_rim_is_told_from_what_is_raised_in_the_core(disc: Facts) -> None:
    hypoxic = find_niches_by_words([disc], "hypoxic rim of the tumour").niches[0]
    assert hypoxic.niche == "N2"
    assert hypoxic.why.startswith("its rim shows more of it than its core (evidence +")
    cycling = find_niches_by_words([disc], "G2M checkpoint at the edge of the tumour").niches
    of_disc = next(row for row in cycling if row.niche == "N2")
    assert of_disc.why.startswith("its rim shows no more of it than its core (evidence -")
    assert hypoxic.score > of_disc.score + 2
