"""`nichelens markers`: every gene in every niche, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.output_paths import check_output
from app.commands.shared_options import OUTPUT, QUESTION, Genes, ModelOptions, Overwrite, SlideFile, SlideOptions
from data_prep.errors import NicheLensError
from data_prep.slide_loading import slide_label
from data_prep.staging import staged


def markers(
    slide: SlideFile,
    *,
    slide_options: SlideOptions,
    gene: Genes = None,
    top_genes: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=QUESTION,
            help="Ask only about the N most variable genes of each slice. Without it, all genes are asked.",
        ),
    ] = None,
    model: ModelOptions,
    out: Annotated[Path, typer.Option(metavar="FILE.csv", rich_help_panel=OUTPUT, help="Table to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Ask whether each gene is a marker of each niche. Writes a table with the answers and the marker statistics."""
    if gene and top_genes:
        message = "--gene and --top-genes exclude each other; give one of them"
        raise NicheLensError(message)
    check_output(out, overwrite=overwrite, inputs=[slide])
    slides = slide_options.load([slide])
    for symbol in gene or ():
        for part in slides:
            part.gene_index(symbol)

    import time

    import pandas as pd

    from data_prep.facts.facts import Facts
    from data_prep.facts.variable_genes import variable_genes
    from inference.answers.screen import screen_markers

    engine = model.load()
    tables = []
    seconds = 0.0
    for part in slides:
        facts = Facts.measure(part, engine.image_size)
        asked = variable_genes(part, top_genes) if top_genes else gene
        started = time.monotonic()
        with console.progress(slide_label(part)) as report:
            tables.append(screen_markers(engine, facts, asked, progress=report))
        seconds += time.monotonic() - started
    table = pd.concat(tables, ignore_index=True)
    with staged(out) as partial:
        table.to_csv(partial, index=False, float_format="%.6g")
    verdicts = ", ".join(f"{verdict} {n}" for verdict, n in table["verdict"].value_counts().items())
    typer.echo(f"{out}: {len(table)} answers ({verdicts}), {len(table) / seconds:.0f} a second")
