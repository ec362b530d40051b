"""The wheel: one package `nichelens` that answers without the checkout."""

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

import nichelens
from tests.script_file import load_script

REPOSITORY = Path(__file__).resolve().parents[1]
ROOMS = ("app", "data_prep", "inference", "training")
NICHE, GENE = "Niche A", "GENE001"
NOTEBOOK = """
import json, sys
import nichelens
before = sorted(sys.modules)
slide = nichelens.read(sys.argv[1], niche_key="region")
answer = nichelens.ask(slide, niche=sys.argv[2], gene=sys.argv[3])
import nichelens.app.cli, nichelens.training.sft, nichelens.training.pretrain
print(json.dumps([nichelens.__file__, answer.text, answer.p_marker, before, sorted(sys.modules)]))
"""
"""Cells of a notebook that uses the installed package."""


@pytest.fixture(scope="module")
def setup_file() -> ModuleType:
    """setup.py as a module."""
    return load_script("setup.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline from the source distribution of a copy of the checkout."""
    copy = tmp_path_factory.mktemp("checkout")
    generated = shutil.ignore_patterns("__pycache__", ".*", "*.egg-info", "build", "dist")
    for path in REPOSITORY.iterdir():
        if path.name in (*ROOMS, "models", "tests"):
            shutil.copytree(path, copy / path.name, ignore=generated)
        elif path.is_file():
            shutil.copy(path, copy)
    build = "from setuptools import build_meta; build_meta.build_sdist('dist')"
    run([sys.executable, "-c", build], copy)
    (source,) = (copy / "dist").glob("*.tar.gz")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--no-cache-dir"]
    run([*pip, "--wheel-dir", "dist", str(source)], copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed wheel."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-compile", "--target", str(folder)]
    run([*pip, str(wheel)], folder)
    return folder


@pytest.fixture(scope="module")
def slide_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic slide with one spot that has no counts."""
    from data_prep.synth.tissue import make_tissue, to_anndata

    adata = to_anndata(*make_tissue(0, n_spots=300, n_niches=3, n_genes=12))
    counts = adata.X.tolil()
    counts[5] = 0
    adata.X = counts.tocsr()
    path = tmp_path_factory.mktemp("slide") / "slide.h5ad"
    adata.write_h5ad(path)
    return path


def run(command: list[str], folder: Path, site: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command in a folder. Only the installed wheel, if one is given, is on the path; the checkout never is."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONSAFEPATH": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if site:
        environment["PYTHONPATH"] = str(site)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_imports_and_names_of_modules_move_into_the_package(setup_file: ModuleType) -> None:
    source = (
        '"""Uses `data_prep.slide`; see data_prep/slide.py."""\n'
        "from data_prep.slide import Slide\n"
        "    from inference import engine\n"
        "import app.cli as command_line\n"
        'launch = ["-m", "training.sft", "--config", "training/recipes/nano.yaml"]\n'
        "tools.training.sft, app.title, data_preparation.slide\n"
    )
    modules = {"data_prep", "data_prep.slide", "inference", "app", "app.cli", "training", "training.sft"}
    assert setup_file.move_into_nichelens(source, modules) == (
        '"""Uses `nichelens.data_prep.slide`; see data_prep/slide.py."""\n'
        "from nichelens.data_prep.slide import Slide\n"
        "    from nichelens.inference import engine\n"
        "import nichelens.app.cli as command_line\n"
        'launch = ["-m", "nichelens.training.sft", "--config", "training/recipes/nano.yaml"]\n'
        "tools.training.sft, app.title, data_preparation.slide\n"
    )


@pytest.mark.parametrize("source", ["import data_prep", "from app import cli", "from training.x import y", "app.run()"])
def test_what_the_wheel_cannot_import_stops_the_build(setup_file: ModuleType, source: str) -> None:
    from setuptools.errors import SetupError

    with pytest.raises(SetupError, match=r"^inference/a\.py:2: uses '"):
        setup_file.check_imports(f"x = 1\n{source}\n", "inference/a.py")


def test_relative_imports_and_imports_of_the_package_pass(setup_file: ModuleType) -> None:
    setup_file.check_imports(
        "from .app import x\nfrom nichelens.app import cli\nimport nichelens.training.sft\n", "a.py"
    )


@pytest.mark.slow
def test_the_wheel_holds_one_package_with_every_file_of_the_rooms(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    info = f"nichelens-{nichelens.__version__}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"nichelens", info}
    expected = {"nichelens/__init__.py", "nichelens/__main__.py"}
    for folder in (*ROOMS, "models"):
        for path in (REPOSITORY / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                expected.add(f"nichelens/{path.relative_to(REPOSITORY).as_posix()}")
    assert {name for name in names if name.startswith("nichelens/")} == expected
    assert "nichelens/models/nichelens-nano/model.safetensors" in expected
    assert zipfile.ZipFile(wheel).read(f"{info}/top_level.txt").split() == [b"nichelens"]


@pytest.mark.slow
def test_every_import_of_the_wheel_names_the_package(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    n_inside = 0
    for name in archive.namelist():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(archive.read(name))):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                assert module.partition(".")[0] not in ROOMS, f"{name}:{node.lineno}"
                n_inside += module.startswith("nichelens.")
    assert n_inside > 300


@pytest.mark.slow
def test_the_installed_package_answers_as_the_checkout_does(site: Path, slide_file: Path, tmp_path: Path) -> None:
    notebook = [sys.executable, "-c", NOTEBOOK, str(slide_file), NICHE, GENE]
    file, text, p_marker, before, after = json.loads(run(notebook, tmp_path, site).stdout)
    assert file == str(site / "nichelens" / "__init__.py")
    assert not {"torch", "numpy", "anndata", "typer"} & set(before)
    assert not {name.partition(".")[0] for name in after} & set(ROOMS)
    assert {f"nichelens.{room}" for room in ROOMS} <= set(after)

    expected = nichelens.ask(nichelens.read(slide_file, niche_key="region"), niche=NICHE, gene=GENE)
    assert (text, p_marker) == (expected.text, expected.p_marker)

    command = ["ask", str(slide_file), "--niche-key", "region", "--niche", NICHE, "--gene", GENE, "--json"]
    installed = run([sys.executable, str(site / "bin" / "nichelens"), *command], tmp_path, site)
    (answer,) = json.loads(installed.stdout)
    assert (answer["text"], answer["p_marker"]) == (text, p_marker)
    assert "warning: slide.h5ad: dropped 1 of 300 spots without a single count" in installed.stderr.splitlines()


@pytest.mark.slow
def test_the_installed_command_trains(site: Path, tmp_path: Path) -> None:
    nichelens_command = [sys.executable, str(site / "bin" / "nichelens")]
    assert run([*nichelens_command, "--version"], tmp_path, site).stdout == f"nichelens {nichelens.__version__}\n"
    assert "--lora-rank" in run([*nichelens_command, "train", "--help"], tmp_path, site).stdout
