"""The tool `may_be`: what the server's files say of a niche; only a server that has such files offers it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.known_slides import KnownSlides
from app.tools.toolbox import Toolbox
from data_prep.errors import NicheLensError
from tests.known_files import of_niche


@pytest.fixture(scope="module")
def known(knowledge_folder: Path) -> KnownSlides:
    return KnownSlides.read([knowledge_folder])


@pytest.fixture
def toolbox(make_toolbox: Callable[..., Toolbox], known: KnownSlides) -> Toolbox:
    return make_toolbox(known=known)


def test_it_says_what_a_niche_may_be_and_where_that_stands(ask: Callable[..., Any]) -> None:
    told = ask("may_be", niche="Layer 1")
    assert (told["slice"], told["niche"], told["looks_like"]) == ("S1", "Layer 1", "Alpha cells")
    sentences = [sentence for part in told["parts"] for sentence in part["sentences"]]
    assert sentences[0]["text"] == "By marker lists, Layer 1 looks most like Alpha cells."
    for sentence in sentences:
        if sentence["kind"] != "remark":
            assert sentence["source"].split(" ")[0] in ("markers.tsv", "sets.gmt", "gene_table_human.tsv")
            assert "line " in sentence["source"]
    assert {row["gene"] for row in told["markers"]["seen_and_known"]} == set(of_niche(1))
    assert ask("may_be", niche="Layer 4")["looks_like"] is None
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_its_schema_names_what_it_takes(toolbox: Toolbox) -> None:
    tool = toolbox.tools["may_be"]
    schema = tool.schema()
    assert {name: part["type"] for name, part in schema["properties"].items()} == {"slide": "string", "niche": "string"}
    assert schema["required"] == ["slide", "niche"]
    assert schema["additionalProperties"] is False
    assert all(part["description"] for part in schema["properties"].values())
    assert "Nothing is said by a model." in tool.about
    assert "null if none fits" in tool.returns
    json.dumps(schema)


def test_the_model_is_not_asked(ask: Callable[..., Any], toolbox: Toolbox) -> None:
    oracle = toolbox.tools["may_be"].function.__self__._engine_for("")
    ask("may_be", niche="Layer 1")
    assert oracle.asked == []


def test_a_server_without_files_does_not_offer_it(make_toolbox: Callable[..., Toolbox], toolbox: Toolbox) -> None:
    bare = make_toolbox()
    assert "may_be" in toolbox.tools
    assert "may_be" not in bare.tools
    with pytest.raises(NicheLensError, match="no tool 'may_be'"):
        bare.call("may_be", {"slide": "x", "niche": "Layer 1"})


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"niche": "Layer 9"}, "no niche 'Layer 9'; did you mean"),
        ({}, "may_be: needs the argument 'niche'"),
        ({"niche": 3}, "may_be: 'niche' must be text"),
        ({"niche": "Layer 1", "tissue": "brain"}, "may_be: has no argument 'tissue'"),
        ({"niche": "Layer 1", "slide": "guess"}, "no slide is open"),
    ],
)
def test_mistakes_are_one_line(ask: Callable[..., Any], arguments: dict[str, Any], line: str) -> None:
    with pytest.raises(NicheLensError, match=line) as error:
        ask("may_be", **arguments)
    assert "\n" not in str(error.value)
