"""The README, the results page and the adapter's card show the shipped evaluation."""

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from training.adapter.adapter_card import adapter_card

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def tell() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tell_results", ROOT / "docs" / "tell_results.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def card(tell: ModuleType) -> dict:
    return json.loads((tell.ADAPTER / "evaluation.json").read_text(encoding="utf-8"))


def cells_of(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def test_the_readme_has_the_table_of_the_shipped_evaluation(tell: ModuleType, card: dict) -> None:
    readme = tell.README.read_text(encoding="utf-8")
    assert readme == tell.replace_table(readme, card)


def test_the_table_has_five_rows_of_single_numbers(tell: ModuleType, card: dict) -> None:
    head, _, *rows = cells_of(tell.results_table(card))
    assert tuple(head) == tell.HEAD
    assert len(rows) == 5
    for _, _, *cells in rows:
        assert len(cells) == 5
        assert all(cell == tell.EMPTY or 0 <= float(cell) <= 1 for cell in cells), cells


def test_the_numbers_of_the_table_are_those_of_the_evaluation(tell: ModuleType, card: dict) -> None:
    _, _, markers, few_counts, genes, describe, form = cells_of(tell.results_table(card))
    conditions = card["yes_no"]["marker"]["conditions"]
    names = ("model", "model, blank picture", "model, shuffled spots", "five pixel statistics")
    assert markers[2:] == [*(f"{conditions[name]['auroc']['value']:.3f}" for name in names), tell.EMPTY]
    at_2_percent = card["depth"]["pooled"]["0.02"]
    names = ("model", "five pixel statistics", "Wilcoxon z")
    assert [cell for cell in few_counts[2:] if cell != tell.EMPTY] == [
        f"{at_2_percent[name]['value']:.3f}" for name in names
    ]
    correlation = card["yes_no"]["compare"]["conditions"]["pixel correlation of the two maps"]
    assert genes[5] == f"{correlation['auroc']['value']:.3f}"
    assert describe[2] == f"{card['written']['tasks']['describe']['model']['ledger']['value']:.3f}"
    regression = card["written"]["claims"]["form"]["conditions"]["five pixel statistics"]
    assert form[5] == f"{regression['value']:.3f}"


def test_a_readme_without_the_markers_is_refused(tell: ModuleType, card: dict) -> None:
    with pytest.raises(ValueError, match="needs the two lines"):
        tell.replace_table("# NicheLens\n", card)


def test_without_results_only_the_readme_is_written(
    tell: ModuleType, card: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text(f"# NicheLens\n{tell.BEGIN}\nold\n{tell.END}\nmore\n", encoding="utf-8")
    monkeypatch.setattr(tell, "README", tmp_path / "README.md")
    monkeypatch.setattr(tell, "DOCS", tmp_path / "docs")
    tell.main()
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# NicheLens\n")
    assert text.endswith(f"{tell.END}\nmore\n")
    assert tell.results_table(card) in text
    assert "old" not in text
    assert not (tmp_path / "docs").exists()


def test_results_are_written_to_the_page_the_plots_and_the_adapter(
    tell: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, adapter, results = tmp_path / "docs", tmp_path / "adapter", tmp_path / "results"
    (results / "test_slide.plots").mkdir(parents=True)
    docs.mkdir()
    adapter.mkdir()
    shutil.copy(tell.ADAPTER / "evaluation.json", results / "test_slide.json")
    shutil.copy(tell.ADAPTER / "run_config.json", adapter)
    (results / "test_slide.plots" / "depth.png").write_bytes(b"png")
    for name in ("test_slide", "test_both", "ambiguous"):
        (results / f"{name}.md").write_text(f"# title\n\n{name} words\n\n![c]({name}.plots/depth.png)\n")
    (docs / "results_intro.md").write_text("intro\n")
    (tmp_path / "README.md").write_text(f"{tell.BEGIN}\n{tell.END}\n")
    for name, value in (("DOCS", docs), ("ADAPTER", adapter), ("README", tmp_path / "README.md")):
        monkeypatch.setattr(tell, name, value)
    tell.main(results)
    page = (docs / "results.md").read_text(encoding="utf-8")
    assert page.startswith(f"{tell.NOTE}\n\nintro\n\ntest_slide words\n\n![c](pictures/results/depth.png)")
    assert "test_both words" in page
    assert "ambiguous words" in page
    assert page.count("![") == 1
    assert (docs / "pictures" / "results" / "depth.png").read_bytes() == b"png"
    assert (adapter / "evaluation.json").read_bytes() == (results / "test_slide.json").read_bytes()
    assert "0.993" in (adapter / "README.md").read_text(encoding="utf-8")


def test_the_adapters_card_shows_its_evaluation(tell: ModuleType, card: dict) -> None:
    run = json.loads((tell.ADAPTER / "run_config.json").read_text(encoding="utf-8"))
    assert (tell.ADAPTER / "README.md").read_text(encoding="utf-8") == adapter_card(run, card)
    assert card["contract"] == run["contract"]


def test_the_results_page_has_its_introduction_and_its_plots(tell: ModuleType) -> None:
    text = (tell.DOCS / "results.md").read_text(encoding="utf-8")
    assert (tell.DOCS / "results_intro.md").read_text(encoding="utf-8").rstrip() in text
    plots = {line.partition("](")[2].rstrip(")") for line in text.splitlines() if line.startswith("![")}
    assert plots
    assert all((tell.DOCS / plot).is_file() for plot in plots)
