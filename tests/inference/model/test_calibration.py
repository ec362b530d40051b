"""The calibration of a model's folder: written, read, and refused where it is damaged."""

import json

import pytest

from data_prep.errors import NicheLensError
from inference.model.calibration import CALIBRATION_FILE, Calibration, read_calibration, save_calibration


def test_what_is_saved_is_read(tmp_path):
    calibration = Calibration(1.5, -0.25, {"form": 0.125})
    file = save_calibration(calibration, tmp_path)
    assert read_calibration("model", tmp_path) == calibration
    assert json.loads(file.read_text()) == {"temperature": 1.5, "bias": -0.25, "sureness": {"form": 0.125}}
    assert [path.name for path in tmp_path.iterdir()] == [CALIBRATION_FILE]


def test_without_a_file_nothing_changes(tmp_path):
    assert read_calibration("model", tmp_path) == Calibration(temperature=1.0, bias=0.0, least_confidence={})


def test_a_file_without_confidences_is_read(tmp_path):
    (tmp_path / CALIBRATION_FILE).write_text('{"temperature": 2, "bias": 1}')
    assert read_calibration("model", tmp_path) == Calibration(2.0, 1.0)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{}", "needs numbers under 'temperature' and 'bias'"),
        ('{"temperature": "hot", "bias": 0}', "needs numbers"),
        ('{"temperature": 1, "bias": 0, "sureness": 3}', "needs numbers"),
        ('{"temperature": 0, "bias": 0}', "temperature 0.0; it must be above 0"),
        ('{"temperature": NaN, "bias": 0}', "it must be above 0"),
        ("not JSON", "is not readable JSON"),
    ],
)
def test_a_damaged_file_is_one_line(tmp_path, content, expected):
    (tmp_path / CALIBRATION_FILE).write_text(content)
    with pytest.raises(NicheLensError, match=f"^model: {CALIBRATION_FILE}.*{expected}") as caught:
        read_calibration("model", tmp_path)
    assert "\n" not in str(caught.value)
