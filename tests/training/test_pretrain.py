"""The base's own training: runs save models that open, resume, end in time, and survive an arm that diverges."""

import json
import time
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.errors import NicheLensError
from data_prep.figures.contract import figure_contract
from tests.training.nano.square_lessons import square_lessons
from training.nano.architecture import NanoConfig
from training.nano.arm_training import ArmTraining
from training.nano.arms import Arm
from training.nano.pretrain_checkpoint import restore_checkpoint
from training.nano.pretrain_settings import PretrainSettings
from training.pretrain import main, pretrain


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--output_dir", "A"], "unknown option --output_dir; did you mean --output-dir?"),
        (["--output-dir", "{tmp}/out", "--steps", "0"], "give --steps or --minutes"),
        (["--output-dir", "{tmp}/out", "--steps", "1", "--batch", "0"], "batch is 0 and must be at least 1"),
        (["--output-dir", "{tmp}/out", "--patch-sizes", "8"], "did you mean --patch-size?"),
        (["--output-dir", "{tmp}/out", "--steps", "1", "--arms", "{tmp}/nowhere.yaml"], "nowhere.yaml: no such file"),
        ([], "--output-dir must be given"),
    ],
)
def test_bad_input_is_one_line_and_exit_2_and_leaves_nothing(tmp_path, capsys, options, reason) -> None:
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
    for words in ("Sizes of the model:", "--vision-layers N Layers of the vision tower.", "--minutes X"):
        assert words in text


@pytest.fixture
def two_arms(tmp_path) -> str:
    file = tmp_path / "arms.yaml"
    file.write_text("a: {}\nb: {patch_size: 8, scale_factor: 4, dense: false, in_words: true}\n")
    return str(file)


def run(folder, **changes) -> PretrainSettings:
    settings = PretrainSettings(
        str(folder),
        **{"batch": 8, "validation_slides": 1, "warmup_steps": 1, "device": "cpu", "precision": "fp32"} | changes,
    )
    pretrain(settings, NanoConfig.tiny(), square_lessons)
    return settings


def test_each_arm_is_saved_and_scored_and_opens(tmp_path, two_arms) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    run(tmp_path / "out", steps=2, arms=two_arms)
    for arm in ("a", "b"):
        model = AutoModelForImageTextToText.from_pretrained(tmp_path / "out" / arm)
        AutoProcessor.from_pretrained(tmp_path / "out" / arm)
        assert model.dtype == torch.bfloat16
        assert json.loads((tmp_path / "out" / arm / CONTRACT_FILE).read_text()) == figure_contract(128)
    scores = [json.loads(line) for line in (tmp_path / "out" / "scores.jsonl").read_text().splitlines()]
    assert [(line["arm"], line["step"], line["examples"]) for line in scores] == [("a", 2, 16), ("b", 2, 16)]
    assert scores[0]["heads"]
    assert not scores[1]["heads"]


def test_an_interrupted_run_goes_on_from_its_checkpoint_with_new_slides(tmp_path) -> None:
    settings = run(tmp_path / "out", steps=2)
    folder = tmp_path / "out" / "checkpoint"
    saved = load_file(folder / "model.safetensors")
    arm = ArmTraining(Arm("model", NanoConfig.tiny()), settings, "cpu")
    position, arms = restore_checkpoint(folder, [arm], settings.seed)
    assert arms == [arm]
    assert position.step == 2
    assert position.next_seed > 0
    assert position.seconds > 0
    for name, parameter in arm.named_parameters():
        assert torch.equal(parameter, saved[name])
        assert torch.equal(arm.optimizer.state[parameter]["exp_avg"], saved[f"{name}.exp_avg"])
    run(tmp_path / "out", steps=3)
    resumed, _ = restore_checkpoint(folder, [arm], settings.seed)
    assert resumed.step == 3
    assert resumed.next_seed > position.next_seed


