"""`nichelens space` writes a folder that serves the page, complete or not at all."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import space_folder
from tests.chat_server import free_port
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written Space."""
    out = tmp_path_factory.mktemp("spaces") / "lens"
    space_folder.write_space(out, title="Lens", model="")
    return out


@pytest.fixture
def small_package(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands for an installed package, which is copied and not built."""
    here = tmp_path_factory.mktemp("installed")
    (here / "__init__.py").write_text("")
    monkeypatch.setattr(space_folder, "HERE", here)


def header_of(folder: Path) -> dict[str, Any]:
    """The YAML of the README that the Hub reads."""
    match = re.match(r"---\n(.*?)\n---\n", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    return yaml.safe_load(match[1])


def test_the_hub_finds_what_it_needs(folder: Path) -> None:
    import gradio

    header = header_of(folder)
    assert (header["title"], header["sdk"], header["license"]) == ("Lens", "gradio", "apache-2.0")
    assert header["sdk_version"] == gradio.__version__
    assert (folder / header["app_file"]).is_file()
    assert len(header["short_description"]) <= 60
    assert "models" not in header
    assert "*.safetensors filter=lfs" in (folder / ".gitattributes").read_text()


def test_the_package_is_there_once_with_its_model(folder: Path) -> None:
    assert len(list(folder.rglob("*.safetensors"))) == 1
    assert not list(folder.rglob("__pycache__"))
    assert (folder / space_folder.MARK).is_file()
    assert not (folder / "nichelens" / "tests").exists()


def test_the_requirements_are_those_of_the_package_in_the_versions_of_here(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text().splitlines()
    names = {re.split(r"\[|==", line)[0].casefold() for line in lines}
    stated = re.search(r"^dependencies = \[\n(.*?)^\]", (REPOSITORY / "pyproject.toml").read_text(), re.M | re.S)
    assert names == {re.match(r' *"([\w-]+)', line)[1].casefold() for line in stated[1].splitlines()}
    assert all(re.fullmatch(r"[\w-]+(\[mcp\])?==[\w.]+", line) for line in lines)
    assert next(line for line in lines if "[" in line).startswith("gradio[mcp]==")


@pytest.mark.usefixtures("small_package")
def test_title_and_model_of_the_user(run: Callable, tmp_path: Path) -> None:
    out = tmp_path / "lens"
    assert run("space", out, "--title", "Brain lens", "--model", "lab/adapter").code == 0
    assert header_of(out)["title"] == "Brain lens"
    assert header_of(out)["models"] == ["lab/adapter"]
    assert "MODEL = 'lab/adapter'" in (out / "app.py").read_text()


@pytest.mark.usefixtures("small_package")
def test_a_folder_with_files_is_replaced_only_when_told_so(run: Callable, refused: Callable, tmp_path: Path) -> None:
    out = tmp_path / "lens"
    out.mkdir()
    assert run("space", out).code == 0  # an empty folder is fine
    (out / "extra").write_text("mine")
    assert "--overwrite" in refused("space", out)
    assert run("space", out, "--overwrite").code == 0
    assert not (out / "extra").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    assert "holds files that NicheLens did not write" in refused("space", other, "--overwrite")
    (out / ".git").mkdir()
    assert "is a git repository" in refused("space", out, "--overwrite")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--title", "a: b"], "must be one line"),
        (["--title", "x" * 81], "must be one line"),
        (["--title", " "], "must be one line"),
        (["--title", "a\nlicense: mit"], "must be one line"),
        (["--model", "/home/me/adapter"], "is no name on the Hub"),
        (["--model", "http://169.254.169.254/x"], "is no name on the Hub"),
        (["--model", "lab/x\nsdk: docker"], "is no name on the Hub"),
    ],
)
def test_bad_options_are_refused(refused: Callable, tmp_path: Path, arguments: list[str], line: str) -> None:
    assert line in refused("space", tmp_path / "lens", *arguments)


def test_nothing_half_written_stays(refused: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space_folder, "HERE", tmp_path)  # no setup.py there
    assert "the package cannot be built" in refused("space", tmp_path / "lens")


@pytest.mark.slow
def test_the_space_serves_the_page_from_its_own_package(folder: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path), "NICHELENS_AUTH": ""}
    before = sorted(folder.rglob("*"))
    process = subprocess.Popen(
        [sys.executable, "-B", "app.py"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        page = wait_for(f"http://127.0.0.1:{port}/", process)
        assert "NicheLens" in page
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/gradio_api/mcp/schema") as answer:
            assert b"open_slide" in answer.read()
        maps = Path(f"/proc/{process.pid}/maps")
        assert not maps.exists() or f"{REPOSITORY}/models" not in maps.read_text()  # its own weights
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert sorted(folder.rglob("*")) == before


def wait_for(url: str, process: "subprocess.Popen[str]") -> str:
    """The page, once it is served."""
    for _ in range(600):
        assert process.poll() is None, process.communicate()
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)
