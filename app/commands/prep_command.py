"""`nichelens prep`: a dataset made of slides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.output_paths import check_output, files_read
from app.commands.shared_options import OUTPUT, QUESTION, Overwrite, Seed, SlideOptions

HELD_OUT = "Held out"
WORK = "Work"


def prep(
    slides: Annotated[
        list[Path],
        typer.Argument(metavar="SLIDE", help="The slides: .h5ad, .zarr, or outs folders of Space Ranger or Xenium."),
    ],
    *,
    slide_options: SlideOptions,
    task: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=QUESTION,
            help="Task to make questions for: a kind of claim (enriched, adjacent, ...), or a prose task for large "
            "models (marker, marker_panel, niches_of_gene, pattern, describe, compare, identity). May be repeated. "
            "Without it, every kind of claim is asked.",
        ),
    ] = None,
    named: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            rich_help_panel=QUESTION,
            help="Share of the questions of the task marker that name the gene and the niche, from 0 to 1.",
        ),
    ] = 0.0,
    test_donor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=HELD_OUT,
            help="Donor to hold out for testing. May be repeated. Without it, a fifth of the donors is drawn.",
        ),
    ] = None,
    validation_donor: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=HELD_OUT,
            help="Donor to hold out for validation. May be repeated. Without it, genes are held out instead.",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FOLDER", rich_help_panel=OUTPUT, help="Dataset folder to write.")],
    overwrite: Overwrite = False,
    store: Annotated[
        str,
        typer.Option(
            metavar="images|specs",
            rich_help_panel=OUTPUT,
            help="`images` stores the figures. `specs` stores the slides and the specs of the figures, and draws the "
            "figures when rows are read.",
        ),
    ] = "images",
    size: Annotated[
        int,
        typer.Option(
            metavar="PIXELS",
            rich_help_panel=OUTPUT,
            help="Edge length of the figures in pixels. Use the native image size of the model.",
        ),
    ] = 128,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, rich_help_panel=WORK, help="Number of processes that do the work.")
    ] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            rich_help_panel=WORK,
            help="Address of a Dask scheduler that does the work, such as tcp://host:8786.",
        ),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Turn slides into a dataset for training and evaluation.

    A row holds pictures, a question and the right answer.
    """
    from data_prep.dataset.builder import build_dataset
    from data_prep.dataset.loading import CONTRACT_FILE
    from data_prep.dataset.prep_config import PrepConfig

    config = PrepConfig(
        tasks=tuple(task or PrepConfig.tasks),
        size=size,
        seed=seed,
        test_donors=tuple(test_donor) if test_donor else None,
        validation_donors=tuple(validation_donor or ()),
        store=store,
        named=named,
    )
    check_output(out, overwrite=overwrite, folder_mark=CONTRACT_FILE, inputs=[*slides, *files_read(slide_options)])
    read = slide_options.load(slides)
    with console.steps() as report:
        sizes = build_dataset(
            read, out, config, workers=workers, scheduler=scheduler, overwrite=overwrite, progress=report
        )
    typer.echo(f"{out}: {', '.join(f'{split} {n_rows}' for split, n_rows in sizes.items())}")
