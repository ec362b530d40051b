"""Renders self-contained HTML pages: no script, no font and no picture from elsewhere, and everything is escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
