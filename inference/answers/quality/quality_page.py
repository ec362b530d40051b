"""Quality reports as one self-contained HTML page: verdict, maps, histograms, findings, and power."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from data_prep.facts.gene_families import MITOCHONDRIAL
from data_prep.figures.canvas import Canvas
from data_prep.figures.png import data_url, encode_png
from inference.answers.page_rendering import render_page
from inference.answers.quality.artefact_notes import marked_spots
from inference.answers.quality.choice_section import choice_figures
from inference.answers.quality.quality_note import ACT, FINE, LEVEL_MARKS, MIND
from inference.answers.quality.quality_pictures import MAP_SIZE, ScaledMap, SpotMaps, colour_scale, histogram
from inference.answers.quality.quality_report import QualityReport
from inference.answers.quality.quality_text import KIND_HEAD, kind_rows, power_head, power_rows

STYLE = Path(__file__).with_name("quality_style.css")
"""How a report looks, on any page that shows it."""
_MOST_SERIOUS = (ACT, MIND, FINE)
_TEMPLATE = Path(__file__).with_name("quality_page.html.jinja")


def to_html(
    reports: Sequence[QualityReport], *, hint: str = "", date: datetime.date | None = None, whole: bool = True
) -> str:
    """Puts reports on one page, without scripts and without files from elsewhere.

    Args:
        reports: at least one.
        hint: what else could be checked, below the title; "" for nothing.
        date: date on the page; None for today.
        whole: a page of its own; else its body alone, for another page to show.
    """
    slides = [report.check.slide for report in reports]
    return render_page(
        _TEMPLATE,
        title=", ".join(dict.fromkeys(slide.name.partition(":")[0] for slide in slides)),
        header=[
            ("Date", (date or datetime.date.today()).isoformat()),
            ("Slices", ", ".join(report.name for report in reports)),
            ("Genes named by", slides[0].meta.genes_from or "symbols"),
            ("Niches from", slides[0].meta.niches_from or "nothing: no column was named"),
        ],
        hint=hint,
        slices=[_slice(report, whole=whole) for report in reports],
        marks=LEVEL_MARKS,
        scale=colour_scale(),
        size=MAP_SIZE,
        kind_head=KIND_HEAD,
        whole=whole,
        quality_style=Markup(STYLE.read_text(encoding="utf-8")),
    )


def _slice(report: QualityReport, *, whole: bool) -> dict[str, Any]:
    check, quality = report.check, report.check.quality
    slide = check.slide
    maps = SpotMaps(slide)
    shown = [
        _map("Counts of each spot, log scale", maps.of_values(quality.depth, log=True), "{:,.0f}"),
        _map("Genes of each spot, log scale", maps.of_values(quality.genes_per_spot, log=True), "{:,.0f}"),
    ]
    bars = [
        ("Counts of a spot, log scale", histogram(quality.depth, "the counts of a spot", log=True)),
        ("Genes of a spot, log scale", histogram(quality.genes_per_spot, "the genes of a spot", log=True)),
    ]
    if MITOCHONDRIAL in quality.families:
        part = quality.families[MITOCHONDRIAL].share
        shown.append(_map("Mitochondrial share of the counts", maps.of_values(part), "{:.1%}"))
        bars.append(("Mitochondrial share", histogram(part, "the mitochondrial share", percent=True)))
    picture, colours = maps.of_marks(marked_spots(check.artefacts))
    if colours:
        legend = [{"name": kind, "rgb": rgb} for kind, rgb in colours.items()]
        shown.append(_keyed("Artefacts", picture, legend))
    if quality.niche_depths and whole:
        shown.append(_niche_map(Canvas(slide, MAP_SIZE)))
    return {
        "name": report.name,
        "about": ", ".join([*slide.meta.origin, f"{slide.n_spots:,} spots, {slide.n_genes:,} genes"]),
        "verdict": report.verdict,
        "maps": shown,
        "bars": bars,
        "notes": sorted(report.notes, key=lambda note: _MOST_SERIOUS.index(note.level)),
        "power_head": power_head(report),
        "powers": power_rows(report),
        "kinds": kind_rows(report),
        "has_niches": bool(quality.niche_depths),
        "choices": () if report.choices is None else choice_figures(report.choices),
        "repeat": "" if report.choices is None else f"--find-niches {report.choices.flags}",
    }


def _map(caption: str, drawn: ScaledMap, form: str) -> dict[str, Any]:
    return {
        "src": drawn.picture,
        "caption": caption,
        "alt": caption,
        "ends": (form.format(drawn.low), form.format(drawn.high)),
        "legend": (),
    }


def _niche_map(canvas: Canvas) -> dict[str, Any]:
    legend = [{"name": name, "rgb": rgb} for name, rgb in canvas.niche_swatches().items()]
    return _keyed("Niches", data_url(encode_png(canvas.niches())), legend)


def _keyed(caption: str, picture: str, legend: list[dict[str, Any]]) -> dict[str, Any]:
    """A map with a legend of names."""
    names = ", ".join(entry["name"] for entry in legend)
    return {"src": picture, "caption": f"{caption}:", "alt": f"{caption}: {names}", "ends": (), "legend": legend}
