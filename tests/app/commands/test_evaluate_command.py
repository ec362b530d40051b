"""`nichelens evaluate` writes scores, text, page and plots."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from anndata import read_h5ad

Write = Callable[..., Path]


def test_synth_prep_evaluate(run: Callable, tiny_model: Path, tmp_path: Path) -> None:
    slides = [tmp_path / f"{seed}.h5ad" for seed in (1, 2)]
    for seed, path in enumerate(slides, start=1):
        synth = ["synth", "--out", path, "--seed", seed, "--spots", 250, "--niches", 4, "--genes", 48]
        assert run(*synth).code == 0
    assert read_h5ad(slides[0]).shape == (250, 48)

    prep = ["prep", *slides, "--niche-key", "region", "--out", tmp_path / "data", "--test-donor", "synth-2"]
    ran = run(*prep, "--task", "enriched")
    assert ran.code == 0
    assert "train" in ran.out
    assert "test_slide" in ran.out
    assert (tmp_path / "data" / "figure_contract.json").exists()

    out = tmp_path / "scores.json"
    evaluate = ["evaluate", tmp_path / "data", "--model", tiny_model, "--limit", 4, "--out", out, "--suite", "claims"]
    ran = run(*evaluate)
    assert ran.code == 0
    assert "AUROC" in ran.out
    scores = json.loads(out.read_text())
    assert scores["split"] == "test_slide"
    assert scores["left_out"]["depth"] == "was not asked for"
    written = ["scores.html", "scores.json", "scores.md", "scores.plots"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.h5ad", "2.h5ad", "data", *written]
    plots = {path.name for path in (tmp_path / "scores.plots").iterdir()}
    assert {"plots.json", "reliability.png", "kinds.png"} <= plots
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
    assert scores["left_out"] == dict.fromkeys(
        ("claims", "interview", "depth", "robustness", "prose"), "needs a dataset"
    )
    assert "on synthetic tissue" in (tmp_path / "seen.md").read_text()


def test_questions_in_words_have_scores_of_their_own(run: Callable, tiny_model: Path, tmp_path: Path) -> None:
    from tests.gene_words import text_row, write_text_rows

    rows = [text_row(number, "test") for number in range(4)]
    data = write_text_rows(tmp_path / "data", train=rows, test=rows)
    out = tmp_path / "scores.json"
    ran = run("evaluate", data, "--model", tiny_model, "--limit", 4, "--out", out)
    assert ran.code == 0, ran.err
    assert "ROUGE-L" in ran.out
    scores = json.loads(out.read_text())
    assert scores["split"] == "test"
    assert scores["conditions"]["right answers"]["supported"]["value"] == 1.0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "scores.json", "scores.md"]
    ran = run("evaluate", data, "--model", tiny_model, "--suite", "claims", "--out", tmp_path / "b.json")
    assert ran.code == 2
    assert "one suite" in ran.err[0]
