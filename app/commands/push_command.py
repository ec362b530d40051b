"""`nichelens push`: an adapter goes to the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data_prep.errors import NicheLensError


def push(
    adapter: Annotated[Path, typer.Argument(metavar="ADAPTER", help="An adapter folder that `nichelens train` wrote.")],
    hub_id: Annotated[str, typer.Argument(metavar="ORG/NAME", help="Name that the adapter gets on the Hub.")],
    private: Annotated[bool, typer.Option("--private", help="Make the repository private.")] = False,
    evaluation: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json",
            help="Scores that `nichelens evaluate` wrote. Without it, evaluation.json of the adapter folder is used.",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="HUB_ID", help="Hub id of the base. Give it if the adapter was trained on a local copy of the base."
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Also push this training dataset, as the dataset ORG/NAME."),
    ] = None,
) -> None:
    """Publish an adapter on the Hub.

    Its card, figure contract, calibration and scores go with it.
    """
    from data_prep.hub import HubId
    from training.adapter.publishing import publish

    parsed = HubId.parse(hub_id)
    if parsed is None:
        message = f"{hub_id}: is no name on the Hub; give org/name"
        raise NicheLensError(message)
    for address in publish(adapter, parsed, private=private, evaluation=evaluation, base=base, dataset=dataset):
        typer.echo(address)
