"""Computed niches as one self-contained HTML page: maps, confidence, why this number, sizes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from data_prep.facts.choices.choice_record import NUMBER
from data_prep.figures.canvas import Canvas
from data_prep.figures.png import data_url, encode_png
from data_prep.slide_loading import distinct_labels
from inference.answers.found_niches.niche_labels import NicheSize, chosen_number, niche_names, niche_sizes
from inference.answers.found_niches.niche_search_text import headline
from inference.answers.found_niches.number_curve import number_curve
from inference.answers.page_rendering import render_page
from inference.answers.quality.quality_pictures import MAP_SIZE, SpotMaps, colour_scale

if TYPE_CHECKING:
    import numpy as np

    from data_prep.facts.niche_finding import FoundNiches
    from data_prep.slide import Slide

STYLE = Path(__file__).with_name("niche_search_style.css")
"""How it looks, on any page that shows it."""
NOWHERE = "belong nowhere"
_TEMPLATE = Path(__file__).with_name("niche_search_page.html.jinja")


def to_html(found: FoundNiches, *, date: datetime.date | None = None) -> str:
    """The page, without scripts and without files from elsewhere.

    Args:
        found: niches of one or several slides.
        date: date on the page; None for today.
    """
    names, order, sizes = distinct_labels(found.slides), niche_names(found), niche_sizes(found)
    return render_page(
        _TEMPLATE,
        whole=True,
        title=", ".join(dict.fromkeys(slide.name.partition(":")[0] for slide in found.slides)),
        headline=headline(found),
        header=[
            ("Date", (date or datetime.date.today()).isoformat()),
            ("Slices", ", ".join(names)),
            ("Number", _how(found)),
        ],
        slices=[
            _slice(name, slide, confidence, order, [size for size in sizes if size.slice == name])
            for name, slide, confidence in zip(names, found.slides, found.confidence, strict=True)
        ],
        scale=colour_scale(),
        size=MAP_SIZE,
        rule=_rule(found),
        search_style=Markup(STYLE.read_text(encoding="utf-8")),
        **_search(found),
    )


def why_html(found: FoundNiches) -> str:
    """Reason and curve alone, for another page to show."""
    return render_page(_TEMPLATE, whole=False, **_search(found))


def _search(found: FoundNiches) -> dict[str, Any]:
    curve = number_curve(found.curve, chosen_number(found)) if len(found.curve) > 1 else ""
    return {
        "reason": _sentence(found.reason),
        "curve": curve,
        "no_curve": "Other numbers were compared on held-out counts, not on a curve."
        if _is_decided(found)
        else "No other number was tried.",
        "prepared": " ".join(
            [
                f"Counts were prepared so: {found.options.preparation.words()}.",
                *(() if found.choices is None else (f"{found.choices.note}.", *found.choices.notes)),
            ]
        ),
    }


def _is_decided(found: FoundNiches) -> bool:
    """Whether held-out counts decided the number."""
    return not found.options.n_niches and found.choices is not None and bool(found.choices.chosen(NUMBER))


def _how(found: FoundNiches) -> str:
    if found.options.n_niches:
        return f"given: {found.options.n_niches}"
    return "decided by held-out counts" if _is_decided(found) else f"found, scale {found.options.scale}"


def _rule(found: FoundNiches) -> str:
    """How the number came about, for the foot of the page."""
    if found.options.n_niches:
        return "The number was given."
    if _is_decided(found):
        return "Held-out counts decided the number: its niches predict counts that were set aside."
    knee = "The number is the knee of the explained variance: of the numbers near it, the most stable one."
    if found.options.scale == "middle":
        return knee
    side = {"coarse": "below", "fine": "above"}[found.options.scale]
    return f"The number is the most stable one {side} the knee of the explained variance."


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _slice(name: str, slide: Slide, confidence: np.ndarray, order: list[str], sizes: list[NicheSize]) -> dict[str, Any]:
    canvas = Canvas(slide, MAP_SIZE)
    colours = canvas.niche_swatches(order)
    drawn = SpotMaps(slide).of_values(confidence)
    return {
        "name": name,
        "about": ", ".join([*slide.meta.origin, f"{slide.n_spots:,} spots, {slide.n_genes:,} genes"]),
        "niches": data_url(encode_png(canvas.niches(order=order))),
        "confidence": drawn,
        "confidence_ends": (f"{drawn.low:.2f}", f"{drawn.high:.2f}"),
        "rows": [
            {
                "name": size.niche or NOWHERE,
                "rgb": colours.get(size.niche),
                "spots": f"{size.spots:,}",
                "share": f"{size.share:.1%}",
                "confidence": f"{size.confidence:.2f}" if size.spots else "",
            }
            for size in sizes
            if size.spots
        ],
    }
