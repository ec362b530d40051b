"""A merged model answers as base and adapter do, and brings what is needed to serve it."""

import json

import numpy as np
import pytest

from data_prep.errors import NicheLensError
from inference.engine.load_engine import load_engine
from inference.model.calibration import Calibration, KindCalibration, save_calibration
from inference.model.merged_model import write_merged


def test_the_merged_model_answers_as_the_adapter(adapter_folder, base_folder, questions, tmp_path):
    write_merged(adapter_folder, tmp_path / "merged", "float32")
    merged = load_engine(tmp_path / "merged", device="cpu", dtype="float32")
    adapter = load_engine(adapter_folder, device="cpu", dtype="float32")
    assert not merged.is_adapter
    assert merged.contract == adapter.contract
    np.testing.assert_allclose(merged.yes_logit(questions), adapter.yes_logit(questions), atol=1e-5)


def test_it_brings_the_calibration(adapter_folder, tmp_path):
    import shutil

    shutil.copytree(adapter_folder.parent / "tiny-base", tmp_path / "tiny-base")
    adapter = shutil.copytree(adapter_folder, tmp_path / "adapter")
    calibration = Calibration({"rim": KindCalibration(2.0, 0.5)}, {"form": 0.5})
    written = save_calibration(calibration, adapter)
    write_merged(adapter, tmp_path / "merged")
    copied = tmp_path / "merged" / "calibration.json"
    assert copied.read_bytes() == written.read_bytes()
    assert json.loads(copied.read_text())["sentences"] == {"form": 0.5}
    assert (tmp_path / "merged" / "model.safetensors").stat().st_mode & 0o777 == 0o644


def test_a_base_and_a_precision_of_few_bits_are_refused(base_folder, adapter_folder, tmp_path):
    with pytest.raises(NicheLensError, match="tiny-base: is no adapter"):
        write_merged(base_folder, tmp_path / "merged")
    with pytest.raises(NicheLensError, match="--dtype int4: merged weights are written in bfloat16 or float32"):
        write_merged(adapter_folder, tmp_path / "merged", "int4")
    assert not (tmp_path / "merged").exists()
