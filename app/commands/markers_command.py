"""`nichelens markers`: every gene in every niche, as a table."""

from __future__ import annotations

import shlex
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from app.anndata_copies import check_copy
from app.anndata_results import annotated_copy, screen_settings
from app.commands.measuring import measure_slides
from app.commands.output_paths import check_output, files_read
from app.commands.shared_options import (
    OUTPUT,
    QUESTION,
    Genes,
    ModelOptions,
    Overwrite,
    SlideFile,
    SlideOptions,
)
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
    cards: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            rich_help_panel=OUTPUT,
            help="Also write an evidence card for each gene that the model calls a marker: one HTML file with the "
            "picture, the numbers and the thresholds, and an index.",
        ),
    ] = None,
    max_cards: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, rich_help_panel=OUTPUT, help="Write at most N cards, the strongest of each niche first."
        ),
    ] = 50,
    write_back: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=OUTPUT,
            help="Also write a copy of the slide with the results in uns['nichelens'] and varm. It ends as the slide "
            "does: .h5ad or .zarr. The slide itself is only replaced if it is named here and --overwrite is given.",
        ),
    ] = None,
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
    tables = files_read(slide_options)
    check_output(out, overwrite=overwrite, inputs=[slide, *tables])
    if cards is not None:
        from inference.answers.cards.card_folder import LIST

        check_output(cards, overwrite=overwrite, folder_mark=LIST, inputs=[slide, *tables])
    if write_back is not None:
        check_copy(slide, write_back)
        is_slide = overwrite and write_back.resolve() == slide.resolve()
        check_output(write_back, overwrite=overwrite, inputs=tables if is_slide else [slide, *tables])
    _check_distinct(out, cards, write_back)
    slides = slide_options.load([slide])
    for symbol in gene or ():
        for part in slides:
            part.gene_index(symbol)

    from data_prep.staging import staged
    from inference.answers.cards.card_folder import INDEX, write_cards
    from inference.answers.screening.screen_plan import ModelSource, ScreenPlan
    from inference.answers.screening.stored_screen import Sharing, StoredScreen

    engine = model.load()
    sharing = Sharing(processes, dask, ModelSource(model.model, model.endpoint, model.served_name))
    plan = ScreenPlan.of(engine, slides, [_genes(part, gene, top_genes) for part in slides])
    with StoredScreen.beside(out, plan, overwrite=overwrite) as stored:
        if stored.n_found:
            console.tell(f"{out}: an earlier run left {stored.n_found:,} of {plan.n_questions:,} answers; going on")
        facts = measure_slides(slides, engine.image_size)
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
        if write_back is not None:
            settings = {
                "version": version("nichelens"),
                **screen_settings(engine, slide_options.read_options(), slides),
            }
            typer.echo(f"{annotated_copy(slide, table, settings, write_back)}: {slide.name} with the results")
        if cards is not None:
            command = shlex.join(["nichelens", *sys.argv[1:]])
            with staged(cards) as folder, console.progress("writing cards") as report:
                n = write_cards(folder, engine, facts, table, most=max_cards, command=command, progress=report)
            n_markers = int((table["verdict"] == "yes").sum())
            typer.echo(f"{cards / INDEX}: cards of {n:,} of {n_markers:,} markers, the strongest of each niche first")


def _check_distinct(*outputs: Path | None) -> None:
    paths = [path.resolve() for path in outputs if path is not None]
    for path in paths:
        if paths.count(path) > 1:
            message = f"{path}: two outputs of this command have this name; choose another one"
            raise NicheLensError(message)


def _genes(slide: Slide, genes: list[str] | None, top_genes: int | None) -> list[str] | None:
    """The genes to ask about; None for all."""
    from data_prep.facts.variable_genes import variable_genes

    return variable_genes(slide, top_genes) if top_genes else genes
