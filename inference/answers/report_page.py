"""Writes reports as one self-contained HTML page: pictures, the model's words, and the counts beside each claim."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from data_prep.claims import VERDICT_MARKS, evidence_beside, evidence_line
from data_prep.facts import marker_rule
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.figures.png import data_url, encode_png
from data_prep.slide_loading import slide_label
from inference.answers.asking import probability_in_ledger
from inference.answers.checked_text import checked_words
from inference.answers.checked_text import to_html as checked_html
from inference.answers.page_rendering import niche_pictures, render_page
from inference.answers.readable import percent, q_value
from inference.answers.report import NicheReport, SlideReport
from inference.answers.story.story_page import STYLE as STORY_STYLE
from inference.answers.story.story_page import story_html
from inference.engine.engine import Engine

MARKERS_SHOWN = 6
"""Greatest number of marker maps of a niche."""
_VIEW_SIZE = 384
"""Side in pixels of the pictures that only people see."""
_TEMPLATE = Path(__file__).with_name("report_page.html.jinja")


def to_html(engine: Engine, reports: Sequence[SlideReport], date: datetime.date | None = None) -> str:
    """Puts reports on one page, without scripts and without files from elsewhere.

    Args:
        engine: model that was asked.
        reports: at least one, all with the same number of genes.
        date: date on the page; None for today.
    """
    answers = [niche.answer for report in reports for niche in report.niches]
    ledgers = [answer.ledger for answer in answers]
    return render_page(
        _TEMPLATE,
        title=", ".join(dict.fromkeys(report.facts.slide.name.partition(":")[0] for report in reports)),
        header=_header(engine, reports, date or datetime.date.today()),
        totals={
            "supported": sum(ledger.n_supported for ledger in ledgers),
            "contradicted": sum(ledger.n_contradicted for ledger in ledgers),
            "unclear": sum(ledger.n_unclear for ledger in ledgers),
            "uncheckable": sum(ledger.n_uncheckable for ledger in ledgers),
            "asked": sum(len(answer.asked) for answer in answers),
            "sentences": sum(len(ledger.statements) for ledger in ledgers),
            "checked": sum(ledger.n_checked for ledger in ledgers),
        },
        slices=[_slice(report) for report in reports],
        marks=VERDICT_MARKS,
        story_style=Markup(STORY_STYLE.read_text(encoding="utf-8")),
        beside=evidence_beside,
        probability=probability_in_ledger,
    )


def _header(engine: Engine, reports: Sequence[SlideReport], date: datetime.date) -> list[tuple[str, str]]:
    """Names and values above the slices: what was asked of which model, and by which thresholds it is judged."""
    n_niches = sum(len(report.niches) for report in reports)
    return [
        ("Model", f"{engine.name} on {Path(engine.base).name}" if engine.is_adapter else engine.name),
        ("Figure contract", engine.contract_hash),
        ("Date", date.isoformat()),
        ("Slices", f"{len(reports)}, with {n_niches} {'niche' if n_niches == 1 else 'niches'}"),
        ("Genes", f"{reports[0].n_genes} asked of each niche: half likely markers by the counts, half not"),
        ("Asked", "only what the counts can check"),
        (
            "Model says",
            "what its answers make sure enough, by a threshold for each kind of claim"
            if engine.gives_probability
            else "what it answers with yes or no: its server gives no probabilities",
        ),
        (
            "Counts say",
            f"marker: log₂ fold change ≥ {marker_rule.LOG2FC_MARKER:g}, q < {marker_rule.Q_MARKER:g}, detected in "
            f"≥ {marker_rule.DETECTED_MIN:.0%} of the niche; no marker: log₂ fold change + "
            f"{marker_rule.NOT_ERRORS:g} standard errors < {marker_rule.LOG2FC_MARKER:g}; else unclear",
        ),
        *_knowledge(reports),
    ]


def _knowledge(reports: Sequence[SlideReport]) -> list[tuple[str, str]]:
    """Which files say what is known, and how their genes were found on the slide."""
    known = reports[0].facts.slide.knowledge
    if known is None:
        return []
    return [("Known from", "; ".join(map(str, known.knowledge.sources))), ("Symbols", known.mapping.words())]


def _slice(report: SlideReport) -> dict[str, Any]:
    facts, slide = report.facts, report.facts.slide
    view = Canvas(slide, _VIEW_SIZE)
    colours, swatches = facts.canvas.niche_colours(), facts.canvas.niche_swatches()
    size = {name: int((slide.niche == code).sum()) for code, name in enumerate(slide.niches)}
    return {
        "name": slide_label(slide),
        "about": ", ".join([*slide.meta.origin, f"{slide.n_spots:,} spots, {slide.n_genes:,} genes"]),
        "warnings": [f"{entry.sentence} {evidence_line(entry, is_named=True)}" for entry in report.warnings],
        "picture": data_url(encode_png(view.niches())),
        "legend": [
            {
                "name": name,
                "colour": colours.get(name, "grey"),
                "rgb": swatches[name],
                "spots": f"{size[name]:,}",
            }
            for name in sorted(facts.shapes, key=lambda name: -size[name])
        ],
        "niches": [_niche(facts, view, niche) for niche in report.niches],
    }


def _niche(facts: Facts, view: Canvas, report: NicheReport) -> dict[str, Any]:
    ratio = float(facts.markers.depth_ratio[facts.slide.niche_index(report.niche)])
    uneven = max(ratio, 1 / max(ratio, 1e-9)) > marker_rule.UNEVEN_DEPTH
    return {
        "name": report.niche,
        "depth_note": (
            f"Its spots have {ratio:.2f} times the counts of the rest; fold changes take depth into account."
            if uneven
            else ""
        ),
        "text": report.answer.text,
        "checked": checked_html(report.answer.ledger),
        "checked_words": checked_words(report.answer.ledger),
        "ledger": report.answer.ledger,
        "shown": niche_pictures(facts.canvas, report.niche),
        "markers": _markers(facts, view, report),
        "story": story_html(report.story, facts.canvas, report.phrased, report.recalled, report.seen),
    }


def _markers(facts: Facts, view: Canvas, report: NicheReport) -> list[dict[str, str]]:
    top = report.markers.sort_values("effect", ascending=False).head(MARKERS_SHOWN)
    if top.empty:
        return []
    words = {1: "the counts agree", 0: "the counts disagree", -1: "unclear in the counts"}
    column = facts.slide.niche_index(report.niche)
    pictures = view.focus(top.gene.tolist(), report.niche)
    return [
        {
            "gene": row.gene,
            "picture": data_url(encode_png(picture)),
            "p_marker": percent(row.p_marker),
            "log2fc": f"{row.log2fc:+.2f}",
            "q_value": q_value(row.q_value),
            "counts_say": words[int(facts.markers.label[facts.slide.gene_index(row.gene), column])],
        }
        for row, picture in zip(top.itertuples(), pictures, strict=True)
    ]
