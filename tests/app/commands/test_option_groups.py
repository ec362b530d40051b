"""Groups of options: spread out for typer, put together for the command, and under their headings in the help."""

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer

from app.commands.option_groups import GENERAL, Command, spread_groups


@dataclass(frozen=True)
class Light:
    colour: Annotated[str, typer.Option(rich_help_panel="Light", help="Colour of the light.")]
    bright: Annotated[bool, typer.Option("--bright", rich_help_panel="Light", help="More light.")] = False


@dataclass(frozen=True)
class Always:
    loud: Annotated[bool, typer.Option("--loud", rich_help_panel=GENERAL, help="More noise.")] = False


@pytest.fixture
def calls() -> list[tuple]:
    return []


@pytest.fixture
def app(calls: list[tuple]) -> typer.Typer:
    def lamp(
        room: Annotated[str, typer.Argument(metavar="ROOM", help="The room.")],
        *,
        light: Light,
        times: Annotated[int, typer.Option(help="How often.")] = 1,
    ) -> None:
        """Switch a lamp on."""
        calls.append((room, light, times))

    app = typer.Typer(rich_markup_mode=None)
    app.command(cls=Command)(spread_groups(lamp, Always))
    return app


def test_a_command_gets_its_groups(app: typer.Typer, calls: list[tuple]) -> None:
    app(["kitchen", "--colour", "red", "--bright", "--loud"], standalone_mode=False)
    app(["hall", "--colour", "blue", "--times", "3"], standalone_mode=False)
    assert calls == [("kitchen", Light("red", bright=True), 1), ("hall", Light("blue", bright=False), 3)]


def test_an_option_without_a_default_is_required(app: typer.Typer) -> None:
    with pytest.raises(typer.TyperException, match="colour"):
        app(["kitchen"], standalone_mode=False)


def test_help_shows_the_groups_and_the_general_options_last(
    app: typer.Typer, capsys: pytest.CaptureFixture[str]
) -> None:
    app(["--help"], standalone_mode=False)
    page = capsys.readouterr().out
    headings = [line for line in page.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Arguments:", "Light:", "Options:", "General:"]
    general = page.partition("General:")[2]
    assert "--loud" in general
    assert "--help" in general
    assert "--colour" in page.partition("Light:")[2].partition("Options:")[0]


def test_every_option_is_a_parameter_of_its_own() -> None:
    def command(*, light: Light) -> None:
        """Nothing."""

    assert list(inspect.signature(spread_groups(command, Always)).parameters) == ["colour", "bright", "loud"]
