"""Options in groups: a command takes a dataclass of options as one parameter, and `--help` shows the groups.

    def ask(slide: SlideFile, *, slide_options: SlideOptions, model: ModelOptions) -> None: ...

`rich_help_panel` of an option names its group in `--help`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints

from typer.core import TyperCommand

GENERAL = "General"
"""Heading in `--help` of the options that every command has; they come last."""


class Command(TyperCommand):
    """A command whose `--help` lists the options under the headings of their groups."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Writes the arguments, then the groups of options in the order in which the command declares them."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            is_option = parameter.param_type_name == "option"
            ungrouped = (GENERAL if parameter.name == "help" else "Options") if is_option else "Arguments"
            heading = getattr(parameter, "rich_help_panel", None) or ungrouped
            record = parameter.get_help_record(ctx)
            if record is not None:
                name, text = record
                groups.setdefault(heading, []).append((name if is_option else name.partition(" <")[0], text))
        first, last = groups.pop("Arguments", None), groups.pop(GENERAL)
        for heading, records in [("Arguments", first), *groups.items(), (GENERAL, last)]:
            if records is None:
                continue
            with formatter.section(heading):
                formatter.write_dl(records)


def spread_groups(command: Callable[..., None], general: type) -> Callable[..., None]:
    """The command as typer needs it: one parameter for each option instead of one for each group.

    Args:
        command: takes dataclasses of options.
        general: one more group; it is created before the command runs, which does not get it.
    """
    groups: dict[str, Any] = {}
    parameters: list[inspect.Parameter] = []
    declared = [*inspect.signature(command, eval_str=True).parameters.values()]
    for parameter in [*declared, inspect.Parameter("general", inspect.Parameter.KEYWORD_ONLY, annotation=general)]:
        name = parameter.name
        if is_dataclass(parameter.annotation):
            groups[name] = parameter.annotation
            hints = get_type_hints(parameter.annotation, include_extras=True)
            options = [(option.name, hints[option.name], option.default) for option in fields(parameter.annotation)]
        else:
            options = [(name, parameter.annotation, parameter.default)]
        parameters += [
            inspect.Parameter(
                option,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if default is MISSING else default,
                annotation=annotation,
            )
            for option, annotation, default in options
        ]

    @wraps(command)
    def run(**values: Any) -> None:
        for name, group in reversed(groups.items()):
            values[name] = group(**{option.name: values.pop(option.name) for option in fields(group)})
        del values["general"]
        command(**values)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run
