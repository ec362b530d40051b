"""`nichelens push` and `nichelens export`: an adapter leaves this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import Overwrite
from app.commands.output_paths import claim_output
from data_prep.errors import NicheLensError


def push(
    adapter: Annotated[Path, typer.Argument(metavar="ADAPTER", help="Folder that training.sft wrote.")],
    where: Annotated[str, typer.Argument(metavar="ORG/NAME", help="Its name on the Hub.")],
    private: Annotated[bool, typer.Option("--private", help="Let nobody else see it.")] = False,
    evaluation: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="What `evaluate` wrote [default: the folder's evaluation.json]."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(metavar="HUB_ID", help="Its base on the Hub, where it was trained on a local copy."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Also push what it learnt from, as dataset ORG/NAME.")
    ] = None,
) -> None:
    """Publish an adapter on the Hub with its card, figure contract, calibration and scores."""
    from data_prep.hub import HubId
    from training.adapter.publishing import publish

    hub_id = HubId.parse(where)
    if hub_id is None:
        message = f"{where}: is no name on the Hub; give org/name"
        raise NicheLensError(message)
    for address in publish(adapter, hub_id, private=private, evaluation=evaluation, base=base, dataset=dataset):
        typer.echo(address)


def export(
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="Folder or Hub id of an adapter.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the merged model.")],
    dtype: Annotated[str, typer.Option(metavar="NAME", help="Of the weights: bfloat16 or float32.")] = "bfloat16",
    overwrite: Overwrite = False,
) -> None:
    """Merge an adapter into its base: a model that any server loads."""
    claim_output(out, overwrite=overwrite, folder_mark="config.json", inputs=[Path(adapter)])

    from inference.model.merging import export as write_merged

    write_merged(adapter, out, dtype)
    typer.echo(f"{out}: {adapter} merged into its base, in {dtype}")
