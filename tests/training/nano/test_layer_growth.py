"""Layers that are added to a trained decoder."""

import dataclasses
from pathlib import Path

import pytest
import torch

from data_prep.errors import NicheLensError
from tests.training.nano.small_run import tiny_run
from training.nano.architecture import NanoConfig, save_nano
from training.nano.base_training import BaseTraining
from training.nano.layer_growth import add_layers
from training.nano.pretrain_settings import PretrainSettings


def test_added_layers_change_nothing_until_they_are_trained(tmp_path: Path) -> None:
    run = tiny_run(tmp_path / "run", precision="fp32")
    ids = torch.arange(8, 24)[None]
    with torch.no_grad():
        before = run.model(input_ids=ids).logits
        add_layers(run.model, 4)
        assert torch.equal(run.model(input_ids=ids).logits, before)
    save_nano(run.model, run.processor, tmp_path / "base")
    deeper = dataclasses.replace(NanoConfig.tiny(), text_layers=5)
    settings = PretrainSettings(str(tmp_path / "second"), start=str(tmp_path / "base"), device="cpu")
    second = BaseTraining(settings, deeper)
    assert len(second.model.model.text_model.layers) == second.model.config.text_config.num_hidden_layers == 5
    with pytest.raises(NicheLensError, match="can only be added"):
        add_layers(second.model, 3)
