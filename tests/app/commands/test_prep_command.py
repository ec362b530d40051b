"""`nichelens prep` writes a dataset, or nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData

from data_prep.tasks import CLAIM_TASKS

Write = Callable[..., Path]


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Write) -> Path:
    return write_h5ad(toy_adata)


def test_ctrl_c_exits_130_and_leaves_nothing(
    run: Callable, slide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import data_prep.dataset.builder

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(data_prep.dataset.builder, "build_dataset", interrupted)
    assert run("prep", slide, "--niche-key", "region", "--out", tmp_path / "data").code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["toy.h5ad"]


def test_niche_key_may_differ_from_file_to_file(run: Callable, toy: Callable, tmp_path: Path) -> None:
    first, second = toy(seed=1, donors=("D1",)), toy(seed=2, donors=("D2",))
    second.obs = second.obs.rename(columns={"region": "cell_type"})
    first.write_h5ad(tmp_path / "one.h5ad")
    second.write_h5ad(tmp_path / "two.h5ad")
    prep = ["prep", tmp_path / "one.h5ad", tmp_path / "two.h5ad", "--test-donor", "D2", "--niche-key", "region"]
    ran = run(*prep, "--niche-key", "cell_type", "--out", tmp_path / "data")
    assert ran.code == 0, ran.err
    provenance = json.loads((tmp_path / "data" / "provenance.json").read_text())
    asked = [kind for kind in CLAIM_TASKS if kind not in ("edge_artefact", "stripe", "bubble")]
    assert provenance["config"]["tasks"] == asked  # prose, and questions about the slide itself, only on demand
    ran = run(*prep, "--niche-key", "layer", "--out", tmp_path / "none")
    assert ran.code == 2
    assert "no obs column 'layer'" in ran.err[0]
