"""The lines of Python in the documentation run."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import nichelens

if TYPE_CHECKING:
    from inference.engine.engine import Engine

REPOSITORY = Path(__file__).resolve().parents[2]


def examples() -> list[str]:
    """The lines of Python in the documentation of `nichelens` and in the README."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    documentation = re.findall(r"^    (.*)$", nichelens.__doc__ or "", re.MULTILINE)
    return ["\n".join(documentation), *re.findall(r"```python\n(.*?)```", readme, re.DOTALL)]


@pytest.mark.parametrize(
    "code", examples(), ids=["documentation", *[f"README {i}" for i in range(len(examples()) - 1)]]
)
def test_the_example_runs(code: str, engine: "Engine", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from data_prep.synth.tissue import make_tissue, to_anndata
    from inference.engine import load_engine

    to_anndata(*make_tissue(0, n_spots=300, n_niches=6, n_genes=96)).write_h5ad(tmp_path / "slide.h5ad")
    monkeypatch.setattr(load_engine, "load_engine", lambda *_, **__: engine)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(code, "example", "exec"), names)
    assert {"slide", "engine", "table", "report"} <= set(names)
    assert len(names["table"]) == 50 * 6
    assert names["report"].claims.empty or set(names["report"].claims.niche) <= {f"Niche {i}" for i in "ABCDEF"}
