"""What the model sees: the pictures that it is asked about, at its own size, with the question."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from data_prep.figures.png import data_url, encode_png

FOCUS_NOTE = (
    "Colour: inside the niche. Grey: all other tissue. Brighter: more expression. The bar tells how much evidence the "
    "map holds: each of its four blocks is a factor of ten in counts."
)


def figures_view(pictures: Sequence[tuple[np.ndarray, str]], note: str = "") -> str:
    """Pictures with their captions as HTML.

    Args:
        pictures: (side, side, 3) uint8 pixels, and what they show.
        note: small print below.
    """
    figures = (
        f'<figure><img src="{data_url(encode_png(pixels))}" alt="{html.escape(caption)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        for pixels, caption in pictures
    )
    return f'<div class="figures">{"".join(figures)}</div><p class="note">{html.escape(note)}</p>'
