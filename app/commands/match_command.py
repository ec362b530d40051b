"""`nichelens match`: which niches of several slides are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.measuring import measure_slides
from app.commands.output_paths import files_read
from app.commands.shared_options import OUTPUT, Overwrite, SlideOptions
from app.commands.text_outputs import check_outputs, write_outputs

ENDINGS = (".html", ".md", ".json", ".csv")


def match(
    slide: Annotated[
        list[Path], typer.Argument(metavar="SLIDE...", help="The slides. A file with several slices gives them all.")
    ],
    *,
    slide_options: SlideOptions,
    out: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE.html|.md|.json|.csv",
            rich_help_panel=OUTPUT,
            help="Dictionary to write: a self-contained page, Markdown, JSON, or a table. May be repeated.",
        ),
    ],
    overwrite: Overwrite = False,
) -> None:
    """Match the niches of several slides by their markers and place. What has no match is flagged."""
    check_outputs(out, ENDINGS, overwrite=overwrite, inputs=[*slide, *files_read(slide_options)])
    slides = slide_options.load(slide)

    from data_prep.facts.niche_dictionary import match_niches
    from data_prep.figures.spec import NATIVE_SIZE
    from inference.answers.across import dictionary_page, dictionary_text

    facts = measure_slides(slides, NATIVE_SIZE)
    dictionary = match_niches(facts)
    write_outputs(
        out,
        {
            ".html": lambda: dictionary_page.to_html(dictionary, facts),
            ".md": lambda: dictionary_text.to_markdown(dictionary),
            ".json": lambda: dictionary_text.to_json(dictionary),
            ".csv": lambda: dictionary_text.to_table(dictionary).to_csv(index=False),
        },
    )
    typer.echo(f"{', '.join(map(str, out))}: {dictionary_text.summary(dictionary)}")
