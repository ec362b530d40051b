"""What the folder of a served model says, and what a mere name does."""

import json
import shutil

import pytest

from data_prep.errors import NicheLensError
from data_prep.figures.contract import figure_contract
from inference.engine.served_model import ServedModel, read_served_model
from inference.model.calibration import Calibration, KindCalibration, save_calibration
from inference.model.families import ANY_SIZE


def test_contract_and_calibration_come_from_the_folder(tmp_path):
    (tmp_path / "figure_contract.json").write_text(json.dumps(figure_contract(64)))
    calibration = Calibration({"rim": KindCalibration(2.0, 0.5)})
    save_calibration(calibration, tmp_path)
    expected = ServedModel(figure_contract(64), calibration, 64, writes_prose=True)
    assert read_served_model(tmp_path, must_exist=True) == expected


def test_the_folder_says_whether_a_model_writes_prose(base_folder, tmp_path):
    assert not read_served_model(base_folder, must_exist=True).writes_prose
    (tmp_path / "generation_config.json").write_text('{"max_new_tokens": 512}')
    assert read_served_model(tmp_path, must_exist=True).writes_prose


def test_without_a_contract_the_configuration_gives_the_size(base_folder, tmp_path):
    assert read_served_model(tmp_path, must_exist=True).image_size == ANY_SIZE
    shutil.copy(base_folder / "config.json", tmp_path)
    assert read_served_model(tmp_path, must_exist=True).image_size == 128
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(NicheLensError, match=r"config\.json cannot be read"):
        read_served_model(tmp_path, must_exist=False)


def test_a_mere_name_says_nothing():
    assert read_served_model("stub", must_exist=False) is None
    with pytest.raises(NicheLensError, match="no such folder"):
        read_served_model("stub", must_exist=True)
