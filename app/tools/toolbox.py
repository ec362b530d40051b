"""Toolbox: all tools of one server.

    toolbox = Toolbox(looking, asking, comparing)
    toolbox.call("list_niches", {"slide": slide_id})

MCP, the REST endpoints and the page's conversation call the same tools.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.tools.asking_tools import AskingTools
from app.tools.comparing_tools import ComparingTools
from app.tools.known_tools import KnownTools
from app.tools.looking_tools import LookingTools
from app.tools.tool_calls import Tool
from data_prep.errors import NicheLensError, suggest


class Toolbox:
    """The tools, by name.

    Args:
        looking: opens, lists and draws.
        asking: asks the model, and checks a text.
        comparing: compares genes and niches.
        known: says what files tell; None for a server without such files.

    Attributes:
        tools: name of each tool → the tool, in the order in which they are listed.
        looking: names of the tools that never wait for the model.
    """

    def __init__(
        self,
        looking: LookingTools,
        asking: AskingTools,
        comparing: ComparingTools,
        known: KnownTools | None = None,
    ) -> None:
        functions: tuple[Callable[..., Any], ...] = (
            looking.list_slides,
            looking.open_slide,
            looking.list_niches,
            looking.list_genes,
            looking.check_slide,
            asking.ask,
            asking.describe,
            asking.screen,
            comparing.compare_genes,
            comparing.compare_niches,
            comparing.compare_slides,
            comparing.neighbours,
            comparing.similar_genes,
            comparing.niches_like,
            looking.draw,
            asking.ledger,
            *(() if known is None else (known.may_be, known.find)),
        )
        self.tools = {tool.name: tool for tool in map(Tool, functions)}
        self.looking = frozenset(name for name in self.tools if hasattr(looking, name))

    def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Calls a tool with arguments that came from outside, for example from a model.

        Raises:
            NicheLensError: there is no such tool, an argument does not fit, or the tool refuses it.
        """
        if name not in self.tools:
            message = f"no tool '{name[:60]}'; {suggest(name, self.tools, kind='tools', show_all=True)}"
            raise NicheLensError(message)
        return self.tools[name].call(arguments)
