"""A server of the page with tools, over the toy slide in an allowed folder."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import pytest

from app.tools.allowed_folders import AllowedFolders
from app.web.serving import Serving, add_tools, launch, make_toolbox
from tests.chat_server import free_port
from tests.oracle import Answering

if TYPE_CHECKING:
    from anndata import AnnData

Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def allowed_folder(toy: Callable[..., "AnnData"], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with toy.h5ad, beside a file that nobody may open."""
    folder = tmp_path_factory.mktemp("served") / "slides"
    folder.mkdir()
    toy().write_h5ad(folder / "toy.h5ad")
    (folder.parent / "secret.h5ad").write_text("secret")
    return folder


@pytest.fixture(scope="session")
def serve(allowed_folder: Path) -> Serve:
    """Serves the page with tools for the time of a `with`, and gives its address. A claim is right by its letters."""
    from app.web.page import build_demo

    @contextmanager
    def serving(how: Serving | None = None, engine: Answering | None = None) -> Iterator[str]:
        engine = engine or Answering(lambda claim: 4.0 if crc32(repr(claim).encode()) % 3 else -4.0)
        demo = build_demo(engine)
        how = replace(how or Serving(), port=free_port(), mcp=True)
        add_tools(demo, make_toolbox(engine, None, AllowedFolders.of([allowed_folder])), how)
        try:
            yield launch(demo, how, wait=False).rstrip("/")
        finally:
            demo.close(verbose=False)

    return serving


@pytest.fixture(scope="session")
def address(serve: Serve) -> Iterator[str]:
    """Where the page is served to everybody."""
    pytest.importorskip("mcp", reason="the mcp package is not installed; pip install -e '.[agents]'")
    with serve() as address:
        yield address
