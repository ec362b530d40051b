"""A comparison as one self-contained HTML page, with the maps of both sides."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data_prep.claims import VERDICT_MARKS
from data_prep.figures.png import data_url, encode_png
from data_prep.slide_loading import slide_label
from inference.answers.across.comparison import Comparison
from inference.answers.across.comparison_text import NO_CHANGES, probability, questions, sections
from inference.answers.across.gene_findings import THRESHOLD
from inference.answers.across.sides import Side
from inference.answers.page_rendering import niche_pictures, render_page

MAPS_SHOWN = 6
"""Greatest number of genes with maps of both sides."""
_TEMPLATE = Path(__file__).with_name("comparison_page.html.jinja")


def to_html(comparison: Comparison, date: datetime.date | None = None) -> str:
    """Puts a comparison on one page, without scripts and without files from elsewhere.

    Args:
        comparison: what differs.
        date: date on the page; None for today.
    """
    pair = comparison.pair
    return render_page(
        _TEMPLATE,
        title=comparison.title,
        text=comparison.text,
        questions=questions(comparison),
        header=[
            ("Model", comparison.model),
            ("Date", (date or datetime.date.today()).isoformat()),
            ("Genes", THRESHOLD),
        ],
        notes=comparison.notes,
        sides=[_side(side) for side in (pair.a, pair.b)],
        sections=sections(comparison),
        maps=list(_maps(comparison)),
        marks=VERDICT_MARKS,
        probability=probability,
        nothing=NO_CHANGES,
    )


def _side(side: Side) -> dict[str, Any]:
    slide, shape = side.facts.slide, side.facts.shapes[side.niche]
    about = [*slide.meta.origin]
    about += [f"donor {slide.meta.donor}"] if slide.meta.donor else []
    about += [f"{side.n_spots:,} spots, {shape.area_fraction:.1%} of the tissue", f"median {side.depth:,.0f} counts"]
    return {
        "name": side.name if side.name == side.niche else f"{side.niche} on {side.name}",
        "about": ", ".join(about),
        "pictures": niche_pictures(side.facts.canvas, side.niche, slide_label(slide)),
    }


def _maps(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Maps of the genes that differ, those that the model names first."""
    pair = comparison.pair
    findings = [finding for finding in (*comparison.changes, *comparison.found) if finding.topic == "gene"]
    shown = {finding.about: finding for finding in findings[::-1]}
    genes = list(dict.fromkeys(finding.about for finding in findings))[:MAPS_SHOWN]
    if not genes:
        return
    drawn = [side.facts.canvas.focus(genes, side.niche) for side in (pair.a, pair.b)]
    for gene, *pictures in zip(genes, *drawn, strict=True):
        yield {
            "gene": gene,
            "caption": f"{shown[gene].change}: {shown[gene].difference}",
            "pictures": [
                {"src": data_url(encode_png(picture)), "alt": f"{gene} in {side.niche}, {side.name}"}
                for picture, side in zip(pictures, (pair.a, pair.b), strict=True)
            ],
        }
