"""What the README and the cards say is what was measured."""

import importlib.util
import json
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


def test_the_readme_has_the_table_of_the_bundled_evaluation(tell: ModuleType, card: dict) -> None:
    table = tell.headline(card)
    assert f"{tell.BEGIN}\n\n{table}\n\n{tell.END}" in tell.README.read_text(encoding="utf-8")
    assert {line.count("|") for line in table.splitlines()} == {8}
    measured = card["yes_no"]["marker"]["conditions"]
    row = next(line for line in table.splitlines() if line.startswith("| is it a marker? AUROC |"))
    cells = [cell.strip() for cell in row.split("|")[2:-1]]
    names = ("model", "model, blank picture", "model, shuffled spots", "words of the question alone")
    assert cells[:4] == [f"{measured[name]['auroc']['value']:.3f}" for name in names]


def test_the_adapters_card_shows_its_evaluation(tell: ModuleType, card: dict) -> None:
    run = json.loads((tell.ADAPTER / "run_config.json").read_text(encoding="utf-8"))
    assert (tell.ADAPTER / "README.md").read_text(encoding="utf-8") == adapter_card(run, card)
    assert card["contract"] == run["contract"]


def test_results_hold_their_hand_written_part_and_their_plots(tell: ModuleType) -> None:
    text = (tell.DOCS / "results.md").read_text(encoding="utf-8")
    assert (tell.DOCS / "results_intro.md").read_text(encoding="utf-8").rstrip() in text
    plots = {line.partition("](")[2].rstrip(")") for line in text.splitlines() if line.startswith("![")}
    assert plots
    assert all((tell.DOCS / plot).is_file() for plot in plots)
