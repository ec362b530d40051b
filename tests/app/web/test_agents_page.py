"""The examples of docs/agents.md run, and its table lists the tools that there are."""

import contextlib
import io
import json
import re
import shutil
import subprocess

import pytest

from app.known_slides import KnownSlides
from app.tools.allowed_folders import AllowedFolders
from app.web.serving import make_toolbox
from data_prep.claims import VERDICT_MARKS
from data_prep.knowledge.gene_list import Knowledge
from tests import own_loop
from tests.conftest import REPOSITORY
from tests.oracle import Answering

PAGE = (REPOSITORY / "docs" / "agents.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:7860"


def blocks(language: str, address: str) -> list[str]:
    """The examples in a language, for another address."""
    return [block.replace(ADDRESS, address) for block in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)]


def test_the_table_lists_every_tool_with_its_arguments() -> None:
    toolbox = make_toolbox(Answering(lambda claim: 0.0), None, AllowedFolders(), known=KnownSlides(Knowledge()))
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE, re.MULTILINE)
    listed = {name: re.findall(r"`(\w+)`", arguments) for name, arguments in rows}
    assert {name: sorted(arguments) for name, arguments in listed.items()} == {
        tool.name: sorted(argument.name for argument in tool.arguments) for tool in toolbox.tools.values()
    }


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_shell_example_opens_a_slide(address: str) -> None:
    (script,) = blocks("bash", address)
    ran = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, check=True, timeout=60)
    (opened,) = json.loads(ran.stdout)
    assert opened["slices"][0]["spots"] > 1000


def test_the_python_example_prints_an_answer_with_its_ledger(address: str) -> None:
    (script,) = blocks("python", address)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(script, {})
    said, *claims = [line for line in printed.getvalue().splitlines() if "Loaded as API" not in line]
    assert said.endswith(".")
    assert claims
    for claim in claims:
        verdict, sentence = claim.split(maxsplit=1)
        assert verdict in VERDICT_MARKS
        assert "GENE" in sentence


def test_the_configurations_name_the_address_of_the_tools(address: str) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    plain, with_password = (json.loads(block)["mcpServers"]["nichelens"] for block in blocks("json", address))
    assert with_password["headers"] == {"Authorization": "Basic YWRhOnNlY3JldA=="}  # ada:secret

    async def hello() -> str:
        async with streamable_http_client(plain["url"]) as (reads, writes, _), ClientSession(reads, writes) as session:
            return (await session.initialize()).serverInfo.name

    assert own_loop.run(hello) == "NicheLens"
