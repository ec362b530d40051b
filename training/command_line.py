"""Settings from a YAML recipe and the command line.

The options are made from the fields of the settings dataclasses. The field `lora_rank` is the key `lora_rank` of a
recipe and the option `--lora-rank` of the command. An option on the command line wins over the recipe.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Any, NoReturn, TypeVar, get_args, get_type_hints

from data_prep.errors import NicheLensError

RECIPES = Path(__file__).resolve().with_name("recipes")
_Settings = TypeVar("_Settings")


class CommandLine:
    """Reads the values of some settings dataclasses.

    Each field has a help text in `metadata["help"]` and the title of its group of options in `metadata["group"]`.
    The fields have distinct names and are of type str, int, float or bool; a str may be None by default.
    """

    def __init__(self, command: str, description: str, *kinds: type) -> None:
        """Builds the options.

        Args:
            command: what people type to run the command.
            description: text at the top of its help.
            kinds: the settings dataclasses.
        """
        self._fields = {field.name: field for kind in kinds for field in fields(kind)}
        self._types = {name: _plain_type(hint) for kind in kinds for name, hint in get_type_hints(kind).items()}
        self._parser = self._build_parser(command, description)

    def read(self, arguments: Sequence[str] | None = None) -> dict[str, object]:
        """Values of the fields that the recipe or the command line gives.

        `--help` prints the help and exits.

        Args:
            arguments: of the command, without its name; None for those of this process.

        Raises:
            NicheLensError: an unknown setting, a value of the wrong type, a missing setting, no such recipe.
        """
        given, unknown = self._parser.parse_known_args(sys.argv[1:] if arguments is None else list(arguments))
        if unknown:
            self._refuse_unknown(unknown[0])
        values = vars(given)
        config = values.pop("config", None)
        values = (self._read_recipe(config) if config is not None else {}) | values
        missing = [_option(name) for name, field in self._fields.items() if _is_required(field) and name not in values]
        if missing:
            self._parser.error(f"{' and '.join(missing)} must be given")
        return values

    def _build_parser(self, command: str, description: str) -> argparse.ArgumentParser:
        parser = _Parser(
            prog=command,
            usage=f"{command} [--config RECIPE] [OPTIONS]",
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
        )
        parser.add_argument(
            "--config",
            metavar="RECIPE",
            help="A YAML file with settings, or the name of a recipe that comes with NicheLens, such as nano. Options "
            "on the command line win over it.",
        )
        groups: dict[str, argparse._ArgumentGroup] = {}
        for name, field in self._fields.items():
            title = field.metadata["group"]
            if title not in groups:
                groups[title] = parser.add_argument_group(title)
            group, kind, text = groups[title], self._types[name], _help_text(field).replace("%", "%%")
            if kind is bool:
                group.add_argument(_option(name), dest=name, action=argparse.BooleanOptionalAction, help=text)
            else:
                group.add_argument(_option(name), dest=name, type=kind, metavar=_METAVARS[kind], help=text)
        return parser

    def _read_recipe(self, path: str) -> dict[str, object]:
        import yaml

        bundled = {
            file.stem: file for file in sorted(RECIPES.glob("*.yaml")) if not file.stem.startswith("accelerate_")
        }
        file = bundled.get(path, Path(path))
        if not file.is_file():
            message = f"--config {path}: no such recipe; the bundled ones are {', '.join(bundled)}"
            raise NicheLensError(message)
        try:
            recipe = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            message = f"--config {path}: not readable as YAML ({' '.join(str(error).split())})"
            raise NicheLensError(message) from error
        if not isinstance(recipe, Mapping):
            message = f"--config {path}: must contain a YAML mapping of settings"
            raise NicheLensError(message)
        for key in recipe:
            if key not in self._fields:
                self._parser.error(f"{path}: unknown setting '{key}'{_closest(str(key), list(self._fields))}")
        return {key: self._convert(key, value) for key, value in recipe.items()}

    def _convert(self, name: str, value: object) -> object:
        """A value of a recipe as its field's type. YAML reads `5e-4` as text, so text may stand for a number."""
        kind = self._types[name]
        if kind in (int, float) and isinstance(value, str):
            try:
                return kind(value)
            except ValueError:
                self._parser.error(f"{name} is {value!r} and must be {_WORDS[kind]}")
        is_none = value is None and self._fields[name].default is None
        is_whole_number = kind is float and type(value) is int
        if type(value) is not kind and not is_none and not is_whole_number:
            self._parser.error(f"{name} is {value!r} and must be {_WORDS[kind]}")
        return value

    def _refuse_unknown(self, argument: str) -> NoReturn:
        option = argument.partition("=")[0]
        if option.startswith("-"):
            known = [option for action in self._parser._actions for option in action.option_strings]
            self._parser.error(f"unknown option {option}{_closest(option, known)}")
        self._parser.error(f"unexpected argument '{argument}'")


def build(kind: type[_Settings], values: Mapping[str, object]) -> _Settings:
    """A settings dataclass from the values that belong to it; `values` may hold others."""
    own: dict[str, Any] = {field.name: values[field.name] for field in fields(kind) if field.name in values}  # type: ignore[arg-type]
    return kind(**own)


class _Parser(argparse.ArgumentParser):
    """Raises an error where argparse would print its usage and exit."""

    def error(self, message: str) -> NoReturn:
        text = f"{message}; `{self.prog} --help` lists the options"
        raise NicheLensError(text)


_METAVARS: dict[type, str] = {str: "TEXT", int: "N", float: "X"}
_WORDS: dict[type, str] = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def _plain_type(hint: Any) -> type:
    """`str` for `str | None`, other types as they are."""
    return next((kind for kind in get_args(hint) if kind is not NoneType), hint)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING


def _help_text(field: Field[Any]) -> str:
    """The field's own help and, where it says something, its default."""
    if _is_required(field):
        return f"{field.metadata['help']} Required."
    if field.default in (None, ""):
        return str(field.metadata["help"])
    default = "off" if field.default is False else "on" if field.default is True else field.default
    return f"{field.metadata['help']} Default: {default}."


def _closest(name: str, known: list[str]) -> str:
    matches = get_close_matches(name, known, n=1)
    return f"; did you mean {matches[0]}?" if matches else ""
