"""`nichelens markers`: every gene in every niche, as a table."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.commands.output_paths import check_output
from app.commands.shared_options import OUTPUT, QUESTION, Genes, ModelOptions, Overwrite, SlideFile, SlideOptions
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from data_prep.slide import Slide

WORK = "Work"
"""Heading of the options that say which processes ask."""


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
    processes: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            rich_help_panel=WORK,
            help="Ask in N processes of this machine, each with one thread. The table does not depend on it.",
        ),
    ] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            rich_help_panel=WORK,
            help="Ask on the cluster of a Dask scheduler, such as tcp://host:8786. Its workers share the file system.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE.csv", rich_help_panel=OUTPUT, help="Table to write.")],
    overwrite: Overwrite = False,
) -> None:
    """Ask whether each gene is a marker of each niche. Writes a table with the answers and the marker statistics.

    An interrupted command keeps the answers it has. Run it again to go on.
    """
    if gene and top_genes:
        message = "--gene and --top-genes exclude each other; give one of them"
        raise NicheLensError(message)
    if dask and processes > 1:
        message = "--processes and --dask exclude each other; give one of them"
        raise NicheLensError(message)
    check_output(out, overwrite=overwrite, inputs=[slide])
    slides = slide_options.load([slide])
    for symbol in gene or ():
        for part in slides:
            part.gene_index(symbol)

    from data_prep.facts.facts import Facts
    from data_prep.staging import staged
    from inference.answers.screening.screen_plan import ModelSource, ScreenPlan
    from inference.answers.screening.stored_screen import Sharing, StoredScreen

    engine = model.load()
    sharing = Sharing(processes, dask, ModelSource(model.model, model.endpoint, model.served_name))
    plan = ScreenPlan.of(engine, slides, [_genes(part, gene, top_genes) for part in slides])
    with StoredScreen.beside(out, plan, overwrite=overwrite) as stored:
        if stored.n_found:
            console.tell(f"{out}: an earlier run left {stored.n_found:,} of {plan.n_questions:,} answers; going on")
        facts = [Facts.measure(part, engine.image_size) for part in slides]
        started = time.monotonic()
        try:
            with console.progress("asking", unit="answers") as report:
                table = stored.ask(engine, facts, sharing, report)
        except KeyboardInterrupt:
            if n_kept := stored.count_answers():
                console.tell(f"{out}: {n_kept:,} of {plan.n_questions:,} answers are kept; the same command goes on")
            raise
        seconds = time.monotonic() - started
        with staged(out) as partial:
            table.to_csv(partial, index=False, float_format="%.6g")
    verdicts = ", ".join(f"{verdict} {n}" for verdict, n in table["verdict"].value_counts().items())
    pace = (len(table) - stored.n_found) / seconds
    typer.echo(f"{out}: {len(table)} answers ({verdicts}), {pace:.0f} a second")


def _genes(slide: Slide, genes: list[str] | None, top_genes: int | None) -> list[str] | None:
    """The genes to ask about; None for all."""
    from data_prep.facts.variable_genes import variable_genes

    return variable_genes(slide, top_genes) if top_genes else genes
