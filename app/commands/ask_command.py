"""`nichelens ask`: questions about genes in one niche."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.shared_options import QUESTION, AsJson, ModelOptions, SlideFile, SlideOptions
from data_prep.errors import NicheLensError
from data_prep.slide_loading import slides_with_niche


def ask(
    slide: SlideFile,
    *,
    slide_options: SlideOptions,
    niche: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            rich_help_panel=QUESTION,
            help="Niche to ask about; with --question, what 'this niche' means.",
        ),
    ] = "",
    gene: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SYMBOL",
            rich_help_panel=QUESTION,
            help="Gene to ask about. May be repeated; the genes are then compared too. With --question, what "
            "'this gene' means.",
        ),
    ] = None,
    question: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            rich_help_panel=QUESTION,
            help="Question in your own words, such as 'Is COL1A1 a marker of Stroma?'. Without it, the model is asked "
            "whether the gene marks the niche, where it is in the niche and in the tissue, and with which pattern.",
        ),
    ] = "",
    twin: Annotated[
        bool,
        typer.Option(
            "--twin",
            rich_help_panel=QUESTION,
            help="Ask again with a blank picture and with shuffled spots, and say which claims need the picture.",
        ),
    ] = False,
    model: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Ask about genes in a niche. Prints the answer, and each claim with its probability and what the counts say."""
    if not question.strip() and not (gene and niche):
        message = "ask: give --gene and --niche, or a --question in your own words"
        raise NicheLensError(message)
    slides = slide_options.load([slide])
    if niche:
        slides = slides_with_niche(slides, niche)
    for part in slides:
        for symbol in gene or ():
            part.gene_index(symbol)

    from app.commands.terminal import print_answers

    print_answers(model.load(), slides, gene or (), niche, question, twin=twin, as_json=as_json)
