"""`nichelens space`: a folder that is a Hugging Face Space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.output_paths import check_output
from app.commands.shared_options import Overwrite
from data_prep.errors import CONTROL, NicheLensError


def space(
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write the Space to.")],
    *,
    title: Annotated[str, typer.Option(metavar="TEXT", help="Title of the Space.")] = "NicheLens",
    model: Annotated[
        str | None,
        typer.Option(
            metavar="HUB_ID",
            help="Base or adapter on the Hub that answers. Without it, the bundled nichelens-nano does.",
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the page as a Hugging Face Space, ready to be pushed.

    `hf upload ORG/NAME FOLDER --repo-type space` pushes it.
    """
    from app.space_folder import MARK, write_space
    from data_prep.hub import HubId

    if (out / ".git").exists():
        message = f"{out}: is a git repository, which would be lost; choose another folder and copy its files"
        raise NicheLensError(message)
    check_output(out, overwrite=overwrite or (out.is_dir() and not any(out.iterdir())), folder_mark=MARK)
    if not title.strip() or CONTROL.search(title) or len(title) > 80 or any(c in title for c in "{}#:\"'"):
        message = f"--title {title}: must be one line of up to 80 letters, digits and plain signs"
        raise NicheLensError(message)
    if model is not None and HubId.parse(model) is None:
        message = f"--model {model}: is no name on the Hub; give org/name (`nichelens push` publishes an adapter)"
        raise NicheLensError(message)
    write_space(out, title=title.strip(), model=model or "")
    typer.echo(f"{out}: a Space; try it with `python app.py` there")
