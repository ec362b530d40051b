"""The command line as a function, and a tiny model for it to ask."""

import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app import console

if TYPE_CHECKING:
    from anndata import AnnData

    from app.web.slide_cache import SlideCache


@pytest.fixture(scope="session")
def toy_cache(toy: Callable[..., "AnnData"]) -> "SlideCache":
    """The toy slide as the page opens it, with the slices S1 and S2."""
    from app.web.slide_cache import SlideCache
    from data_prep.read.options import ReadOptions
    from data_prep.slide_loading import load_slides

    return SlideCache(load_slides([toy(donors=("D1", "D2"))], ReadOptions(("region",))), niche_key="region")


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, stdout, lines of stderr."""

    code: int
    out: str
    err: list[str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs `nichelens ARGUMENTS` in this process, and undoes what it does to warnings."""
    from app.cli import main

    for name in console.LIBRARY_SETTINGS:
        monkeypatch.setenv(name, console.LIBRARY_SETTINGS[name])

    def nichelens(*arguments: object) -> Ran:
        capsys.readouterr()
        with warnings.catch_warnings():
            code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err.splitlines())

    return nichelens


@pytest.fixture
def refused(run: Callable[..., Ran], tmp_path: Path) -> Callable[..., str]:
    """Runs a command that must be refused: exit 2, one line on stderr, nothing on stdout, no new file."""

    def refuse(*arguments: object) -> str:
        before = sorted(tmp_path.rglob("*"))
        ran = run(*arguments)
        assert ran.code == 2
        assert ran.out == ""
        assert len(ran.err) == 1, ran.err
        assert ran.err[0].startswith("error: ")
        assert sorted(tmp_path.rglob("*")) == before
        return ran.err[0].removeprefix("error: ")

    return refuse


@pytest.fixture(scope="session")
def prose_model(tiny_model: Path) -> Path:
    """The same model, which says of itself that it writes prose."""
    folder = tiny_model.with_name("prose")
    shutil.copytree(tiny_model, folder)
    settings = json.loads((folder / "generation_config.json").read_text(encoding="utf-8"))
    settings["max_new_tokens"] = 64
    (folder / "generation_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def knowledge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is known of the toy slide; see `write_knowledge`. No test may write there."""
    from tests.known_files import write_knowledge

    return write_knowledge(tmp_path_factory.mktemp("knowledge"))
