"""`nichelens check`: is the slide good enough, what is to be minded, and what has it the counts for?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.output_paths import files_read
from app.commands.shared_options import OUTPUT, SLIDE, AsJson, Overwrite, SlideFile, SlideOptions
from app.commands.text_outputs import check_outputs, write_outputs

ENDINGS = (".html", ".md", ".json", ".csv")


def check(
    slide: SlideFile,
    *,
    slide_options: SlideOptions,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.html|.md|.json|.csv",
            rich_help_panel=OUTPUT,
            help="Quality page to write: a self-contained page, Markdown, JSON, or a table. May be repeated. Without "
            "it, the verdict is printed.",
        ),
    ] = None,
    preprocessing: Annotated[
        bool,
        typer.Option(
            "--preprocessing",
            rich_help_panel=SLIDE,
            help="Also compare ways to prepare the counts before niches are found, by count splitting. Takes some ten "
            "seconds a slice.",
        ),
    ] = False,
    as_json: AsJson = False,
    overwrite: Overwrite = False,
) -> None:
    """Check whether a slide is good enough, and for what.

    It looks at depth, genes, coordinates and niches, and tries which claims the slide has the counts for. No model is
    asked. Niches are optional: without --niche-key or --find-niches the whole tissue is checked.
    """
    outs = out or []
    check_outputs(outs, ENDINGS, overwrite=overwrite, inputs=[slide, *files_read(slide_options)])

    from inference.answers.quality import quality_page, quality_text
    from inference.answers.quality.load_for_check import label_hint, load_for_check
    from inference.answers.quality.quality_report import QualityReport

    options = slide_options.read_options()
    with console.shares() as progress:
        slides = load_for_check(slide, options, progress)
    hint = label_hint(slide, options)
    with console.steps() as advance:
        reports = [QualityReport.of(part, progress=advance, preprocessing=preprocessing) for part in slides]
    write_outputs(
        outs,
        {
            ".html": lambda: quality_page.to_html(reports, hint=hint),
            ".md": lambda: quality_text.to_markdown(reports, slide.name),
            ".json": lambda: quality_text.to_json(reports),
            ".csv": lambda: quality_text.to_table(reports).to_csv(index=False),
        },
    )
    if as_json:
        typer.echo(quality_text.to_json(reports), nl=False)
        return
    for report in reports:
        first, *others = report.verdict_alone
        typer.echo(f"{report.name}: {first}")
        if not outs:
            for sentence in others:
                typer.echo(f"  - {sentence}")
    if outs:
        typer.echo(f"{', '.join(map(str, outs))}: {sum(len(report.notes) for report in reports)} findings")
    if hint:
        console.tell(hint)