def test_a_run_starts_from_the_weights_and_words_of_a_finished_model(tmp_path) -> None:
    first = run(tmp_path / "first", steps=3)
    start = str(tmp_path / "first" / "model")
    settings = replace(first, output_dir=str(tmp_path / "second"), start_from=start, seed=5)
    arm = ArmTraining(Arm("model", NanoConfig.tiny()), settings, "cpu")
    saved = load_file(tmp_path / "first" / "model" / "model.safetensors")
    for name, tensor in saved.items():
        assert torch.equal(arm.model.state_dict()[name], tensor.float()), name
    assert arm.model.dtype == torch.float32
    tokenizer = (tmp_path / "first" / "model" / "tokenizer.json").read_text()
    run(tmp_path / "second", steps=2, start_from=start, seed=5)
    assert (tmp_path / "second" / "model" / "tokenizer.json").read_text() == tokenizer
    moved = load_file(tmp_path / "second" / "model" / "model.safetensors")
    assert moved.keys() == saved.keys()
    assert any(not torch.equal(moved[name], saved[name]) for name in saved)


def test_a_model_of_other_sizes_is_no_start(tmp_path) -> None:
    run(tmp_path / "first", steps=1)
    start = str(tmp_path / "first" / "model")
    with pytest.raises(NicheLensError, match="its patch_size is 16 and that of the run is 8; give --patch-size 16"):
        pretrain(PretrainSettings(str(tmp_path / "out"), steps=1, start_from=start, device="cpu"), NanoConfig())
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_run_of_minutes_ends_in_time_and_saves(tmp_path) -> None:
    started = time.monotonic()
    run(tmp_path / "out", minutes=0.4, finish_seconds=4, report_seconds=1)
    assert time.monotonic() - started < 60
    assert (tmp_path / "out" / "model" / "config.json").exists()


def test_a_run_whose_time_is_up_before_the_first_step_is_one_line_and_saves_nothing(tmp_path) -> None:
    with pytest.raises(NicheLensError, match="ended before the first step; give more --minutes") as error:
        run(tmp_path / "out", minutes=1e-5, finish_seconds=0)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def diverge(monkeypatch):
    """Spoils the weights of some arms in each step."""
    take_step = ArmTraining.take_step

    def set_up(*names):
        def spoil(self, *inputs):
            losses = take_step(self, *inputs)
            if self.arm.name in names:
                next(self.model.parameters()).data.fill_(torch.nan)
            return losses

        monkeypatch.setattr(ArmTraining, "take_step", spoil)

    return set_up


@pytest.mark.parametrize("report_seconds", [1e-6, 1e6])
def test_an_arm_that_diverges_is_left_out_and_the_others_go_on(
    tmp_path, two_arms, diverge, caplog, report_seconds
) -> None:
    diverge("a")
    run(tmp_path / "out", steps=2, arms=two_arms, report_seconds=report_seconds)
    assert caplog.text.count("a has diverged") == 1
    assert not (tmp_path / "out" / "a").exists()
    assert (tmp_path / "out" / "b" / "config.json").exists()
    # A resumed run goes on with the other arm.
    run(tmp_path / "out", steps=3, arms=two_arms)
    assert "a is not in " in caplog.text
    scores = [json.loads(line) for line in (tmp_path / "out" / "scores.jsonl").read_text().splitlines()]
    assert [(line["arm"], line["step"]) for line in scores] == [("b", 2), ("b", 3)]


def test_a_run_in_which_all_arms_diverge_keeps_the_last_save_and_says_so(tmp_path, two_arms, diverge) -> None:
    run(tmp_path / "out", steps=1, arms=two_arms)
    files = [tmp_path / "out" / name for name in ("a/model.safetensors", "checkpoint/b.safetensors")]
    before = [file.read_bytes() for file in files]
    diverge("a", "b")
    with pytest.raises(NicheLensError, match="all models have diverged by step 3; lower --learning-rate"):
        run(tmp_path / "out", steps=3, arms=two_arms)
    assert [file.read_bytes() for file in files] == before


def test_a_checkpoint_of_other_arms_is_refused(tmp_path, two_arms) -> None:
    run(tmp_path / "out", steps=1)
    with pytest.raises(NicheLensError, match="has no weights of a, b; give another --output-dir"):
        run(tmp_path / "out", steps=2, arms=two_arms)
