"""`nichelens describe`: a report about every niche, as one web page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.commands.output_paths import check_output
from app.commands.shared_options import OUTPUT, QUESTION, ModelOptions, Overwrite, SlideFile, SlideOptions
from data_prep.staging import staged

if TYPE_CHECKING:
    from data_prep.facts.facts import Facts


def describe(
    slide: SlideFile,
    *,
    slide_options: SlideOptions,
    top_genes: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=4,
            rich_help_panel=QUESTION,
            help="Ask about the N most variable genes in each niche.",
        ),
    ] = 300,
    model: ModelOptions,
    out: Annotated[
        Path,
        typer.Option(metavar="FILE.html", rich_help_panel=OUTPUT, help="Report to write: one self-contained page."),
    ],
    overwrite: Overwrite = False,
) -> None:
    """Describe every niche. Writes a web page with pictures, the answers in words, and each claim checked."""
    check_output(out, overwrite=overwrite, inputs=[slide])
    slides = slide_options.load([slide])

    from data_prep.facts.facts import Facts
    from inference.answers.report import describe_slides
    from inference.answers.report_page import to_html

    engine = model.load()
    facts: list[Facts] = []
    with console.progress("measuring") as advance:
        for part in slides:
            advance(len(facts), len(slides))
            facts.append(Facts.measure(part, engine.image_size))
    with console.progress("asking") as advance:
        reports = describe_slides(engine, facts, n_genes=top_genes, progress=advance)
    with staged(out) as partial:
        partial.write_text(to_html(engine, reports), encoding="utf-8")
    typer.echo(f"{out}: {sum(len(measured.shapes) for measured in facts)} niches described")
