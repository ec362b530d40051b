"""A scorecard as Markdown, and as one self-contained page."""

from __future__ import annotations

from pathlib import Path

from data_prep.figures.png import data_url
from inference.evaluation.scorecard.scorecard import Scorecard
from inference.evaluation.scorecard.scorecard_plots import Plot
from inference.evaluation.scorecard.scorecard_sections import sections, title
from inference.evaluation.scorecard.section import Section, Table

_TEMPLATE = Path(__file__).with_name("scorecard_page.html.jinja")


def to_markdown(card: Scorecard, plots: str = "") -> str:
    """Writes a scorecard as Markdown.

    Args:
        card: the scores.
        plots: folder of the plots, relative to the Markdown file; "" leaves them out.
    """
    lines = [f"# {title(card)}", ""]
    for section in sections(card):
        if section.title:
            lines += [f"## {section.title}", ""]
        for sentence in section.before:
            lines += [sentence, ""]
        for table in section.tables:
            lines += [*_table(table), ""]
        for sentence in section.after:
            lines += [sentence, ""]
        if plots:
            for plot in section.plots:
                lines += [f"![{plot.caption}]({plots}/{plot.name}.png)", ""]
    return "\n".join(lines)


def to_html(card: Scorecard) -> str:
    """Writes a scorecard as one page. It loads no script, font or picture from elsewhere."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(title=title(card), sections=[_section_for_template(section) for section in sections(card)])


def plots_of(card: Scorecard) -> list[Plot]:
    """All plots of a scorecard."""
    return [plot for section in sections(card) for plot in section.plots]


def _table(table: Table) -> list[str]:
    rows = [table.head, ("---",) * len(table.head), *table.rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]


def _section_for_template(section: Section) -> dict[str, object]:
    pictures = [{"src": data_url(plot.png), "caption": plot.caption} for plot in section.plots]
    return {"section": section, "plots": pictures}
