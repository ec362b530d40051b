"""One self-contained HTML page about a slide: every niche with its pictures, the model's words, and the ledger.

The candidate genes of a description come from the model's own screen, so nothing on the page needs the marker
statistics but the columns that check it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCHECKABLE
from data_prep.facts import marker_rule
from data_prep.facts.facts import Facts
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.png import data_url, encode_png
from data_prep.figures.spec import PANELS
from data_prep.tasks import Question, describe_question
from inference.answers import screen
from inference.answers.ledger import Answer, read_answer
from inference.engine.engine import Engine

if TYPE_CHECKING:
    import pandas as pd

SCREENED_GENES = 300
"""Genes asked for each niche: the most variable ones, among which are those that make niches differ."""
MARKERS_SHOWN = 6
N_CANDIDATES = 2
"""Panels of a description that show the model's surest markers; the others are genes it calls no markers."""
VERDICT_MARKS = {SUPPORTED: "✓", CONTRADICTED: "✗", UNCHECKABLE: "–"}
_VIEW_SIZE = 384
_TEMPLATE = Path(__file__).with_name("report.html.jinja")


@dataclass(frozen=True, eq=False)
class Description:
    """A niche in the model's words.

    Attributes:
        niche: its name.
        question: what the model was shown; None where the slide has too few genes for its panels.
        answer: what it said, checked; None without a question.
        markers: rows of the screen for this niche that the model calls markers, the surest first.
    """

    niche: str
    question: Question | None
    answer: Answer | None
    markers: pd.DataFrame


def report(
    engine: Engine,
    slides: Sequence[Facts],
    *,
    n_genes: int | None = SCREENED_GENES,
    progress: Callable[[int, int], None] | None = None,
    date: datetime.date | None = None,
) -> str:
    """Describes every niche of the slides as one HTML page; arguments as for `describe_slides` and `to_page`."""
    described = describe_slides(engine, slides, n_genes=n_genes, progress=progress)
    return to_page(engine, slides, described, n_genes=n_genes, date=date)


def describe_slides(
    engine: Engine,
    slides: Sequence[Facts],
    *,
    n_genes: int | None = SCREENED_GENES,
    progress: Callable[[int, int], None] | None = None,
) -> list[list[Description]]:
    """Describes every niche of several slides.

    Args:
        engine: model to ask.
        slides: facts of each slide, with canvases of the engine's image size.
        n_genes: number of genes to ask for each niche, the most variable first; None asks all.
        progress: called with (questions answered so far, all questions).

    Returns:
        For each slide one description per niche, in the slide's order.
    """
    work = [len(facts.shapes) * (min(n_genes or facts.slide.n_genes, facts.slide.n_genes) + 1) for facts in slides]
    described = []
    for i, facts in enumerate(slides):

        def report_part(done: int, _: int, before: int = sum(work[:i])) -> None:
            if progress:
                progress(before + done, sum(work))

        described.append(describe(engine, facts, n_genes=n_genes, progress=report_part))
    return described


def to_page(
    engine: Engine,
    slides: Sequence[Facts],
    described: Sequence[Sequence[Description]],
    *,
    n_genes: int | None = SCREENED_GENES,
    date: datetime.date | None = None,
) -> str:
    """Puts descriptions on one self-contained HTML page.

    Args:
        engine: model that was asked.
        slides: facts of each slide.
        described: of `describe_slides`.
        n_genes: number of genes that were asked for each niche; None for all.
        date: printed on the page; today when None.
    """
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    ledgers = [d.answer.ledger for niches in described for d in niches if d.answer]
    return template.render(
        title=", ".join(dict.fromkeys(facts.slide.name.partition(":")[0] for facts in slides)),
        header=_header(engine, slides, n_genes, date or datetime.date.today()),
        totals={
            "supported": sum(ledger.n_supported for ledger in ledgers),
            "contradicted": sum(ledger.n_contradicted for ledger in ledgers),
            "uncheckable": sum(ledger.n_uncheckable for ledger in ledgers),
            "unheard": sum(len(ledger.unheard) for ledger in ledgers),
        },
        slices=[_slice(facts, niches, n_genes) for facts, niches in zip(slides, described, strict=True)],
        marks=VERDICT_MARKS,
        panels=len(PANELS),
    )


def describe(
    engine: Engine,
    facts: Facts,
    *,
    n_genes: int | None = SCREENED_GENES,
    progress: Callable[[int, int], None] | None = None,
) -> list[Description]:
    """Describes every niche of one slide, in the slide's order.

    Args:
        engine: answers.
        facts: of the slide.
        n_genes: number of genes to ask for each niche, the most variable first; None asks all.
        progress: called with (questions answered so far, all questions).
    """
    genes = variable_genes(facts.slide, n_genes)
    n_asked = len(genes) * len(facts.shapes)
    total = n_asked + len(facts.shapes)

    def report_part(start: int) -> Callable[[int, int], None]:
        return lambda done, _: progress(start + done, total) if progress else None

    table = screen.screen_markers(engine, facts, genes, progress=report_part(0))
    questions = {}
    for niche in facts.shapes:
        candidates = choose_candidates(table, niche, facts.slide.name)
        if len(candidates) == len(PANELS):
            questions[niche] = describe_question(facts.canvas, niche, candidates)
    raw = engine.answer(list(questions.values()), progress=report_part(n_asked))
    answers = {
        niche: read_answer(words, question, facts)
        for (niche, question), words in zip(questions.items(), raw, strict=True)
    }
    said_yes = table[table.verdict == "yes"]
    return [
        Description(niche, questions.get(niche), answers.get(niche), said_yes[said_yes.niche == niche])
        for niche in facts.shapes
    ]


