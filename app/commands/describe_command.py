"""`nichelens describe`: a report about every niche, as one web page, as JSON, or both."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.knowledge_options import KnowledgeOptions
from app.commands.measuring import measure_slides
from app.commands.output_paths import files_read
from app.commands.shared_options import OUTPUT, QUESTION, ModelOptions, Overwrite, SlideFile, SlideOptions
from app.commands.text_outputs import check_outputs, write_outputs
from data_prep.slide_loading import slides_with_niche

ENDINGS = (".html", ".json")


def describe(
    slide: SlideFile,
    *,
    slide_options: SlideOptions,
    niche: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=QUESTION,
            help="Describe this niche only, and ask about no other. May be repeated. Without it, every niche.",
        ),
    ] = None,
    top_genes: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=2,
            rich_help_panel=QUESTION,
            help="Ask about N genes in each niche. Half are likely markers by the counts, half are not.",
        ),
    ] = 24,
    known: KnowledgeOptions,
    model: ModelOptions,
    out: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE.html|.json",
            rich_help_panel=OUTPUT,
            help="Report to write: one self-contained page, or JSON for other programs. May be repeated.",
        ),
    ],
    overwrite: Overwrite = False,
) -> None:
    """Describe every niche, or some. Writes what the model says, in words and pictures, and each claim checked.

    With --knowledge it also says what each niche may be, and cites the files.
    """
    inputs = [slide, *files_read(slide_options), *known.files_among(out)]
    check_outputs(out, ENDINGS, overwrite=overwrite, inputs=inputs)
    slides = known.attach(slide_options.load([slide]))

    from inference.answers.report import describe_slides, to_json
    from inference.answers.report_page import to_html

    for name in niche or ():
        slides_with_niche(slides, name)
    engine = model.load()
    facts = measure_slides(slides, engine.image_size)
    with console.progress("asking") as advance:
        reports = describe_slides(engine, facts, n_genes=top_genes, niches=niche or (), progress=advance)
    write_outputs(out, {".html": lambda: to_html(engine, reports), ".json": lambda: to_json(reports)})
    n_niches = sum(len(report.niches) for report in reports)
    typer.echo(f"{', '.join(map(str, out))}: {n_niches} niche{'' if n_niches == 1 else 's'} described")
