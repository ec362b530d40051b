"""The screen: asks about every gene in every niche of a slide. It gives the table of `nichelens markers`.

Genes are asked in blocks. A block is drawn once and asked of all niches, so it can be asked in any process and at any
time: `inference.answers.screening` stores the answers of each block. Every question is that of the interview.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from data_prep.claims import Claim
from data_prep.facts import marker_rule
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide
from data_prep.slide_loading import slide_label
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
    "rank",
    "p_marker",
    "verdict",
    "effect",
    "log2fc",
    "log2fc_error",
    "q_value",
    "agrees",
    "detected_in_niche",
    "detected_outside",
    "n_spots",
    "depth",
)
VERDICT_ORDER = ("yes", "abstain", "no")
"""Verdicts of the model, in the order of the table."""
_BLOCK_BYTES = 2**25
"""Memory of one block of genes while it is drawn, at 8 bytes a pixel."""
_BLOCK_GENES = 64
_PICTURE_BYTES = 2**26
"""Memory of the pictures that wait to be scored."""


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
        The table of `marker_table`.

    Raises:
        NicheLensError: the slide has no such gene or niche, or its pictures have another size than the model reads.
    """
    engine.check_canvas(facts.canvas)
    symbols, names = asked_names(facts.slide, genes, niches)
    blocks = gene_blocks(facts.slide, symbols, engine.image_size)
    total = len(symbols) * len(names)
    done = total - sum(map(len, blocks)) * len(names)
    p_marker = []
    for block in blocks:
        report = None if progress is None else _moved(progress, done, total)
        p_marker.append(score_block(engine, facts.canvas, block, names, report))
        done += len(block) * len(names)
        if progress:
            progress(done, total)
    calibration = engine.calibration.of(ENRICHED)
    return marker_table(facts, symbols, names, join_blocks(symbols, names, blocks, p_marker), calibration)


def asked_names(
    slide: Slide, genes: Sequence[str] | None, niches: Sequence[str] | None = None
) -> tuple[list[str], list[str]]:
    """The genes and niches to ask about; all of the slide where None is given.

    Raises:
        NicheLensError: the slide has no such gene or niche.
    """
    symbols = list(dict.fromkeys(str(gene) for gene in (slide.genes if genes is None else genes)))
    names = [name for name in slide.niches if slide.spots_of(name).any()] if niches is None else list(niches)
    for symbol in symbols:
        slide.gene_index(symbol)
    for name in names:
        slide.niche_index(name)
    return symbols, names


def gene_blocks(slide: Slide, symbols: Sequence[str], image_size: int) -> list[tuple[str, ...]]:
    """The genes that have counts, in blocks whose maps fit into memory. Only the arguments decide the blocks."""
    rows = np.array([slide.gene_index(gene) for gene in symbols], dtype=np.int64)
    has_counts = np.diff(slide.counts.indptr)[rows] > 0  # no zero is stored, and the counts may lie on disk
    shown = [gene for gene, has in zip(symbols, has_counts, strict=True) if has]
    size = max(1, min(_BLOCK_GENES, _BLOCK_BYTES // (8 * image_size**2)))
    return [tuple(shown[start : start + size]) for start in range(0, len(shown), size)]


def score_block(
    engine: Engine, canvas: Canvas, genes: Sequence[str], niches: Sequence[str], progress: Progress | None = None
) -> np.ndarray:
    """Asks about some genes in each niche.

    Args:
        engine: model to ask.
        canvas: draws the slide.
        genes: that have counts.
        niches: names.
        progress: called with (questions answered so far, questions of the block).

    Returns:
        (n_genes, n_niches) calibrated probabilities that the gene marks the niche. They depend on nothing but the
        arguments: the same questions always share a batch.
    """
    p_marker = np.zeros((len(genes), len(niches)))
    at_once = max(1, _PICTURE_BYTES // (3 * canvas.size**2 * len(genes)))
    levels = canvas.levels(genes, within_niche=True)
    for start in range(0, len(niches), at_once):
        questions = [
            claim_question(canvas, Claim(ENRICHED, gene, niche), image=picture)
            for niche in niches[start : start + at_once]
            for gene, picture in zip(genes, canvas.focus_levels(levels, niche), strict=True)
        ]
        report = None if progress is None else _moved(progress, start * len(genes), p_marker.size)
        scores = engine.yes_probability(questions, progress=report)
        p_marker[:, start : start + at_once] = scores.reshape(-1, len(genes)).T
    return p_marker


def join_blocks(
    symbols: Sequence[str],
    niches: Sequence[str],
    blocks: Sequence[Sequence[str]],
    p_marker: Sequence[np.ndarray],
) -> np.ndarray:
    """The probabilities of all genes, (n_genes, n_niches); 0 for a gene that is in no block."""
    place = {gene: row for row, gene in enumerate(symbols)}
    joined = np.zeros((len(symbols), len(niches)))
    for block, p in zip(blocks, p_marker, strict=True):
        joined[[place[gene] for gene in block]] = p
    return joined


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
        One row for each gene and niche, with the columns ``COLUMNS``. Niches come in the order of ``names``. In a niche
        the genes that the model calls markers come first, then those it abstains on, then the others. Among these the
        largest ``effect`` comes first: the log2 fold change less two standard errors, which is the enrichment that the
        counts vouch for. A large fold change of a handful of counts so ranks below a surer one. ``rank`` counts from 1.
        ``agrees`` is "yes" or "no", or "" where the model abstains or the counts are unclear
        (``data_prep.facts.marker_rule``). ``n_spots`` and ``depth`` are those of the niche: on how many spots the
        numbers were measured, and the median counts of these.
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
            "slice": slide_label(slide),
            "gene": np.repeat(np.array(symbols, dtype=object), n_niches),
            "niche": np.tile(np.array(names, dtype=object), n_genes),
            "p_marker": p_marker.ravel(),
            "verdict": verdicts.ravel(),
            "effect": _effect(markers, asked).ravel(),
            "log2fc": markers.log2fc[asked].ravel(),
            "log2fc_error": markers.error[asked].ravel(),
            "q_value": markers.q_value[asked].ravel(),
            "agrees": agrees.ravel(),
            "detected_in_niche": markers.frac_in[asked].ravel(),
            "detected_outside": markers.frac_out[asked].ravel(),
            "n_spots": np.tile(facts.tissue.niche_sizes[asked[1].ravel()], n_genes),
            "depth": np.tile(facts.tissue.niche_depths[asked[1].ravel()], n_genes),
            "_niche": np.tile(np.arange(n_niches), n_genes),
            "_verdict": [VERDICT_ORDER.index(verdict) for verdict in verdicts.ravel()],
        }
    )
    order = ["_niche", "_verdict", "effect", "gene"]
    table = table.sort_values(order, ascending=[True, True, False, True], kind="stable")
    table["rank"] = table.groupby("_niche", sort=False).cumcount() + 1
    return table[list(COLUMNS)].reset_index(drop=True)


def _effect(markers: marker_rule.MarkerTable, asked: tuple[np.ndarray, ...]) -> np.ndarray:
    """The enrichment that the counts vouch for; -inf where nothing was measured."""
    return markers.log2fc[asked] - np.float32(marker_rule.NOT_ERRORS) * markers.error[asked]


def _moved(progress: Progress, done_before: int, total: int) -> Progress:
    """Reports the progress of a part as that of the whole."""
    return lambda done, _: progress(done_before + done, total)
