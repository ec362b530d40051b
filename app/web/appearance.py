"""Appearance of the page: theme, style sheet, and small pieces of HTML in which every name is escaped."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from inference.answers.found_niches.niche_search_page import STYLE as SEARCH_STYLE
from inference.answers.quality.quality_page import STYLE as QUALITY_STYLE
from inference.answers.story.story_page import STYLE as STORY_STYLE

if TYPE_CHECKING:
    import gradio as gr

SYSTEM_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
MONO_FONTS = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

TITLE = """<h1>NicheLens</h1>
<p>A vision-language model answers one yes/no question about one picture for each claim. The counts check it.</p>
"""
_STYLES = (Path(__file__).with_name("page.css"), QUALITY_STYLE, SEARCH_STYLE, STORY_STYLE)
CSS = "".join(style.read_text(encoding="utf-8") for style in _STYLES)

# A click into a searchable list selects its text, so that typing replaces it instead of appending to it.
HEAD = """
<script>
document.addEventListener("focusin", (e) => { if (e.target.matches?.('input[role="combobox"]')) e.target.select(); });
</script>
"""


def theme() -> gr.Theme:
    """A calm theme with the fonts of the visitor's system. Nothing is downloaded from other servers."""
    import gradio as gr

    base = gr.themes.Base(
        primary_hue="teal", secondary_hue="slate", neutral_hue="slate", font=SYSTEM_FONTS, font_mono=MONO_FONTS
    )
    return base.set(
        body_background_fill="*neutral_50",
        body_text_color_subdued="*neutral_500",
        block_info_text_color="*neutral_500",
        block_border_width="1px",
        block_radius="*radius_lg",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        slider_color="*primary_600",
    )


def verdict(word: str, kind: str, detail: str) -> str:
    """The verdict in large letters, with its probability in words; ``kind`` is yes, no or abstain."""
    return (
        f'<div class="verdict {kind}" role="status"><b>{html.escape(word)}</b><span>{html.escape(detail)}</span></div>'
    )


def question(words: str) -> str:
    """What a button asks, where the verdict will stand."""
    return f'<div class="verdict asked"><b>{html.escape(words)}</b></div>'


def status(title: str, about: str = "", problem: str = "") -> str:
    """The line that names the open slide, and a problem with another one below it.

    Args:
        title: name of the open slide.
        about: what it is, and how large.
        problem: why something could not be opened.
    """
    line = f'<div class="slide-line"><b id="slide-name">{html.escape(title)}</b><span>{html.escape(about)}</span></div>'
    return line + (f'<div role="alert" class="bad">{html.escape(problem)}</div>' if problem else "")


def footer(*, by_server: bool) -> str:
    """Where the slides of a visitor go: something leaves this machine only if a server has the model."""
    sent = "Pictures drawn from them, and what tools return in a conversation, go to the server that has the model."
    kept = "Research software, not for clinical use. Slides stay on the machine that serves this page."
    return f"{kept} {sent}" if by_server else kept


def note(text: str) -> str:
    """Small print."""
    return f'<div class="note">{html.escape(text)}</div>'
