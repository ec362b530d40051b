"""`nichelens demo`: the web page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.shared_options import ModelOptions, NicheKeys

ADDRESS = "Address"


def demo(
    slide: Annotated[
        Path | None,
        typer.Argument(metavar="SLIDE.h5ad", help="Slide to open. Without it, the page opens a synthetic slide."),
    ] = None,
    *,
    niche_key: NicheKeys = None,
    model: ModelOptions,
    host: Annotated[
        str,
        typer.Option(
            rich_help_panel=ADDRESS, help="Address to serve on. 0.0.0.0 lets other computers of the network in."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, rich_help_panel=ADDRESS, help="Port to serve on.")] = 7860,
) -> None:
    """Serve the web page."""
    from app.web import temporary
    from app.web.page import build_demo, check_port, launch
    from app.web.upload import open_slides

    check_port(host, port)
    temporary.claim_folder()
    opened = open_slides(slide, niche_key or []) if slide else None
    launch(build_demo(model.load(), opened), host=host, port=port)
