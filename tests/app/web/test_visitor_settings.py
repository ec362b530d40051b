"""What a visitor can never choose: the model, the server that has it, and where anything is fetched from."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.tools.allowed_folders import AllowedFolders
from app.web.serving import Serving, add_tools, make_toolbox
from data_prep.errors import NicheLensError
from tests.oracle import Answering

if TYPE_CHECKING:
    import gradio as gr

    from app.tools.toolbox import Toolbox

FORBIDDEN = ("endpoint", "model", "adapter", "url", "address", "host", "api_key", "key", "token", "revision", "repo")


@pytest.fixture(scope="module")
def served() -> "tuple[gr.Blocks, Toolbox]":
    """The page and its tools, built and not served."""
    pytest.importorskip("mcp", reason="mcp is not installed; pip install 'nichelens[agents]'")
    from app.web.page import build_demo

    engine = Answering(lambda claim: 1.0)
    toolbox = make_toolbox(engine, None, AllowedFolders())
    page = build_demo(engine)
    add_tools(page, toolbox, Serving(mcp=True))
    return page, toolbox


def test_no_event_of_the_page_takes_a_model_or_an_address(served: "tuple[gr.Blocks, Toolbox]") -> None:
    page, _ = served
    assert len(page.fns) > 20
    taken = 0
    for event in page.fns.values():
        names = {str(getattr(part, "label", "") or "").lower() for part in event.inputs}
        if event.fn is not None:
            names |= set(inspect.signature(event.fn).parameters)
            taken += len(names)
        assert not names & set(FORBIDDEN), (event.api_name, names)
    assert taken > 20


def test_no_tool_takes_a_model_or_an_address(served: "tuple[gr.Blocks, Toolbox]") -> None:
    _, toolbox = served
    assert len(toolbox.tools) > 5
    for name, tool in toolbox.tools.items():
        assert not set(tool.schema()["properties"]) & set(FORBIDDEN), name


@pytest.mark.parametrize(
    "model", ["http://127.0.0.1:9/model", "file:///etc", "../../etc/passwd", "org/name@../../x", "org/.."]
)
def test_a_model_that_is_an_address_or_leads_elsewhere_opens_no_connection(
    model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import socket

    from inference.engine.load_engine import load_engine

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("a connection was opened"))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection was opened"))
    with pytest.raises(NicheLensError):
        load_engine(model)
