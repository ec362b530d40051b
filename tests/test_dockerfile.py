"""The Dockerfile names files and options that exist. No test builds the image."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """Name and arguments of each instruction, with continued lines joined and comments left out."""
    text = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def arguments_of(instructions: list[tuple[str, str]], name: str) -> list[str]:
    return [arguments for instruction, arguments in instructions if instruction == name]


def test_every_instruction_is_one(instructions: list[tuple[str, str]]) -> None:
    assert instructions[0] == ("FROM", "python:3.11-slim")
    known = {"FROM", "ARG", "COPY", "RUN", "USER", "WORKDIR", "EXPOSE", "ENTRYPOINT", "CMD"}
    assert {name for name, _ in instructions} == known


def test_what_is_copied_exists_and_is_not_ignored(instructions: list[tuple[str, str]]) -> None:
    ignored = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").split()
    for arguments in arguments_of(instructions, "COPY"):
        *sources, _ = shlex.split(arguments)
        for source in sources:
            assert (REPOSITORY / source).exists(), source
            assert source == "." or f"!{source}" in ignored, source
    for name in re.findall(r"^include (.+)$", (REPOSITORY / "MANIFEST.in").read_text(), re.MULTILINE)[0].split():
        assert f"!{name}" in ignored, name


def test_the_extras_that_it_installs_exist(instructions: list[tuple[str, str]]) -> None:
    (wanted,) = {extra for run in arguments_of(instructions, "RUN") for extra in re.findall(r"/src\[(\w+)\]", run)}
    assert re.search(rf"^{wanted} = \[", (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE)


def test_it_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    (user,) = arguments_of(instructions, "USER")
    assert user != "root"
    assert any(f"useradd --create-home {user}" in run for run in arguments_of(instructions, "RUN"))


def test_it_serves_the_page_where_it_says(instructions: list[tuple[str, str]]) -> None:
    (entry,), (command,) = (map(json.loads, arguments_of(instructions, name)) for name in ("ENTRYPOINT", "CMD"))
    assert entry == ["nichelens"]
    assert command[:1] == ["demo"]
    (port,) = arguments_of(instructions, "EXPOSE")
    shown = CliRunner().invoke(cli, ["demo", "--help"]).output
    assert f"[default: {port}" in shown
    commented = re.findall(r"nichelens (demo .*)$", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE)
    assert len(commented) == 2
    for words in (command, *map(shlex.split, commented)):
        options = [word for word in words if word.startswith("--")]
        assert "--host" in options  # a container's loopback address is no use
        for option in options:
            assert re.search(rf"^\s*{option}\b", shown, re.MULTILINE), option
