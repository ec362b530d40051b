"""`nichelens prep`: slides become a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.options import Overwrite, Seed, grouped
from app.commands.output_paths import claim_output
from app.slide_input import ReadConfig, read_all


@grouped
def prep(
    slides: Annotated[list[Path], typer.Argument(metavar="SLIDE...", help="Slides: .h5ad, .zarr, or outs folders.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Dataset folder to write.")],
    *,
    task: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="What to ask; may be repeated [default: every task].")
    ] = None,
    size: Annotated[int, typer.Option(help="Edge length of the figures in pixels: the model's native size.")] = 128,
    seed: Seed = 0,
    test_donor: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Held out for testing; may be repeated [default: a fifth of the donors]."),
    ] = None,
    validation_donor: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Held out for validation; may be repeated [default: held-out genes]."),
    ] = None,
    named: Annotated[float, typer.Option(help="Share of the marker questions asked by name, 0 to 1.")] = 0.0,
    store: Annotated[
        str, typer.Option(metavar="KIND", help="images: keep the pictures; recipes: draw them when they are read.")
    ] = "images",
    workers: Annotated[int, typer.Option(min=1, help="Processes that do the work.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler that does the work, e.g. tcp://host:8786.")
    ] = None,
    reading: ReadConfig,
    overwrite: Overwrite = False,
) -> None:
    """Turn slides into a dataset of pictures, questions and right answers."""
    from data_prep.dataset.builder import build_dataset
    from data_prep.dataset.loading import CONTRACT_FILE
    from data_prep.dataset.prep_config import PrepConfig
    from data_prep.tasks import TASKS

    config = PrepConfig(
        tasks=tuple(task or TASKS),
        size=size,
        seed=seed,
        test_donors=tuple(test_donor) if test_donor else None,
        validation_donors=tuple(validation_donor or ()),
        store=store,
        named=named,
    )
    claim_output(out, overwrite=overwrite, folder_mark=CONTRACT_FILE, inputs=slides)
    found = read_all(
        slides,
        reading,
    )
    with console.steps() as report:
        sizes = build_dataset(
            found, out, config, workers=workers, scheduler=scheduler, overwrite=overwrite, progress=report
        )
    typer.echo(f"{out}: {', '.join(f'{split} {size}' for split, size in sizes.items())}")
