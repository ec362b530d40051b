"""The base's own training: runs resume, start from other bases, and end with a model that opens."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.figures.contract import figure_contract
from training.nano.architecture import NanoConfig
from training.nano.base_training import BaseTraining
from training.nano.pretrain_settings import PretrainSettings
from training.pretrain import main, pretrain


def test_an_interrupted_run_resumes_and_saves_a_model_that_opens(tmp_path: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    settings = PretrainSettings(
        str(tmp_path),
        steps=2,
        single_batch=8,
        several_batch=2,
        save_every=2,
        evaluate_every=100,
        warmup_steps=1,
        device="cpu",
        precision="fp32",
    )
    pretrain(settings, NanoConfig.tiny())
    saved = load_file(tmp_path / "checkpoint" / "state.safetensors")
    resumed = BaseTraining(dataclasses.replace(settings, steps=3), NanoConfig.tiny())
    assert resumed.step == 2
    assert resumed.next_seed > 0
    for name, parameter in resumed.named_parameters.items():
        assert torch.equal(parameter, saved[name])
        assert torch.equal(resumed.optimizer.state[parameter]["exp_avg"], saved[f"{name}.exp_avg"])
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model")
    AutoProcessor.from_pretrained(tmp_path / "model")
    assert model.dtype == torch.bfloat16
    assert json.loads((tmp_path / "model" / CONTRACT_FILE).read_text()) == figure_contract(128)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--output_dir", "A"], "unknown option --output_dir; did you mean --output-dir?"),
        (["--output-dir", "{tmp}/out", "--steps", "0"], "steps is 0 and must be at least 1"),
        (["--output-dir", "{tmp}/out", "--patch-sizes", "8"], "did you mean --patch-size?"),
        (["--output-dir", "{tmp}/out", "--start", "{tmp}/nowhere"], "nowhere: no such folder"),
        ([], "--output-dir must be given"),
    ],
)
def test_bad_input_is_one_line_and_exit_2_and_leaves_nothing(tmp_path: Path, capsys, options, reason) -> None:
    assert main([option.format(tmp=tmp_path) for option in options]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert reason in line
    assert not list(tmp_path.iterdir())


def test_the_help_names_the_settings_and_the_sizes_of_the_model(capsys) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"], command="nichelens pretrain")
    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith("usage: nichelens pretrain ")
    for words in (
        "Sizes of the model:",
        "--vision-layers N Layers of the vision tower. Default: 6.",
        "--tower-steps N",
    ):
        assert words in text
