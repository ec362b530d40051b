"""A niche dictionary as one self-contained HTML page, with a map of each slide."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.facts.facts import Facts
from data_prep.facts.niche_dictionary import NicheDictionary, NicheEntry, slides_in_order
from data_prep.figures.canvas import Canvas
from data_prep.figures.palette import niche_table
from data_prep.figures.png import data_url, encode_png
from inference.answers.across.dictionary_text import RULE, markers, summary
from inference.answers.page_rendering import render_page

_VIEW_SIZE = 256
"""Side of the maps in pixels."""
_TEMPLATE = Path(__file__).with_name("dictionary_page.html.jinja")


def to_html(dictionary: NicheDictionary, slides: Sequence[Facts], date: datetime.date | None = None) -> str:
    """Puts a dictionary on one page, without scripts and without files from elsewhere.

    Args:
        dictionary: of the slides.
        slides: their facts, in any order.
        date: date on the page; None for today.
    """
    of_slide = dict(zip(*slides_in_order(slides), strict=True))
    colours = niche_table()
    colour_of = {entry.id: colours[number % len(colours)] for number, entry in enumerate(dictionary.entries)}
    return render_page(
        _TEMPLATE,
        title=f"Niches of {len(dictionary.slides)} slides",
        summary=summary(dictionary),
        rule=RULE,
        date=(date or datetime.date.today()).isoformat(),
        slides=[_slide(dictionary, name, facts, colour_of) for name, facts in of_slide.items()],
        entries=[_entry(entry, dictionary.slides, colour_of[entry.id]) for entry in dictionary.entries],
        alone=[entry for entry in dictionary.entries if not entry.is_matched],
        matches=dictionary.matches,
    )


def _slide(dictionary: NicheDictionary, name: str, facts: Facts, colour_of: dict[str, np.ndarray]) -> dict[str, str]:
    slide = facts.slide
    about = [*slide.meta.origin]
    about += [f"donor {slide.meta.donor}"] if slide.meta.donor else []
    view = Canvas(slide, _VIEW_SIZE)
    drawn, own = view.niches(), view.niche_swatches()
    picture = drawn.copy()
    for niche in facts.shapes:
        picture[(drawn == own[niche]).all(axis=-1)] = colour_of[dictionary.entry_of(name, niche).id]
    return {
        "name": name,
        "about": ", ".join([*about, f"{slide.n_spots:,} spots, {slide.n_genes:,} genes"]),
        "src": data_url(encode_png(picture)),
    }


def _entry(entry: NicheEntry, slides: Sequence[str], colour: np.ndarray) -> dict[str, Any]:
    share = {member.slide: member.share for member in entry.members}
    return {
        "id": entry.id,
        "name": entry.name,
        "named_by": entry.named_by,
        "markers": f"Markers: {markers(entry)}",
        "rgb": colour.tolist(),
        "cells": [
            {
                "niche": entry.niche_on(slide),
                "share": f"{share[slide]:.1%}" if slide in share else "",
            }
            for slide in slides
        ],
    }
