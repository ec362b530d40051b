"""`nichelens compare`: what changed in a niche from slide to slide, or how two niches of one slide differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.commands.measuring import measure_slides
from app.commands.output_paths import files_read
from app.commands.shared_options import OUTPUT, QUESTION, ModelOptions, Overwrite, SlideOptions
from app.commands.text_outputs import check_outputs, write_outputs
from data_prep.errors import NicheLensError
from data_prep.slide_loading import slide_label

if TYPE_CHECKING:
    from data_prep.slide import Slide

ENDINGS = (".html", ".md", ".json")


def compare(
    slide: Annotated[
        list[Path],
        typer.Argument(metavar="A [B]", help="Two slides, or one with two slices (--slice), or one with --against."),
    ],
    *,
    slide_options: SlideOptions,
    niche: Annotated[str, typer.Option(metavar="NAME", rich_help_panel=QUESTION, help="Niche on the first slide.")],
    niche_b: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=QUESTION,
            help="Its name on the second slide. Without it, the same name; of computed niches, the best match.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="NAME", rich_help_panel=QUESTION, help="Compare with this other niche of the same slide."),
    ] = None,
    top_genes: Annotated[
        int,
        typer.Option(metavar="N", min=2, rich_help_panel=QUESTION, help="Ask about N genes, the same on both sides."),
    ] = 24,
    model: ModelOptions,
    out: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE.html|.md|.json",
            rich_help_panel=OUTPUT,
            help="Comparison to write: a self-contained page, Markdown, or JSON. May be repeated.",
        ),
    ],
    overwrite: Overwrite = False,
) -> None:
    """Compare a niche on two slides, or two niches of one slide. Each difference is checked against the counts."""
    if against and niche_b:
        message = "--against is for one slide and --niche-b for two; give one of them"
        raise NicheLensError(message)
    check_outputs(out, ENDINGS, overwrite=overwrite, inputs=[*slide, *files_read(slide_options)])
    slides = _chosen(slide_options.load(slide), niche, niche_b, against)

    from inference.answers.across import comparison_page, comparison_text
    from inference.answers.across.comparison import compare_niches, compare_slides

    engine = model.load()
    facts = measure_slides(slides, engine.image_size)
    with console.progress("asking") as advance:
        if against:
            found = compare_niches(engine, facts[0], niche, against, n_genes=top_genes, progress=advance)
        else:
            found = compare_slides(
                engine, facts[0], facts[1], niche, niche_b or "", n_genes=top_genes, progress=advance
            )
    write_outputs(
        out,
        {
            ".html": lambda: comparison_page.to_html(found),
            ".md": lambda: comparison_text.to_markdown(found),
            ".json": lambda: comparison_text.to_json(found),
        },
    )
    typer.echo(f"{', '.join(map(str, out))}: {found.title}. {found.text}")


def _chosen(slides: Sequence[Slide], niche: str, niche_b: str | None, against: str | None) -> list[Slide]:
    """The one slide or the two slides to compare, checked before a model is loaded."""
    names = ", ".join(slide_label(slide) for slide in slides)
    if against:
        having = [slide for slide in slides if niche in slide.niches and against in slide.niches]
        if len(having) > 1:
            message = f"{len(having)} slices have both niches ({names}); choose one with --slice"
            raise NicheLensError(message)
        if not having:
            for name in (niche, against):
                slides[0].niche_index(name)
        return having
    if len(slides) != 2:
        message = f"{len(slides)} slices given ({names}); name two slides, choose two with --slice, or pass --against"
        raise NicheLensError(message)
    slides[0].niche_index(niche)
    if niche_b:
        slides[1].niche_index(niche_b)
    return list(slides)
