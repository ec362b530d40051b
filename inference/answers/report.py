"""Reports: every niche of a slide in the model's words, each claim checked, and the markers that the model names.

    (report,) = describe_slides(engine, [facts])
    report.niches[0].answer.text
    to_html(engine, [report])       # one web page, see `inference.answers.report_page`

The model's own screen of genes chooses what a description is about. The marker statistics only check it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures.spec import PANELS
from data_prep.tasks import Question, describe_question
from inference.answers.ledger import Answer, read_answer
from inference.answers.screen import screen_markers
from inference.engine.engine import Engine, Progress

if TYPE_CHECKING:
    import pandas as pd

SCREENED_GENES = 300
"""Genes asked for each niche: the most variable ones, which include those that make niches differ."""
N_CANDIDATES = 2
"""Panels of a description that show the genes with the highest p. The other panels show genes it calls no markers."""


class TooFewGenesError(NicheLensError):
    """A slide has fewer genes with counts than a description has panels."""


@dataclass(frozen=True, eq=False)
class NicheReport:
    """A niche in the model's words.

    Attributes:
        niche: its name.
        question: pictures and prompt that the model got; None where the slide has too few genes for the panels.
        answer: the checked answer; None without a question.
        markers: rows of the screen for this niche that the model calls markers, by falling p.
    """

    niche: str
    question: Question | None
    answer: Answer | None
    markers: pd.DataFrame


@dataclass(frozen=True, eq=False)
class SlideReport:
    """A slide in the model's words.

    Attributes:
        facts: facts of the slide.
        n_genes: number of genes asked for each niche, the most variable first; None for all.
        niches: one report for each niche, in the slide's order.
    """

    facts: Facts
    n_genes: int | None
    niches: tuple[NicheReport, ...]

    @property
    def answers(self) -> list[Answer]:
        """Answers about the niches that were described."""
        return [report.answer for report in self.niches if report.answer]


def describe_slides(
    engine: Engine,
    slides: Sequence[Facts],
    *,
    n_genes: int | None = SCREENED_GENES,
    progress: Progress | None = None,
) -> list[SlideReport]:
    """Describes every niche of several slides; arguments as for `describe_slide`, one report per slide."""
    n_questions = [
        len(facts.shapes) * (min(n_genes or facts.slide.n_genes, facts.slide.n_genes) + 1) for facts in slides
    ]
    reports = []
    for i, facts in enumerate(slides):

        def report_part(done: int, _: int, before: int = sum(n_questions[:i])) -> None:
            if progress:
                progress(before + done, sum(n_questions))

        reports.append(describe_slide(engine, facts, n_genes=n_genes, progress=report_part))
    return reports


def describe_slide(
    engine: Engine, facts: Facts, *, n_genes: int | None = SCREENED_GENES, progress: Progress | None = None
) -> SlideReport:
    """Describes every niche of one slide.

    Args:
        engine: model to ask.
        facts: facts of the slide, with a canvas of the engine's image size.
        n_genes: number of genes to ask for each niche, the most variable first; None asks all.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: the pictures of the slide have another size than the model reads.
    """
    genes = variable_genes(facts.slide, n_genes)
    n_screened = len(genes) * len(facts.shapes)
    total = n_screened + len(facts.shapes)

    def report_part(start: int) -> Progress:
        return lambda done, _: progress(start + done, total) if progress else None

    table = screen_markers(engine, facts, genes, progress=report_part(0))
    questions = {}
    for niche in facts.shapes:
        try:
            candidates = choose_candidates(table, niche, facts.slide.name)
        except TooFewGenesError:
            continue
        questions[niche] = describe_question(facts.canvas, niche, candidates)
    raw = engine.answer(list(questions.values()), progress=report_part(n_screened))
    answers = {
        niche: read_answer(words, question, facts)
        for (niche, question), words in zip(questions.items(), raw, strict=True)
    }
    markers = table[table.verdict == "yes"]
    niches = tuple(
        NicheReport(niche, questions.get(niche), answers.get(niche), markers[markers.niche == niche])
        for niche in facts.shapes
    )
    return SlideReport(facts, n_genes, niches)


def choose_candidates(table: pd.DataFrame, niche: str, slide_name: str) -> list[str]:
    """Chooses the genes for the panels of a description by the model's own screen, in random order.

    The panels show the genes with the highest p in this niche, and decoys that the model calls no markers of it. Decoys
    that it calls markers of another niche come first, because their maps are harder.

    Args:
        table: table of ``screen_markers`` with this niche and the others.
        niche: name.
        slide_name: seeds the choice together with the niche, so that the same slide gets the same panels.

    Returns:
        One symbol for each panel.

    Raises:
        TooFewGenesError: fewer genes than panels have counts.
    """
    rng = np.random.default_rng([crc32(slide_name.encode()), crc32(niche.encode())])
    asked = table[(table.niche == niche) & (table.p_marker > 0)]
    chosen = asked.gene.head(N_CANDIDATES).tolist()
    rest = asked[~asked.gene.isin(chosen)]
    elsewhere = set(table.gene[(table.verdict == "yes") & (table.niche != niche)])
    called_no = rest[rest.verdict == "no"]
    hard = called_no[called_no.gene.isin(elsewhere)]
    n_decoys = len(PANELS) - N_CANDIDATES
    for pool in (hard, called_no, rest):
        if len(pool) >= n_decoys:
            decoys = rng.choice(pool.gene.to_numpy(dtype=str), n_decoys, replace=False).tolist()
            return [str(gene) for gene in rng.permutation([*chosen, *decoys])]
    message = f"{slide_name}: has fewer than {len(PANELS)} genes with counts; a description needs so many"
    raise TooFewGenesError(message)
