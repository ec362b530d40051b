"""The calibration of a model's folder: applied, written, read, and refused where it is damaged."""

import json
import math

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from inference.model.calibration import (
    CALIBRATION_FILE,
    UNFITTED,
    Calibration,
    KindCalibration,
    read_calibration,
    save_calibration,
)

RIM = {"temperature": 1.5, "bias": -0.25, "yes_from": 0.9, "no_up_to": None}


def test_what_is_saved_is_read(tmp_path):
    never_denied = KindCalibration(1.5, -0.25, 0.9, -math.inf)
    never_said = KindCalibration(2.0, 0.0, math.inf, 0.125)
    calibration = Calibration({"rim": never_denied, "form": never_said}, {"identity": 0.5})
    file = save_calibration(calibration, tmp_path)
    assert read_calibration("model", tmp_path) == calibration
    stored = json.loads(file.read_text())
    assert stored["kinds"]["rim"] == RIM
    assert stored["kinds"]["form"]["yes_from"] is None
    assert stored["sentences"] == {"identity": 0.5}
    assert [path.name for path in tmp_path.iterdir()] == [CALIBRATION_FILE]


def test_without_a_file_nothing_changes(tmp_path):
    assert read_calibration("model", tmp_path) == Calibration()
    assert Calibration().of("rim") == UNFITTED
    assert UNFITTED.probability(np.zeros(1)) == 0.5


def test_each_score_is_calibrated_by_its_kind():
    calibration = Calibration({"rim": KindCalibration(2.0, -1.0), "form": KindCalibration(0.5, 1.0)})
    logit = np.array([3.0, 3.0, 3.0, -np.inf])
    p_yes = calibration.probability(logit, ["rim", "form", "parts", "rim"])
    assert p_yes.tolist() == pytest.approx([1 / (1 + math.exp(-x)) for x in (0.5, 7.0, 3.0)] + [0.0])


@pytest.mark.parametrize(("p_yes", "verdict"), [(0.9, "yes"), (0.89, "abstain"), (0.2, "no"), (0.21, "abstain")])
def test_the_thresholds_themselves_are_said(p_yes, verdict):
    assert KindCalibration(yes_from=0.9, no_up_to=0.2).verdict(p_yes) == verdict


def test_a_kind_that_is_never_said_is_not_asked():
    silent = KindCalibration(yes_from=math.inf, no_up_to=-math.inf)
    assert {silent.verdict(p) for p in (0.0, 0.5, 1.0)} == {"abstain"}
    assert not silent.is_asked
    assert KindCalibration(yes_from=math.inf, no_up_to=0.1).is_asked


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, "needs 'temperature'"),
        ({"temperature": 1, "bias": 0, "sureness": {}}, "needs 'temperature'.*fit it again"),
        ({"kinds": {"rim": 3}}, "needs 'temperature'"),
        ({"kinds": {"rim": {"temperature": 1, "bias": 0}}}, "needs 'temperature'"),
        ({"kinds": {"rim": RIM | {"bias": "much"}}}, "needs 'temperature'"),
        ({"kinds": {"rim": RIM}, "sentences": 3}, "needs 'temperature'"),
        ({"kinds": {"rim": RIM | {"temperature": 0}}}, "temperature 0.0 for rim; it must be above 0"),
        ({"kinds": {"rim": RIM | {"temperature": math.nan}}}, "it must be above 0"),
        ("not an object", "is not a JSON object"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, content, expected):
    (tmp_path / CALIBRATION_FILE).write_text(json.dumps(content))
    with pytest.raises(NicheLensError, match=f"^model: {CALIBRATION_FILE}.*{expected}") as caught:
        read_calibration("model", tmp_path)
    assert "\n" not in str(caught.value)
