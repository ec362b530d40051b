"""Each command does its work with a tiny model, and says where the result is."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import AnnData, read_h5ad

from inference.answers.screen import COLUMNS

Write = Callable[..., Path]
COMMANDS = ("prep", "ask", "markers", "describe", "evaluate", "calibrate", "plan", "push", "export", "demo", "synth")


@pytest.fixture
def slide(toy_adata: AnnData, write_h5ad: Write) -> Path:
    return write_h5ad(toy_adata)


def test_help_names_every_command_and_explains_every_option(run: Callable) -> None:
    ran = run()
    assert ran.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ran.out
        page = run(command, "--help").out
        options = [line for line in page.splitlines() if line.startswith("  --")]
        assert options
        assert all(line.split(maxsplit=1)[1].strip() for line in options)


def test_ask_as_text(run: Callable, slide: Path, tiny_model: Path) -> None:
    ran = run("ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--model", tiny_model)
    assert ran.code == 0
    assert "S1: GENE1 in Layer 2: " in ran.out
    assert "probability of yes" in ran.out
    assert "Verdict" in ran.out


def test_ask_as_json_for_several_genes(run: Callable, slide: Path, tiny_model: Path) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--gene", "GENE2"]
    ran = run(*asked, "--model", tiny_model, "--json")
    assert ran.code == 0
    records = json.loads(ran.out)
    assert [record["gene"] for record in records] == ["GENE1", "GENE2"]
    for record in records:
        assert 0 <= record["p_marker"] <= 1
        assert record["verdict"] in ("yes", "no", "abstain")
        assert record["slice"] == "S1"
        assert isinstance(record["ledger"], list)


def test_own_question_has_no_probability(run: Callable, slide: Path, tiny_model: Path) -> None:
    asked = ["ask", slide, "--niche-key", "region", "--niche", "Layer 2", "--gene", "GENE1", "--model", tiny_model]
    (record,) = json.loads(run(*asked, "--json", "--question", "Where is it?").out)
    assert record["question"] == "Where is it?"
    assert record["p_marker"] is None


def test_markers_asks_every_gene_in_every_niche(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "markers.csv"
    genes = ["--gene", "GENE1", "--gene", "GENE2", "--gene", "GENE3"]
    markers = ["markers", slide, "--niche-key", "region", "--model", tiny_model, "--out", out, *genes]
    ran = run(*markers)
    assert ran.code == 0
    assert str(out) in ran.out
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    assert len(rows) == 3 * 4
    assert {row["niche"] for row in rows} == {"Layer 1", "Layer 2", "Layer 3", "Layer 4"}
    first = out.read_bytes()
    assert run(*markers).code == 2
    assert run(*markers, "--overwrite").code == 0
    assert out.read_bytes() == first
    few = [
        "markers",
        slide,
        "--niche-key",
        "region",
        "--model",
        tiny_model,
        "--out",
        tmp_path / "few.csv",
        "--top-genes",
        2,
    ]
    assert run(*few).code == 0
    assert len((tmp_path / "few.csv").read_text().splitlines()) == 1 + 2 * 4


def test_describe_writes_one_page(run: Callable, slide: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    ran = run("describe", slide, "--niche-key", "region", "--model", tiny_model, "--out", out, "--top-genes", 8)
    assert ran.code == 0
    assert "4 niches" in ran.out
    page = out.read_text()
    assert page.lower().lstrip().startswith("<!doctype html>")
    assert "Layer 4" in page


def test_slice_option_keeps_one_slice(
    run: Callable, toy: Callable[..., AnnData], write_h5ad: Write, tiny_model: Path, tmp_path: Path
) -> None:
    path = write_h5ad(toy(donors=("D1", "D2")))
    markers = ["markers", path, "--niche-key", "region", "--model", tiny_model, "--gene", "GENE1", "--slice", "S2"]
    assert run(*markers, "--out", tmp_path / "m.csv").code == 0
    with (tmp_path / "m.csv").open() as file:
        assert {row["slice"] for row in csv.DictReader(file)} == {"S2"}


def test_synth_prep_evaluate(run: Callable, tiny_model: Path, tmp_path: Path) -> None:
    slides = [tmp_path / f"{seed}.h5ad" for seed in (1, 2)]
    for seed, path in enumerate(slides, start=1):
        synth = ["synth", "--out", path, "--seed", seed, "--spots", 250, "--niches", 4, "--genes", 48]
        assert run(*synth).code == 0
    assert read_h5ad(slides[0]).shape == (250, 48)

    prep = ["prep", *slides, "--niche-key", "region", "--out", tmp_path / "data", "--test-donor", "synth-2"]
    ran = run(*prep, "--task", "marker")
    assert ran.code == 0
    assert "train" in ran.out
    assert "test_slide" in ran.out
    assert (tmp_path / "data" / "figure_contract.json").exists()

    out = tmp_path / "scores.json"
    evaluate = ["evaluate", tmp_path / "data", "--model", tiny_model, "--limit", 4, "--out", out, "--suite", "answers"]
    ran = run(*evaluate)
    assert ran.code == 0
    assert "AUROC" in ran.out
    scores = json.loads(out.read_text())
    assert scores["split"] == "test_slide"
    assert scores["left_out"]["depth"] == "was not asked for"
    written = ["scores.html", "scores.json", "scores.md", "scores.plots"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.h5ad", "2.h5ad", "data", *written]
    plots = {path.name for path in (tmp_path / "scores.plots").iterdir()}
    assert {"plots.json", "reliability-marker.png", "slides-marker.png"} <= plots
    for name in plots - {"plots.json"}:
        assert f"(scores.plots/{name})" in (tmp_path / "scores.md").read_text()
    assert run(*evaluate).code == 2


def test_evaluate_without_a_dataset_climbs_the_perception_ladder(
    run: Callable, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.evaluation.suites import perception

    monkeypatch.setattr(perception, "LADDERS", {"number of spots": ("n_spots", (200, 400))})
    ran = run("evaluate", "--model", tiny_model, "--limit", 4, "--out", tmp_path / "seen.json")
    assert ran.code == 0, ran.err
    scores = json.loads((tmp_path / "seen.json").read_text())
    assert list(scores["perception"]["ladders"]["number of spots"]) == ["200", "400"]
    assert scores["left_out"] == dict.fromkeys(("answers", "depth", "robustness"), "needs a dataset")
    assert "on synthetic tissue" in (tmp_path / "seen.md").read_text()


def test_ctrl_c_exits_130_and_leaves_nothing(
    run: Callable, slide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import data_prep.dataset.builder

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(data_prep.dataset.builder, "build_dataset", interrupted)
    assert run("prep", slide, "--niche-key", "region", "--out", tmp_path / "data").code == 130
    assert [path.name for path in tmp_path.iterdir()] == ["toy.h5ad"]


def test_from_a_shell(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.h5ad"
    command = [sys.executable, "-m", "app.cli", "markers", str(missing), "--out", "m.csv", "--niche-key", "region"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr == f"error: {missing}: no such file; check the path\n"


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from app.cli import main; main(['--help']);"
        "print([m for m in ('torch', 'transformers', 'gradio', 'scanpy', 'numpy', 'rich') if m in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_niche_key_may_differ_from_file_to_file(run: Callable, toy: Callable, tmp_path: Path) -> None:
    first, second = toy(seed=1, donors=("D1",)), toy(seed=2, donors=("D2",))
    second.obs = second.obs.rename(columns={"region": "cell_type"})
    first.write_h5ad(tmp_path / "one.h5ad")
    second.write_h5ad(tmp_path / "two.h5ad")
    prep = ["prep", tmp_path / "one.h5ad", tmp_path / "two.h5ad", "--test-donor", "D2", "--niche-key", "region"]
    ran = run(*prep, "--niche-key", "cell_type", "--out", tmp_path / "data")
    assert ran.code == 0, ran.err
    ran = run(*prep, "--niche-key", "layer", "--out", tmp_path / "none")
    assert ran.code == 2
    assert "no obs column 'layer'" in ran.err[0]


def test_calibrate_writes_beside_the_model_what_the_engine_then_uses(
    run: Callable, toy: Callable, tiny_model: Path, tmp_path: Path
) -> None:
    import shutil

    from inference.engine.engine import Engine

    toy(donors=("D1", "D2")).write_h5ad(tmp_path / "two.h5ad")
    prep = ["prep", tmp_path / "two.h5ad", "--niche-key", "region", "--out", tmp_path / "data", "--task", "marker"]
    assert run(*prep, "--test-donor", "D2").code == 0
    model = shutil.copytree(tiny_model, tmp_path / "model")
    ran = run("calibrate", tmp_path / "data", "--model", model, "--split", "test_slide")
    assert ran.code == 0, ran.err
    stored = json.loads((model / "calibration.json").read_text())
    assert Engine.load(model).calibration.temperature == pytest.approx(stored["temperature"])
