"""`nichelens ask`: questions about genes in one niche."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.shared_options import QUESTION, AsJson, ModelOptions, SlideFile, SlideOptions
from data_prep.slide_loading import slides_with_niche


def ask(
    slide: SlideFile,
    *,
    slide_options: SlideOptions,
    niche: Annotated[str, typer.Option(metavar="NAME", rich_help_panel=QUESTION, help="Niche to ask about.")],
    gene: Annotated[
        list[str],
        typer.Option(
            metavar="SYMBOL",
            rich_help_panel=QUESTION,
            help="Gene to ask about. May be repeated; the genes are then compared too.",
        ),
    ],
    question: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            rich_help_panel=QUESTION,
            help="Question in your own words, for a model that writes prose. Without it, the model is asked whether "
            "the gene marks the niche, where it is in the niche and in the tissue, and with which pattern.",
        ),
    ] = "",
    model: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Ask about genes in a niche. Prints the answer, and each claim with its probability and what the counts say."""
    slides = slides_with_niche(slide_options.load([slide]), niche)
    for part in slides:
        for symbol in gene:
            part.gene_index(symbol)

    from app.commands.terminal import print_answers

    print_answers(model.load(), slides, gene, niche, question, as_json=as_json)
