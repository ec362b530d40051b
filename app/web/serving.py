"""Serves the page: its address, who may use it, and the tools for agents beside it.

launch(build_demo(engine), Serving(port=7860))
"""

from __future__ import annotations

import importlib.util
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.known_slides import KnownSlides
from app.tools.allowed_folders import AllowedFolders
from app.tools.asking_tools import AskingTools
from app.tools.comparing_tools import ComparingTools
from app.tools.known_tools import KnownTools
from app.tools.looking_tools import LookingTools
from app.tools.opened_slides import SlideStore
from app.tools.toolbox import Toolbox
from app.web import appearance
from app.web.examples import EXAMPLES, fetch, is_fetched
from app.web.guard import LOOPBACK_HOSTS, Credentials, Guard, fetch_nothing
from app.web.slide_cache import SlideCache
from app.web.turns import Turns
from app.web.upload import MAX_UPLOAD, Progress, example_slides, open_slides
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import gradio as gr

    from inference.engine.engine import Engine

QUEUE_SIZE = 32
"""Visitors who may wait for the model. The next one is told to come back later."""
SYNTHETIC = "synthetic tissue"
"""Name of the example that every server has."""
_SIZE = re.compile(r"[1-9]\d*(kb|mb|gb)")
"""Sizes that Gradio understands."""
MCP_PATH = "/gradio_api/mcp/"


@dataclass(frozen=True)
class Serving:
    """How a page is served.

    Attributes:
        host: address to listen on. Only a loopback address is safe without a password.
        port: port to listen on.
        root_path: path or address under which a proxy shows the page; "" without a proxy.
        max_file_size: largest upload, for example "500mb".
        queue_size: visitors who may wait.
        credentials: who may use the page; None for everybody who reaches it.
        mcp: whether agents may use the tools, through MCP and REST. `add_tools` must have been called.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    root_path: str = ""
    max_file_size: str = MAX_UPLOAD
    queue_size: int = QUEUE_SIZE
    credentials: Credentials | None = None
    mcp: bool = False

    def check(self) -> None:
        """Checks the settings before any slow work.

        Raises:
            NicheLensError: the port is taken or not allowed, the host is no address of this machine, the size or
                the path is none, or MCP is not installed.
        """
        check_port(self.host, self.port)
        if not _SIZE.fullmatch(self.max_file_size):
            message = f"--max-file-size {self.max_file_size}: is no size; write for example 500mb or 2gb"
            raise NicheLensError(message)
        if self.root_path and not re.match(r"/|https?://[^/]", self.root_path):
            message = f"--root-path {self.root_path}: must be a path from / on, or a whole http address"
            raise NicheLensError(message)
        if self.mcp and importlib.util.find_spec("mcp") is None:
            message = "--mcp: the package mcp is not installed; pip install 'nichelens[agents]'"
            raise NicheLensError(message)

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches the page."""
        return self.host in LOOPBACK_HOSTS

    @property
    def host_names(self) -> tuple[str, ...] | None:
        """Names by which visitors may call the server; None for all."""
        if not self.is_local:
            return None
        if self.root_path and not urlsplit(self.root_path).hostname:
            return None  # a proxy whose name is not known
        return (*LOOPBACK_HOSTS, *filter(None, [urlsplit(self.root_path).hostname]))


def check_port(host: str, port: int) -> None:
    """Checks that the page can be served at an address.

    Raises:
        NicheLensError: the port is taken or not allowed, or the host is not an address of this machine.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"port {port} on {host}: {error.strerror or error}; choose another with --port or --host"
            raise NicheLensError(message) from error


def make_toolbox(
    engine: Engine,
    opened: SlideCache | None,
    allowed: AllowedFolders,
    turns: Turns | None = None,
    known: KnownSlides | None = None,
) -> Toolbox:
    """The tools of a page.

    Args:
        engine: model to ask.
        opened: slides that the page shows first; agents may open them as an example, under the name of their file.
        allowed: folders below which agents may open files.
        turns: the page's own, so that agents and visitors take turns at the model; None for a page without visitors.
        known: what the server's files say of slides; None for no tools about it.
    """
    from app.web.tool_endpoints import check_wanted

    shared = turns or Turns()
    store = SlideStore()

    def offered() -> dict[str, Callable[[], SlideCache]]:
        served = {} if opened is None or opened.path is None else {opened.path.name: lambda: opened}
        # Nothing is fetched for an agent: it could not wait so long. The page fetches examples.
        fetched = {name: partial(open_example, name) for name in EXAMPLES if is_fetched(name)}
        return served | {SYNTHETIC: example_slides} | fetched

    def engine_for(slide: str) -> Engine:
        return shared.engine_for(engine, slide, check_wanted)

    def read_file(path: Path, niche_column: str) -> SlideCache:
        keys: Sequence[str] = [niche_column] if niche_column else []
        return open_slides(path, keys)

    return Toolbox(
        LookingTools(store, allowed, offered, read_file),
        AskingTools(store, engine_for, known),
        ComparingTools(store, engine_for),
        KnownTools(store, engine_for, known) if known else None,
    )


def open_example(name: str, progress: Progress | None = None) -> SlideCache:
    """A published example slide, fetched if it is not in the cache.

    Args:
        name: a key of `app.web.examples.EXAMPLES`.
        progress: is told how far the fetching is.

    Raises:
        NicheLensError: there is no such example, or it cannot be fetched.
    """
    path, niche_key = fetch(name, progress)
    return open_slides(path, [niche_key] if niche_key else [])


def add_tools(demo: gr.Blocks, toolbox: Toolbox, serving: Serving) -> None:
    """Adds the tools to a page that is not launched yet."""
    from app.web.tool_endpoints import add_endpoints

    add_endpoints(demo, toolbox, waiting=serving.queue_size)


def launch(demo: gr.Blocks, serving: Serving, *, wait: bool = True) -> str:
    """Serves the page, prints its address and returns it. With ``wait`` it returns only on Ctrl-C.

    Raises:
        NicheLensError: the page cannot be served so (`Serving.check`).
    """
    from starlette.middleware import Middleware

    serving.check()
    fetch_nothing()
    demo.queue(max_size=serving.queue_size)
    guard = Middleware(Guard, credentials=serving.credentials, hosts=serving.host_names)
    _, address, _ = demo.launch(
        server_name=serving.host,
        server_port=serving.port,
        root_path=serving.root_path or None,
        prevent_thread_lock=True,
        quiet=True,
        show_error=True,
        share=False,
        ssr_mode=False,
        run_history=False,
        mcp_server=serving.mcp,
        app_kwargs={"middleware": [guard]},
        max_file_size=serving.max_file_size,
        footer_links=[],
        theme=appearance.theme(),
        css=appearance.CSS,
        head=appearance.HEAD,
    )
    print(f"NicheLens is serving on {address} (Ctrl-C stops it)", flush=True)
    if serving.mcp:
        from app.web.tool_endpoints import set_up_mcp

        if demo.mcp_server_obj is None:
            demo.close(verbose=False)
            message = f"--mcp: the MCP server did not start ({demo.mcp_error}); pip install 'nichelens[agents]'"
            raise NicheLensError(message)
        set_up_mcp(demo)
        print(f"Its tools for agents are served on {address.rstrip('/')}{MCP_PATH}", flush=True)
    if wait:
        try:
            threading.Event().wait()
        finally:
            demo.close(verbose=False)
    return address