def choose_candidates(table: pd.DataFrame, niche: str, seed_text: str) -> list[str]:
    """Genes for the panels of a description, chosen by the model's own screen and put in random order.

    The two with the highest p in this niche, and decoys among those that the model calls no markers of it: genes that
    it takes for markers of another niche first, because their maps are the harder ones.

    Args:
        table: of ``screen_markers``, with this niche and the others.
        niche: name.
        seed_text: seeds the choice together with the niche's name, so that the same slide gets the same panels.

    Returns:
        Symbols in panel order; fewer than the panels where too few genes have counts.
    """
    rng = np.random.default_rng([crc32(seed_text.encode()), crc32(niche.encode())])
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
    return [str(gene) for gene in rng.permutation([*chosen, *rest.gene])]


def _header(engine: Engine, slides: Sequence[Facts], n_genes: int | None, date: datetime.date) -> list[tuple[str, str]]:
    screened = "all genes" if n_genes is None else f"the {n_genes} most variable genes"
    return [
        ("Model", f"{engine.name} on {Path(engine.base).name}" if engine.is_adapter else engine.name),
        ("Figure contract", engine.contract_hash),
        ("Date", date.isoformat()),
        ("Slices", f"{len(slides)}, with {sum(len(facts.shapes) for facts in slides)} niches"),
        ("Asked", f"{screened} of each slice"),
        (
            "Model says",
            f"yes from p {screen.YES_FROM}, no up to p {screen.NO_UP_TO}, abstains between"
            if engine.gives_probability
            else "yes or no by the first word of its answers, p 1 or 0: its server gives no probabilities",
        ),
        (
            "Counts say",
            f"marker: log₂ fold change ≥ {marker_rule.LOG2FC_MARKER:g}, q < {marker_rule.Q_MARKER:g}, detected in "
            f"≥ {marker_rule.DETECTED_MIN:.0%} of the niche; no marker: log₂ fold change < "
            f"{marker_rule.LOG2FC_NOT:g} or q > {marker_rule.Q_NOT:g}; else ambiguous",
        ),
    ]


def _slice(facts: Facts, described: Sequence[Description], n_genes: int | None) -> dict[str, Any]:
    slide = facts.slide
    view = Canvas(slide, _VIEW_SIZE)
    colours = facts.canvas.niche_colours()
    size = {name: int((slide.niche == code).sum()) for code, name in enumerate(slide.niches)}
    about = [part for part in (slide.meta.organism, slide.meta.tissue, slide.meta.technology) if part]
    return {
        "name": slide.meta.slice or slide.name,
        "about": ", ".join([*about, f"{slide.n_spots:,} spots, {slide.n_genes:,} genes"]),
        "picture": data_url(encode_png(view.niches())),
        "legend": [
            {
                "name": name,
                "colour": colours.get(name, "grey"),
                "rgb": palette.NICHE_COLOURS.get(colours.get(name, ""), palette.UNLABELLED),
                "spots": f"{size[name]:,}",
            }
            for name in sorted(facts.shapes, key=lambda name: -size[name])
        ],
        "n_screened": min(n_genes or slide.n_genes, slide.n_genes),
        "niches": [_niche(facts, view, description) for description in described],
    }


def _niche(facts: Facts, view: Canvas, described: Description) -> dict[str, Any]:
    ratio = float(facts.markers.depth_ratio[facts.slide.niche_index(described.niche)])
    uneven = max(ratio, 1 / max(ratio, 1e-9)) > marker_rule.DEPTH_RATIO_LIMIT
    question, answer = described.question, described.answer
    return {
        "name": described.niche,
        "depth_note": (
            f"Its spots have {ratio:.2f} times the counts of the rest; its markers were measured at equal depth."
            if uneven
            else ""
        ),
        "text": answer.text or "(nothing)" if answer else "",
        "ledger": answer.ledger if answer else None,
        "shown": _shown(question, described.niche) if question else [],
        "markers": _markers(facts, view, described),
    }


def _shown(question: Question, niche: str) -> list[dict[str, str]]:
    """The two pictures exactly as the model saw them."""
    panels = ", ".join(f"{letter} {question.names.genes[letter]}" for letter in PANELS)
    captions = (f"{niche} in black, the other niches in their colours", f"{panels}; {niche} in colour")
    return [
        {"src": data_url(encode_png(image)), "alt": caption, "caption": caption}
        for image, caption in zip(question.images, captions, strict=True)
    ]


def _markers(facts: Facts, view: Canvas, described: Description) -> list[dict[str, str]]:
    top = described.markers.head(MARKERS_SHOWN)
    if top.empty:
        return []
    words = {1: "the counts agree", 0: "the counts disagree", -1: "ambiguous in the counts"}
    column = facts.slide.niche_index(described.niche)
    pictures = view.focus(top.gene.tolist(), described.niche)
    return [
        {
            "gene": row.gene,
            "picture": data_url(encode_png(picture)),
            "p_marker": f"{row.p_marker:.2f}",
            "log2fc": f"{row.log2fc:+.2f}",
            "q_value": f"{row.q_value:.1e}",
            "counts_say": words[int(facts.markers.label[facts.slide.gene_index(row.gene), column])],
        }
        for row, picture in zip(top.itertuples(), pictures, strict=True)
    ]
