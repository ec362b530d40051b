"""`nichelens demo`: the web page, and the tools for agents beside it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.knowledge_options import KnowledgeOptions
from app.commands.shared_options import SLIDE, ModelOptions, NicheKeys
from data_prep.errors import NicheLensError

ADDRESS = "Address"
VISITORS = "Visitors"
AGENTS = "Agents"
log = logging.getLogger(__name__)


def demo(
    slide: Annotated[
        Path | None,
        typer.Argument(metavar="SLIDE.h5ad", help="Slide to open. Without it, the page opens a synthetic slide."),
    ] = None,
    *,
    niche_key: NicheKeys = None,
    example: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=SLIDE,
            help="Open a published slide instead, which is fetched once and kept. `list` lists their names and sizes.",
        ),
    ] = None,
    known: KnowledgeOptions,
    model: ModelOptions,
    mcp: Annotated[
        bool,
        typer.Option(
            "--mcp",
            rich_help_panel=AGENTS,
            help="Also serve the tools for agents: as an MCP server, and as named REST endpoints.",
        ),
    ] = False,
    allow: Annotated[
        list[Path] | None,
        typer.Option(
            "--allow",
            metavar="FOLDER",
            rich_help_panel=AGENTS,
            help="Let agents and visitors open the slides below this folder. May be repeated. Without it, none.",
        ),
    ] = None,
    auth: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=VISITORS,
            help="Ask for a name and a password. The file has a line USER:PASSWORD for each user. The environment "
            "variable NICHELENS_AUTH (USER:PASSWORD) does the same for one.",
        ),
    ] = None,
    max_file_size: Annotated[
        str, typer.Option(metavar="SIZE", rich_help_panel=VISITORS, help="Largest file that a visitor may upload.")
    ] = "1gb",
    queue_size: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=1000,
            rich_help_panel=VISITORS,
            help="Visitors who may wait for the model. More are asked to come back later.",
        ),
    ] = 32,
    host: Annotated[
        str,
        typer.Option(
            rich_help_panel=ADDRESS, help="Address to serve on. 0.0.0.0 lets other computers of the network in."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, rich_help_panel=ADDRESS, help="Port to serve on.")] = 7860,
    root_path: Annotated[
        str,
        typer.Option(
            metavar="PATH|URL",
            rich_help_panel=ADDRESS,
            help="Where a proxy shows the page, for example /nichelens or https://example.org/nichelens.",
        ),
    ] = "",
) -> None:
    """Serve the web page, for people and for agents.

    With --knowledge, it also says what each niche may be, for all slides that visitors open.
    """
    from app.known_slides import KnownSlides
    from app.tools.allowed_folders import AllowedFolders
    from app.web import temporary
    from app.web.examples import EXAMPLES, label
    from app.web.guard import Credentials
    from app.web.page import build_demo
    from app.web.serving import Serving, add_tools, launch, make_toolbox, open_example
    from app.web.turns import Turns
    from app.web.upload import open_slides

    if example == "list":
        for name in EXAMPLES:
            typer.echo(f"{name}: {label(name)}")
        return
    if slide and example:
        message = f"{slide} and --example {example} exclude each other; give one of them"
        raise NicheLensError(message)
    serving = Serving(
        host=host,
        port=port,
        root_path=root_path,
        max_file_size=max_file_size,
        queue_size=queue_size,
        credentials=Credentials.read(auth),
        mcp=mcp,
    )
    serving.check()
    allowed = AllowedFolders.of(allow or [])
    if not serving.is_local and serving.credentials is None:
        folders = "".join(f", and open the slides below {folder}" for folder in allowed.folders)
        log.warning("everybody who reaches %s:%d may use the page%s; --auth asks for a password", host, port, folders)
    temporary.claim_folder()
    opened = open_slides(slide, niche_key or []) if slide else None
    if example:
        with console.progress(f"opening {example}") as show:
            opened = open_example(example, lambda share, _: show(round(100 * share), 100))
    knowledge = KnownSlides.read(known.knowledge, known.tissue) if known.knowledge else None
    engine = model.load()
    turns = Turns()
    page = build_demo(engine, opened, folders=allowed if allowed.folders else None, turns=turns, known=knowledge)
    if mcp:
        add_tools(page, make_toolbox(engine, opened, allowed, turns, knowledge), serving)
    launch(page, serving)
