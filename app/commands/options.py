"""Arguments and options that several commands share, and groups of them.

A command takes a group as one parameter, whose annotation is a dataclass with options for its fields:

    @grouped
    def ask(slide: SlideFile, *, model: ModelOptions, reading: ReadConfig) -> None: ...
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from inference.engine.engine import Engine

SlideFile = Annotated[Path, typer.Argument(metavar="SLIDE", help="Slide: .h5ad, .zarr, or an outs folder.")]
NicheKey = Annotated[
    str | None, typer.Option(metavar="COLUMN", help="Column of obs with the niches; A,B: B for files without A.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier output.")]
Seed = Annotated[int, typer.Option(min=0, help="Decides every random draw.")]


@dataclass(frozen=True)
class ModelOptions:
    """Which model is asked, and where it is; see ``Engine.load``."""

    model: Annotated[
        str | None,
        typer.Option(metavar="FOLDER|HUB_ID", help="Base or adapter [default: the bundled nano base and adapter]."),
    ] = None
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Ask a model of this OpenAI-compatible server, which --model names; its key: NICHELENS_API_KEY.",
        ),
    ] = None
    served_name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What the server calls the model, where --model is its folder or Hub id."),
    ] = None

    def load(self) -> Engine:
        """The engine that asks it."""
        from inference.engine.engine import Engine

        return Engine.load(self.model, endpoint=self.endpoint, served_name=self.served_name)


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """A command as typer can read it: each group of options spread out into its fields."""
    groups: dict[str, Any] = {}
    spread: list[inspect.Parameter] = []
    for name, given in inspect.signature(command, eval_str=True).parameters.items():
        if is_dataclass(given.annotation):
            groups[name] = given.annotation
            hints = get_type_hints(given.annotation, include_extras=True)
            options = [(option.name, hints[option.name], option.default) for option in fields(given.annotation)]
        else:
            options = [(name, given.annotation, given.default)]
        spread += [
            inspect.Parameter(
                option,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if default is MISSING else default,
                annotation=annotation,
            )
            for option, annotation, default in options
        ]

    @wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{option.name: given.pop(option.name) for option in fields(group)})
        command(**given)

    run.__signature__ = inspect.Signature(spread)  # type: ignore[attr-defined]
    return run
