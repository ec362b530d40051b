"""A Hugging Face Space: a folder that serves the page on the Hub, ready to be pushed.

The folder holds the package itself, with the bundled model. So the Space needs no package index that has NicheLens, and
it serves what was tried. The versions of the libraries are those of this environment.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import requires, version
from pathlib import Path

from data_prep.errors import NicheLensError
from data_prep.staging import staged

PACKAGE = "nichelens"
HERE = Path(__file__).resolve().parents[1]
"""The checkout, or the folder of the installed package."""
MARK = f"{PACKAGE}/__init__.py"
"""A file that every folder written here holds."""
EXTRAS = {"gradio": "mcp"}
"""Extras that a Space needs beside the package's own requirements: agents may use its tools."""
_README = """---
title: {title}
emoji: 🔬
colorFrom: green
colorTo: gray
sdk: gradio
sdk_version: {gradio}
python_version: "{python}"
app_file: app.py
license: apache-2.0
short_description: Genes and niches of a tissue slide, checked by counts
{models}tags:
  - spatial-transcriptomics
  - mcp-server
---

# {title}

Open a slide of spatial transcriptomics (`.h5ad`) and ask which genes mark a niche. A vision-language model answers one
yes/no question about one picture for each claim, and every claim is checked against the counts.

- The page asks for a name and a password if the Space has the secret `NICHELENS_AUTH` (`USER:PASSWORD`).
- Agents reach the same answers as tools, through MCP, under `/gradio_api/mcp/`.
- `{package}/` is the package NicheLens with its bundled model. `nichelens space` wrote this folder.
- On a Space without a GPU, PyTorch for the CPU is enough: name its index in the first line of `requirements.txt`.

Research software, not for clinical use.
"""
_SCRIPT = '''"""Serves NicheLens as a Hugging Face Space. `python app.py` serves the same page to this machine alone."""

import os
import sys

from nichelens.app.cli import main

HOST = os.environ.get("GRADIO_SERVER_NAME", "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1")
PORT = os.environ.get("GRADIO_SERVER_PORT", "7860")
MODEL = {model!r}

if __name__ == "__main__":
    sys.exit(main(["demo", "--mcp", "--host", HOST, "--port", PORT, *(["--model", MODEL] if MODEL else [])]))
'''
_ATTRIBUTES = "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"
"""The Hub takes large files only so."""


def write_space(out: Path, *, title: str, model: str = "") -> None:
    """Writes a Space. It appears complete or not at all, and replaces what was there.

    Args:
        out: the folder.
        title: name of the page on the Hub, one line.
        model: Hub id of the base or adapter that answers; "" for the bundled model.

    Raises:
        NicheLensError: the package of this checkout cannot be built.
    """
    import gradio

    models = f"models:\n  - {model}\n" if model else ""
    readme = _README.format(
        title=title,
        gradio=gradio.__version__,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        models=models,
        package=PACKAGE,
    )
    with staged(out) as partial:
        partial.mkdir()
        _copy_package(partial)
        for name, content in {
            "README.md": readme,
            "app.py": _SCRIPT.format(model=model),
            "requirements.txt": "".join(f"{line}\n" for line in requirements()),
            ".gitattributes": _ATTRIBUTES,
        }.items():
            (partial / name).write_text(content, encoding="utf-8")


def requirements() -> list[str]:
    """The package's requirements, each in the version of this environment, with the extras of a Space."""
    from packaging.requirements import Requirement

    project = HERE / "pyproject.toml"  # newer than the metadata of a checkout that was installed with `pip install -e`
    stated = tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"] if project.is_file() else None
    lines = []
    for line in requires(PACKAGE) or [] if stated is None else stated:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        extras = sorted({*wanted.extras, *filter(None, [EXTRAS.get(wanted.name)])})
        installed = version(wanted.name).partition("+")[0]  # "+cpu" names a build that an index may lack
        name = f"{wanted.name}[{','.join(extras)}]" if extras else wanted.name
        lines.append(f"{name}=={installed}")
    return sorted(lines, key=str.casefold)


def _copy_package(folder: Path) -> None:
    """Puts the package into a folder: that of an installation, or one that is built from a checkout."""
    unwanted = shutil.ignore_patterns("__pycache__")
    if (HERE / "__init__.py").is_file():
        shutil.copytree(HERE, folder / PACKAGE, ignore=unwanted)
        return
    with tempfile.TemporaryDirectory() as built:
        command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", built]
        result = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        if result.returncode:
            reason = (result.stderr.strip() or "it says nothing").splitlines()[-1]
            message = f"{HERE}: the package cannot be built ({reason}); install NicheLens with pip, or setuptools"
            raise NicheLensError(message)
        shutil.copytree(Path(built, PACKAGE), folder / PACKAGE, ignore=unwanted)
