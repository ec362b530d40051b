"""`nichelens fetch-knowledge`: files about genes from public projects."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.shared_options import OUTPUT, Overwrite
from data_prep.errors import NicheLensError, suggest

logger = logging.getLogger(__name__)

WHAT = "What to fetch"


def fetch_knowledge(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="What to fetch, see --list. Without a name, everything is fetched."),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", rich_help_panel=OUTPUT, help="Folder to keep the files in."),
    ] = None,
    show_list: Annotated[
        bool, typer.Option("--list", rich_help_panel=WHAT, help="Print names, contents, terms and addresses only.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Fetch gene tables, marker lists, gene sets and signalling pairs."""
    from data_prep.knowledge.fetching import fetch_source
    from data_prep.knowledge.public_sources import PUBLIC_SOURCES

    chosen = list(dict.fromkeys(names or PUBLIC_SOURCES))
    unknown = next((name for name in chosen if name not in PUBLIC_SOURCES), None)
    if unknown is not None:
        message = f"no knowledge named '{unknown}'; {suggest(unknown, PUBLIC_SOURCES, kind='names', show_all=True)}"
        raise NicheLensError(message)
    if show_list:
        for name in chosen:
            source = PUBLIC_SOURCES[name]
            typer.echo(f"{name}: {source.about}; {source.terms}\n  {source.address}")
        return
    if out is None:
        message = "nowhere to keep the files; give --out FOLDER, or --list to see what there is"
        raise NicheLensError(message)
    failed: dict[str, NicheLensError] = {}
    for name in chosen:
        source = PUBLIC_SOURCES[name]
        console.tell(f"fetching {name} from {source.address}")
        try:
            fetched = fetch_source(name, source, out, overwrite=overwrite)
        except NicheLensError as error:
            if len(chosen) == 1:
                raise
            logger.error("%s", error)
            failed[name] = error
            continue
        came = "fetched" if fetched.is_new else "is there already"
        typer.echo(f"{fetched.path}: {came}, {fetched.n_bytes / 1e6:.1f} MB, {fetched.version} ({source.terms})")
    if failed:
        message = f"{len(failed)} of {len(chosen)} files are not fetched: {', '.join(failed)}; run the command again"
        raise NicheLensError(message)
