"""A tool is described by its docstring and its signature, and checks what it is given."""

from typing import Any

import pytest

from app.tools.tool_calls import Tool
from app.tools.toolbox import Toolbox
from data_prep.errors import NicheLensError


def count_spots(slide: str, niches: list[str] | None = None, most: int = 5, by_name: bool = False) -> dict[str, Any]:
    """Counts the spots of niches.

    The count is exact.

    Args:
        slide: id of a slide,
            with a second line: it has a colon.
        niches: names of niches.
        most: largest number.
        by_name: order them by their names.

    Returns:
        The number
        of spots.
    """
    return {"slide": slide, "niches": niches, "most": most, "by_name": by_name}


def test_the_docstring_describes_the_tool() -> None:
    tool = Tool(count_spots)
    assert tool.about == "Counts the spots of niches. The count is exact."
    assert tool.returns == "The number of spots."
    assert tool.schema() == {
        "type": "object",
        "properties": {
            "slide": {"type": "string", "description": "id of a slide, with a second line: it has a colon."},
            "niches": {"type": "array", "items": {"type": "string"}, "description": "names of niches."},
            "most": {"type": "integer", "description": "largest number.", "default": 5},
            "by_name": {"type": "boolean", "description": "order them by their names.", "default": False},
        },
        "required": ["slide"],
        "additionalProperties": False,
    }


def test_arguments_of_the_right_type_pass() -> None:
    tool = Tool(count_spots)
    assert tool.call({"slide": "a"}) == {"slide": "a", "niches": None, "most": 5, "by_name": False}
    given = {"slide": "a", "niches": ["L1"], "most": 7.0, "by_name": True}
    assert tool.call(given) == {"slide": "a", "niches": ["L1"], "most": 7, "by_name": True}
    assert tool.call({"slide": "a", "niches": None, "most": None})["most"] == 5


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "count_spots: needs the argument 'slide', id of a slide"),
        ({"slide": None}, "needs the argument 'slide'"),
        ({"slide": 3}, "'slide' must be text"),
        ({"slide": ["a"]}, "'slide' must be text"),
        ({"slide": {"path": "/etc/passwd"}}, "'slide' must be text"),
        ({"slide": "a", "niches": "L1"}, "'niches' must be a list of texts"),
        ({"slide": "a", "niches": ["L1", 2]}, "'niches' must be a list of texts"),
        ({"slide": "a", "most": "5"}, "'most' must be a whole number"),
        ({"slide": "a", "most": 5.5}, "'most' must be a whole number"),
        ({"slide": "a", "most": True}, "'most' must be a whole number"),
        ({"slide": "a", "by_name": 1}, "'by_name' must be true or false"),
        ({"slide": "a", "by_name": "yes"}, "'by_name' must be true or false"),
        ({"slide": "a", "url": "http://x"}, "has no argument 'url'; it takes slide, niches, most, by_name"),
        ({"slide": "a" * 30_000}, "'slide' is too long"),
        ({"slide": "a", "niches": ["b"] * 3_000}, "'niches' is too long"),
    ],
)
def test_other_arguments_are_refused_in_one_line(arguments: dict[str, Any], line: str) -> None:
    with pytest.raises(NicheLensError) as error:
        Tool(count_spots).call(arguments)
    assert line in str(error.value)


def test_every_tool_of_the_toolbox_is_described(toolbox: Toolbox) -> None:
    for tool in toolbox.tools.values():
        assert len(tool.about) > 30, tool.name
        assert tool.returns, tool.name
        for argument in tool.arguments:
            assert argument.about.endswith("."), (tool.name, argument.name)


def test_tools_that_only_look_are_known(toolbox: Toolbox) -> None:
    assert toolbox.looking == {"list_slides", "open_slide", "list_niches", "list_genes", "check_slide", "draw"}


def test_no_tool_takes_an_address(toolbox: Toolbox) -> None:
    names = {argument.name for tool in toolbox.tools.values() for argument in tool.arguments}
    assert names.isdisjoint({"url", "endpoint", "model", "hub_id", "address", "host"})


def test_an_unknown_tool_is_named(toolbox: Toolbox) -> None:
    with pytest.raises(NicheLensError, match="no tool 'delete'; tools: list_slides, open_slide"):
        toolbox.call("delete", {})
