"""The screen: asks about every gene in every niche of a slide. It gives the table of `nichelens markers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.tasks import claim_question
from inference.answers.interview import ENRICHED
from inference.engine.engine import Engine, Progress
from inference.model.calibration import KindCalibration

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "slice",
    "gene",
    "niche",
    "p_marker",
    "verdict",
    "log2fc",
    "log2fc_error",
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
    The verdicts are "yes", "no" and "abstain" by the thresholds of the model's calibration. Probabilities are
    calibrated on questions of which half are about markers. On a slide far fewer genes are markers, so read the table
    from the top.

    Args:
        engine: model to ask.
        facts: facts of the slide, with a canvas of the engine's image size.
        genes: symbols; all genes of the slide when None.
        niches: names; all niches of the slide when None.
        progress: called with (questions answered so far, all questions).

    Returns:
        One row for each gene and niche, sorted by niche (in the slide's order), falling ``p_marker`` and gene, with the
        columns ``COLUMNS``. ``agrees`` is "yes" or "no", or "" where the model abstains or the counts are unclear
        (``data_prep.facts.marker_rule``).

    Raises:
        NicheLensError: the slide has no such gene or niche, or its pictures have another size than the model reads.
    """
    slide = facts.slide
    engine.check_canvas(facts.canvas)
    symbols = [str(gene) for gene in (slide.genes if genes is None else genes)]
    names = list(facts.shapes if niches is None else niches)
    rows = np.array([slide.gene_index(gene) for gene in symbols], dtype=np.int64)
    for name in names:
        slide.niche_index(name)
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
                claim_question(facts.canvas, Claim(ENRICHED, gene, niche), image=picture)
                for gene, picture in zip(shown, pictures, strict=True)
            ]
            p_marker[block, column] = engine.yes_probability(questions)
            done += len(block)
            if progress:
                progress(done, total)
    return marker_table(facts, symbols, names, p_marker, engine.calibration.of(ENRICHED))


def marker_table(
    facts: Facts, symbols: Sequence[str], names: Sequence[str], p_marker: np.ndarray, calibration: KindCalibration
) -> pd.DataFrame:
    """Puts the statistics of the counts beside the model's answers.

    Args:
        facts: facts of the slide.
        symbols: genes.
        names: niches.
        p_marker: (n_genes, n_niches) calibrated probabilities that the gene marks the niche.
        calibration: its thresholds make the verdicts.

    Returns:
        The table of `screen_markers`.
    """
    import pandas as pd

    slide, markers = facts.slide, facts.markers
    asked = np.ix_([slide.gene_index(gene) for gene in symbols], [slide.niche_index(name) for name in names])
    verdicts = np.array([calibration.verdict(p) for p in p_marker.ravel()], object).reshape(p_marker.shape)
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
            "log2fc_error": markers.error[asked].ravel(),
            "q_value": markers.q_value[asked].ravel(),
            "agrees": agrees.ravel(),
            "detected_in_niche": markers.frac_in[asked].ravel(),
            "detected_outside": markers.frac_out[asked].ravel(),
            "_order": np.tile(np.arange(n_niches), n_genes),
        }
    )
    table = table.sort_values(["_order", "p_marker", "gene"], ascending=[True, False, True], kind="stable")
    return table[list(COLUMNS)].reset_index(drop=True)
