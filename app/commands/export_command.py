"""`nichelens export`: an adapter merged into its base."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.output_paths import check_output
from app.commands.shared_options import OUTPUT, Overwrite


def export(
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="Folder or Hub id of an adapter.")],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", rich_help_panel=OUTPUT, help="Folder to write the merged model to.")
    ],
    overwrite: Overwrite = False,
    dtype: Annotated[
        str,
        typer.Option(
            metavar="bfloat16|float32", rich_help_panel=OUTPUT, help="Number format of the weights that are written."
        ),
    ] = "bfloat16",
) -> None:
    """Merge an adapter into its base. Any server can load the merged model."""
    check_output(out, overwrite=overwrite, folder_mark="config.json", inputs=[Path(adapter)])

    from inference.model.merged_model import write_merged

    write_merged(adapter, out, dtype)
    typer.echo(f"{out}: {adapter} merged into its base, in {dtype}")
