"""The README, the results page and the model's folder show the shipped evaluation."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from inference.model.model_folder import BUNDLED_BASE
from tests.script_file import load_script

ROOT = Path(__file__).resolve().parents[1]


def score(value: float, spread: float = 0.01) -> dict:
    return {"value": value, "low": value - spread, "high": value + spread}


def kind_scores(model: float, arithmetic: float, *, n: int = 400, least: float | None = 0.9) -> dict:
    auroc = {"model": score(model), "model, blank picture": score(0.5), "model, shuffled spots": score(0.52)}
    return {
        "n": n,
        "auroc": auroc | {"arithmetic on the same figure": score(arithmetic)},
        "gain": score(model - arithmetic),
        "threshold": {"least": least, "precision": score(0.95), "recall": score(0.7)},
    }


@pytest.fixture
def card() -> dict:
    kinds = {
        "enriched": kind_scores(0.99, 0.99),
        "adjacent": kind_scores(0.99, 0.9),
        "rim": kind_scores(0.8, 0.9, least=None),
        "form": kind_scores(0.9, 0.6, n=8),
    }
    rung = {"model": score(0.9), "Wilcoxon z": score(0.89), "arithmetic on the same figure": score(0.88)}
    interview = {
        "precision": score(0.96),
        "recall": score(0.81),
        "blank_precision": 0.41,
        "n_said": 20.4,
        "n_uncheckable": 0.3,
        "slides": {"a": [1.0, 1.0, 3], "b": [1.0, 1.0, 3]},
    }
    depth = {"pooled": {"1.0": rung, "0.02": rung}}
    return {"kinds": kinds, "depth": depth, "interview": interview, "synthetic": {"rim": kind_scores(0.9, 0.8)}}


@pytest.fixture(scope="module")
def tell() -> ModuleType:
    return load_script("docs/tell_results.py")


def cells_of(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


@pytest.mark.skipif(not (BUNDLED_BASE / "evaluation.json").is_file(), reason="the bundled model has no evaluation.json")
def test_the_readme_has_the_results_of_the_shipped_evaluation(tell: ModuleType) -> None:
    readme = tell.README.read_text(encoding="utf-8")
    shipped = json.loads((BUNDLED_BASE / "evaluation.json").read_text(encoding="utf-8"))
    assert readme == tell.replace_results(readme, shipped)


def test_the_table_has_five_rows_of_single_numbers(tell: ModuleType, card: dict) -> None:
    head, _, *rows = cells_of(tell.results_table(card))
    assert tuple(head) == tell.HEAD
    assert [row[2:] for row in rows] == [
        ["0.990", "0.500", "0.520", "0.990", "0.890"],
        ["0.900", tell.EMPTY, tell.EMPTY, "0.880", "0.890"],
        ["0.990", "0.500", "0.520", "0.900", tell.EMPTY],
        ["0.800", "0.500", "0.520", "0.900", tell.EMPTY],
        ["0.960", "0.410", tell.EMPTY, tell.EMPTY, tell.EMPTY],
    ]
    assert rows[3][0] == "1 other kinds of claim"


def test_the_paragraph_says_kind_by_kind_whether_arithmetic_is_beaten(tell: ModuleType, card: dict) -> None:
    words = " ".join(tell.kind_by_kind(card).split())
    assert "beats arithmetic on the same figure** for *adjacent* (0.990 / 0.900, 400 questions)." in words
    assert "no better and no worse for *enriched* (0.990 / 0.990, 400 questions)." in words
    assert "**Arithmetic is better** for *rim* (0.800 / 0.900, 400 questions)." in words
    assert "too few real questions to tell for *form* (0.900 / 0.600, 8 questions)." in words
    assert "On synthetic slides it beats arithmetic for rim." in words
    assert "It never says *rim*:" in words
    assert "1,208 questions on 2 real slides" in words
    assert "says 20 claims, 81% of what it is asked about and could say." in words
    assert max(map(len, tell.kind_by_kind(card).splitlines())) <= 120


def test_a_readme_without_the_markers_is_refused(tell: ModuleType, card: dict) -> None:
    with pytest.raises(ValueError, match="needs the two lines"):
        tell.replace_results("# NicheLens\n", card)


def test_results_are_written_to_the_page_the_plots_the_model_and_the_readme(
    tell: ModuleType, card: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, model, results = tmp_path / "docs", tmp_path / "model", tmp_path / "results"
    for folder in (docs, model, results / "real.plots"):
        folder.mkdir(parents=True)
    (results / "real.plots" / "kinds.png").write_bytes(b"png")
    robustness, perception = {"n": 8}, {"n": 16}
    contents = {
        "real": card,
        "depth": {"depth": card["depth"], "robustness": robustness},
        "synthetic": {"kinds": card["synthetic"]},
        "artefacts": {"kinds": {"stripe": kind_scores(0.9, 0.8)}},
        "perception": {"perception": perception},
        "unclear": {},
    }
    for name in tell.PARTS:
        (results / f"{name}.json").write_text(json.dumps(contents[name]))
        plot = "![c](real.plots/kinds.png)" if name == "real" else ""
        (results / f"{name}.md").write_text(f"# title\n\n{name} words\n\n{plot}\n\n## Left out\n\nnothing\n")
    (docs / "results_intro.md").write_text("intro\n")
    (tmp_path / "README.md").write_text(f"# NicheLens\n{tell.BEGIN}\nold\n{tell.END}\nmore\n")
    monkeypatch.setattr(tell, "DOCS", docs)
    monkeypatch.setattr(tell, "README", tmp_path / "README.md")
    tell.main(results, model)
    page = (docs / "results.md").read_text(encoding="utf-8")
    first = f"{tell.NOTE}\n\nintro\n\n# Real slides\n\nreal words\n\n![c](pictures/results/real-kinds.png)"
    assert page.startswith(first)
    assert [f"{name} words" in page for name in tell.PARTS] == [True] * len(tell.PARTS)
    assert "Left out" not in page
    assert (docs / "pictures" / "results" / "real-kinds.png").read_bytes() == b"png"
    written = json.loads((model / "evaluation.json").read_text())
    assert (written["robustness"], written["perception"]) == (robustness, perception)
    assert set(written["synthetic"]) == {"rim", "stripe"}
    readme = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# NicheLens\n")
    assert readme.endswith(f"{tell.END}\nmore\n")
    assert tell.results_table(card) in readme
    assert "old" not in readme
    assert not (model / "README.md").exists()  # only an adapter has a card


def test_the_results_page_has_its_introduction_and_its_plots(tell: ModuleType) -> None:
    text = (tell.DOCS / "results.md").read_text(encoding="utf-8")
    assert (tell.DOCS / "results_intro.md").read_text(encoding="utf-8").rstrip() in text
    plots = {line.partition("](")[2].rstrip(")") for line in text.splitlines() if line.startswith("![")}
    assert plots
    assert all((tell.DOCS / plot).is_file() for plot in plots)
