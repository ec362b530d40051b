"""`nichelens calibrate` writes what the engine then uses."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


def test_calibrate_writes_beside_the_model_what_the_engine_then_uses(
    run: Callable, toy: Callable, tiny_model: Path, tmp_path: Path
) -> None:

    from inference.engine.load_engine import load_engine

    toy(donors=("D1", "D2")).write_h5ad(tmp_path / "two.h5ad")
    prep = ["prep", tmp_path / "two.h5ad", "--niche-key", "region", "--out", tmp_path / "data", "--task", "enriched"]
    assert run(*prep, "--test-donor", "D2").code == 0
    model = shutil.copytree(tiny_model, tmp_path / "model")
    ran = run("calibrate", tmp_path / "data", "--model", model, "--split", "test_slide")
    assert ran.code == 0, ran.err
    stored = json.loads((model / "calibration.json").read_text())["kinds"]["enriched"]
    assert load_engine(model).calibration.of("enriched").temperature == pytest.approx(stored["temperature"])
    assert stored["yes_from"] is None  # its weights are random
    assert "enriched: said never" in ran.out
    assert "adjacent: said never, denied never (AUROC nan, 0 questions" in ran.out
