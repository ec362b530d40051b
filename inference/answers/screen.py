"""The screen: asks about every gene in every niche of a slide. It gives the table of `nichelens markers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from data_prep.facts.facts import Facts
from data_prep.tasks import marker_question
from inference.engine.engine import Engine, Progress

if TYPE_CHECKING:
    import pandas as pd

YES_FROM = 0.65
NO_UP_TO = 0.35
"""Between the two, the verdict is "abstain": there a calibrated answer is wrong more than one time in three."""

COLUMNS = (
    "slice",
    "gene",
    "niche",
    "p_marker",
    "verdict",
    "log2fc",
    "q_value",
    "agrees",
    "detected_in_niche",
    "detected_outside",
)
_BLOCK_BYTES = 2**25
"""Memory of one block of genes while it is drawn, at 8 bytes a pixel."""
_BLOCK_GENES = 64


def screen_markers(
    engine: Engine,
    facts: Facts,
    genes: Sequence[str] | None = None,
    niches: Sequence[str] | None = None,
    *,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Asks whether each gene is a marker of each niche, and puts the statistics of the counts beside the answer.

    A gene without counts on the slide has no picture. It gets p 0 and the verdict "no" without a question.
    Probabilities are calibrated on questions of which half are about markers. On a slide far fewer genes are markers,
    so read the table from the top.

    Args:
        engine: model to ask.
        facts: facts of the slide, with a canvas of the engine's image size.
        genes: symbols; all genes of the slide when None.
        niches: names; all niches of the slide when None.
        progress: called with (questions answered so far, all questions).

    Returns:
        One row for each gene and niche, sorted by niche (in the slide's order), falling ``p_marker`` and gene, with the
        columns ``COLUMNS``. ``agrees`` is "yes" or "no", or "" where the model abstains or the counts are ambiguous
        (``data_prep.facts.marker_rule``).

    Raises:
        NicheLensError: the slide has no such gene or niche, or its pictures have another size than the model reads.
    """
    slide = facts.slide
    engine.check_canvas(facts.canvas)
    symbols = [str(gene) for gene in (slide.genes if genes is None else genes)]
    names = list(facts.shapes if niches is None else niches)
    rows = np.array([slide.gene_index(gene) for gene in symbols], dtype=np.int64)
    columns = np.array([slide.niche_index(name) for name in names], dtype=np.int64)
    has_counts = np.diff(slide.counts.indptr)[rows] > 0  # no zero is stored, and the counts may lie on disk

    p_marker = np.zeros((len(symbols), len(names)))
    total = len(symbols) * len(names)
    done = int((~has_counts).sum()) * len(names)
    block_genes = max(1, min(_BLOCK_GENES, _BLOCK_BYTES // (8 * engine.image_size**2)))
    with_picture = np.flatnonzero(has_counts)
    for start in range(0, len(with_picture), block_genes):
        block = with_picture[start : start + block_genes]
        shown = [symbols[i] for i in block]
        levels = facts.canvas.levels(shown, within_niche=True)
        for column, niche in enumerate(names):
            pictures = facts.canvas.focus_levels(levels, niche)
            questions = [
                marker_question(facts.canvas, gene, niche, image=picture)
                for gene, picture in zip(shown, pictures, strict=True)
            ]
            p_marker[block, column] = engine.yes_probability(questions)
            done += len(block)
            if progress:
                progress(done, total)
    return _as_table(facts, symbols, names, p_marker, rows, columns)


def verdict(p_marker: float) -> str:
    """``yes``, ``no`` or ``abstain`` for a calibrated probability."""
    if p_marker >= YES_FROM:
        return "yes"
    return "no" if p_marker <= NO_UP_TO else "abstain"


def _as_table(
    facts: Facts, symbols: list[str], names: list[str], p_marker: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> pd.DataFrame:
    import pandas as pd

    slide, markers = facts.slide, facts.markers
    asked = np.ix_(rows, columns)
    verdicts = np.vectorize(verdict, otypes=[object])(p_marker) if p_marker.size else p_marker.astype(object)
    label = markers.label[asked]
    decided = (verdicts != "abstain") & (label != -1)
    agrees = np.where(decided, np.where((verdicts == "yes") == (label == 1), "yes", "no"), "")
    n_genes, n_niches = p_marker.shape
    table = pd.DataFrame(
        {
            "slice": slide.meta.slice or slide.name,
            "gene": np.repeat(np.array(symbols, dtype=object), n_niches),
            "niche": np.tile(np.array(names, dtype=object), n_genes),
            "p_marker": p_marker.ravel(),
            "verdict": verdicts.ravel(),
            "log2fc": markers.log2fc[asked].ravel(),
            "q_value": markers.q_value[asked].ravel(),
            "agrees": agrees.ravel(),
            "detected_in_niche": markers.frac_in[asked].ravel(),
            "detected_outside": markers.frac_out[asked].ravel(),
            "_order": np.tile(np.arange(n_niches), n_genes),
        }
    )
    table = table.sort_values(["_order", "p_marker", "gene"], ascending=[True, False, True], kind="stable")
    return table[list(COLUMNS)].reset_index(drop=True)
