"""Whether an adapter pays, from the scores of an evaluation."""

from types import ModuleType

import pytest

from tests.script_file import load_script


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("docs/adapter_gain.py")


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
