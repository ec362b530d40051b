"""Every command and every line of Python in the README runs, in its order, on synthetic slides."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from tests.hub_stand_in import Hub

ROOT = Path(__file__).resolve().parents[2]
BUNDLED_BASE = ROOT / "models" / "nichelens-nano"
NAMES = {
    "SLIDE.h5ad": "slide.h5ad",
    "SLIDE...": "donors.h5ad",
    "Layer 3": "Niche F",
    "Layer 4": "Niche E",
    "GFAP": "GENE096",
    "FOLDER": "knowledge",
}
"""What the README's names of a user's own files stand for here."""
SHORTER = {
    "describe": ["--top-genes", "8"],
    "markers": ["--top-genes", "4"],
    "prep": ["--task", "enriched", "--task", "depleted"],
    "evaluate": ["--limit", "4", "--suite", "claims", "--no-base"],
}
"""What keeps a command short; the README's own words stay in front."""

pytestmark = pytest.mark.timeout(600)


def blocks(language: str = "") -> list[str]:
    """The fenced blocks of the README in some language."""
    tokens = MarkdownIt().parse((ROOT / "README.md").read_text(encoding="utf-8"))
    return [token.content for token in tokens if token.type == "fence" and token.info == language]


def commands() -> list[list[str]]:
    """Each command line of the README as words, without comments."""
    lines = [line for block in blocks() for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith(("nichelens ", "accelerate "))]


def printed() -> str:
    """The answer that the README shows."""
    return next(block for block in blocks() if block.startswith("synth-2:"))


@pytest.fixture
def donors(tmp_path: Path) -> Path:
    """A slide of five donors, as `prep` needs for its splits."""
    import anndata

    from data_prep.synth.tissue import make_tissue, to_anndata

    slides = []
    for seed in range(5):
        slide = to_anndata(*make_tissue(seed, n_spots=200, n_niches=3, n_genes=24))
        slide.obs["donor"] = slide.obs["slice"] = f"donor {seed}"
        slides.append(slide)
    path = tmp_path / "donors.h5ad"
    anndata.concat(slides, index_unique="-").write_h5ad(path)
    return path


def write_markers(folder: Path) -> None:
    """A marker list of synthetic genes, which stands for a user's own files."""
    folder.mkdir()
    rows = [f"Oligodendrocytes\tGENE{number:03}" for number in range(90, 97)]
    (folder / "markers.tsv").write_text("\n".join(["cell type\tgene", *rows, ""]))


def test_the_readme_names_the_commands_that_a_user_needs() -> None:
    named = {words[1] for words in commands() if words[0] == "nichelens"}
    assert named == {
        *("synth", "ask", "markers", "describe", "compare", "match", "niches", "check", "find", "demo"),
        *("prep", "plan", "evaluate", "push"),
    }
    assert sum(words[0] == "accelerate" for words in commands()) == 1


@pytest.mark.slow
def test_the_commands_of_the_readme_run(
    run: Callable, hub: "Hub", donors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "training").symlink_to(ROOT / "training")
    write_markers(tmp_path / "knowledge")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for words in commands():
        given = [NAMES.get(word, word) for word in words]
        given = [str(BUNDLED_BASE) if word == "Qwen/Qwen3.5-2B" else word for word in given]
        given = ["lab/adapter" if word == "org/name" else word for word in given]
        if given[0] == "accelerate":
            few = ["--model", str(BUNDLED_BASE), "--max-steps", "2", "--per-device-batch-size", "4"]
            start = [sys.executable, "-m", "accelerate.commands.accelerate_cli", *given[1:], *few]
            ran = subprocess.run(start, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stderr[-2000:]
        elif given[1] == "demo":
            assert run("demo", "--help").code == 0  # tests/browser serves the page
        else:
            outputs = [Path(value) for option, value in pairwise(given) if option == "--out"]
            if any(output.exists() for output in outputs):
                given.append("--overwrite")
            ran = run(*given[1:], *SHORTER.get(given[1], []))
            assert ran.code == 0, (words, ran.err)
            if given[1] == "ask" and "GENE096" in words and "--twin" not in words:
                assert ran.out.strip() == printed().strip()
    assert "# " in (tmp_path / "eval.md").read_text(encoding="utf-8")
    assert ("model", "lab/adapter") in hub.repositories


@pytest.mark.slow
def test_the_python_of_the_readme_runs(run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("synth", "--out", "slide.h5ad", "--seed", "2").code == 0
    (block,) = blocks("python")
    scope: dict = {}
    exec(compile(block, "README.md", "exec"), scope)
    assert len(scope["table"]) == 50 * 7
    assert scope["report"].to_html().startswith("<!doctype html>")
