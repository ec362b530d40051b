"""Renders self-contained HTML pages: no script, no font and no picture from elsewhere, and everything is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.figures.png import data_url, encode_png
from data_prep.figures.spec import FigureSpec

if TYPE_CHECKING:
    from data_prep.figures.canvas import Canvas

_STYLE = Path(__file__).with_name("page_style.css")


def render_page(template: Path, **values: Any) -> str:
    """A page from a Jinja template, with the style of all pages in it.

    Args:
        template: the template's file; ``{{ style }}`` stands for the style.
        **values: everything else that the template names.
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    style = Markup(_STYLE.read_text(encoding="utf-8"))
    return environment.from_string(template.read_text(encoding="utf-8")).render(style=style, **values)


def niche_pictures(canvas: Canvas, niche: str, where: str = "the tissue") -> list[dict[str, str]]:
    """Two of the pictures that the model read of a niche: on the tissue, and its form.

    Args:
        canvas: draws the slide.
        niche: name.
        where: what the caption calls the tissue.

    Returns:
        ``src``, ``alt`` and ``caption`` of each.
    """
    captions = {"niche": f"{niche} on {where}", "mask": f"{niche}, cropped"}
    pictures = canvas.pictures([FigureSpec(kind, niche=niche, size=canvas.size) for kind in captions])
    return [
        {"src": data_url(encode_png(picture)), "alt": caption, "caption": caption}
        for picture, caption in zip(pictures, captions.values(), strict=True)
    ]
