"""What a tool is to others: a name, a text, arguments with types, and a call with arguments that came from outside.

The text comes from the docstring of the tool, the types from its signature. MCP, REST and chat servers with tools all
get the same.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, get_args, get_type_hints

from data_prep.errors import NicheLensError

LONGEST_TEXT, MOST_ITEMS = 20_000, 2_000
"""Characters of a text, and items of a list, that a tool takes."""
_SCHEMAS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    list[str]: {"type": "array", "items": {"type": "string"}},
}
_WORDS = {str: "text", int: "a whole number", bool: "true or false", list[str]: "a list of texts"}
_SECTION = re.compile(r"^(Args|Returns|Raises):\s*$", re.MULTILINE)
_ARGUMENT = re.compile(r"^    (\w+): ", re.MULTILINE)


@dataclass(frozen=True)
class Argument:
    """One argument of a tool.

    Attributes:
        name: its name.
        type: ``str``, ``int``, ``bool`` or ``list[str]``.
        about: what it means.
        default: its value where none is given; ``inspect.Parameter.empty`` if one must be given.
    """

    name: str
    type: Any
    about: str
    default: Any

    @property
    def is_required(self) -> bool:
        """Whether a value must be given."""
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True)
class Tool:
    """A function that others may call.

    Attributes:
        function: what it does; its docstring has the sections Args and Returns.
    """

    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """Its name for others."""
        return self.function.__name__

    @cached_property
    def about(self) -> str:
        """What it does, in one paragraph."""
        return self._sections[""]

    @cached_property
    def returns(self) -> str:
        """What it returns, in one paragraph."""
        return self._sections.get("Returns", "")

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """Its arguments in their order."""
        types = get_type_hints(self.function)
        return tuple(
            Argument(name, _without_none(types[name]), self._argument_texts[name], parameter.default)
            for name, parameter in inspect.signature(self.function).parameters.items()
        )

    @property
    def return_type(self) -> Any:
        """The type of what it returns."""
        return get_type_hints(self.function)["return"]

    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        properties = {}
        for argument in self.arguments:
            properties[argument.name] = _SCHEMAS[argument.type] | {"description": argument.about}
            if not argument.is_required and argument.default is not None:
                properties[argument.name]["default"] = argument.default
        required = [argument.name for argument in self.arguments if argument.is_required]
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def call(self, arguments: Mapping[str, Any]) -> Any:
        """Calls the tool.

        Args:
            arguments: from outside: names and types are checked. None counts as not given.

        Raises:
            NicheLensError: an argument is unknown, missing or of another type, or the tool refuses it.
        """
        known = {argument.name: argument for argument in self.arguments}
        given = {name: value for name, value in arguments.items() if value is not None}
        for name in given:
            if name not in known:
                message = f"{self.name}: has no argument '{name[:60]}'; it takes {', '.join(known)}"
                raise NicheLensError(message)
        for argument in self.arguments:
            if argument.is_required and argument.name not in given:
                message = f"{self.name}: needs the argument '{argument.name}', {argument.about.rstrip('.')}"
                raise NicheLensError(message)
        return self.function(**{name: self._checked(known[name], value) for name, value in given.items()})

    def _checked(self, argument: Argument, value: Any) -> Any:
        """The value of an argument in its type."""
        if argument.type is int and isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON has one kind of number
        expected = list if argument.type == list[str] else argument.type
        texts = value if isinstance(value, list) else [value]
        is_right = isinstance(value, expected) and isinstance(value, bool) == (argument.type is bool)
        if not is_right or (argument.type not in (int, bool) and not all(isinstance(text, str) for text in texts)):
            message = f"{self.name}: '{argument.name}' must be {_WORDS[argument.type]}"
            raise NicheLensError(message)
        if len(texts) > MOST_ITEMS or any(len(text) > LONGEST_TEXT for text in texts if isinstance(text, str)):
            message = f"{self.name}: '{argument.name}' is too long; give at most {LONGEST_TEXT:,} characters"
            raise NicheLensError(message)
        return value

    @cached_property
    def _sections(self) -> dict[str, str]:
        """The sections, each in one line."""
        return {heading: _one_line(text) for heading, text in self._parts.items()}

    @cached_property
    def _argument_texts(self) -> dict[str, str]:
        """Name of each argument → what it means."""
        pieces = _ARGUMENT.split(self._parts.get("Args", ""))
        return {name: _one_line(text) for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}

    @cached_property
    def _parts(self) -> dict[str, str]:
        """Heading of each section of the docstring → its text; "" is the text before the first one."""
        pieces = _SECTION.split(inspect.getdoc(self.function) or "")
        return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def _without_none(hint: Any) -> Any:
    """``list[str]`` for ``list[str] | None``; every other type stays."""
    options = [option for option in get_args(hint) if option is not NoneType]
    return options[0] if NoneType in get_args(hint) and len(options) == 1 else hint


def _one_line(text: str) -> str:
    return " ".join(text.split())
