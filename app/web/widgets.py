"""Small components of the page: a gene to search for among all genes, and lines of text with buttons."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError, near_names
from data_prep.slide import Slide

if TYPE_CHECKING:
    import gradio as gr

_HERE = Path(__file__).parent
_NUMBER = count()
_GENE_BOX = """
<div class="gene-box">
  <label for="gene-{number}">{label}</label>
  <input id="gene-{number}" type="text" role="combobox" aria-expanded="false" aria-autocomplete="list"
    aria-controls="genes-{number}" autocomplete="off" autocapitalize="off" spellcheck="false"
    placeholder="{placeholder}">
  <ul id="genes-{number}" role="listbox" aria-label="{label}" hidden></ul>
</div>
"""
_CHIPS = '<div class="chips" role="status"><span></span><div class="chip-row"></div></div>'


def gene_box(label: str, *, placeholder: str = "Type to search", empties: bool = False) -> gr.HTML:
    """A box that finds genes of the slide while you type. Its event ``select`` reports a choice as ``gene``.

    Args:
        label: above the box.
        placeholder: in the empty box.
        empties: whether the box is empty again after a choice.
    """
    import gradio as gr

    words = {"number": next(_NUMBER), "label": html.escape(label), "placeholder": html.escape(placeholder)}
    return gr.HTML(
        value="",
        html_template=_GENE_BOX.format(**words),
        js_on_load=(_HERE / "gene_box.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_classes="gene-block",
        min_width=170,
        empties=empties,
    )


def chips(*, elem_id: str | None = None) -> gr.HTML:
    """A line of text with buttons; fill it with `chips_value`. Its event ``select`` reports a click as ``text``."""
    import gradio as gr

    return gr.HTML(
        value="",
        html_template=_CHIPS,
        js_on_load=(_HERE / "chips.js").read_text(encoding="utf-8"),
        apply_default_css=False,
        elem_id=elem_id,
    )


def chips_value(text: str = "", names: Sequence[str] = (), *, bad: bool = False) -> str:
    """What a line of `chips` shows.

    Args:
        text: the words before the buttons.
        names: texts of the buttons.
        bad: whether the words tell of something that did not work.
    """
    return json.dumps({"text": text, "chips": list(names), "bad": bad})


def find_gene(slide: Slide, text: str) -> tuple[str, list[str]]:
    """The gene that somebody typed, and near names if the slide does not have it.

    Args:
        slide: the slide.
        text: what was typed; capital and small letters are the same, unless the slide tells genes apart by them.

    Returns:
        The symbol and [], or "" and up to three near names.
    """
    wanted = text.strip()
    try:
        slide.gene_index(wanted)
    except NicheLensError:
        same = [str(gene) for gene in slide.genes if str(gene).casefold() == wanted.casefold()]
        return (same[0], []) if len(same) == 1 else ("", same or near_names(wanted, slide.genes))
    return wanted, []
