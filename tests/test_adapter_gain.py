"""Whether an adapter pays, from the scores of an evaluation."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("adapter_gain", ROOT / "docs" / "adapter_gain.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def kind(low: float | None, high: float | None) -> dict:
    value = None if low is None or high is None else (low + high) / 2
    return {"n": 40, "gain_over_base": {"value": value, "low": low, "high": high}}


def test_an_adapter_pays_if_it_wins_more_kinds_than_it_loses(script: ModuleType) -> None:
    better, equal, worse, unmeasured = kind(0.01, 0.03), kind(-0.01, 0.03), kind(-0.03, -0.01), kind(None, None)
    lines, pays = script.compare({"rim": better, "form": equal, "parts": unmeasured})
    assert lines == [
        "rim: +0.020 (+0.010 to +0.030), 40 questions: better",
        "form: +0.010 (-0.010 to +0.030), 40 questions: equal",
    ]
    assert pays
    assert not script.compare({"rim": better, "form": worse})[1]
    assert not script.compare({"form": equal})[1]
