"""Fine-tuning: eight maps are learnt word by word, only LoRA changes, and bad input is one line and exit 2."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from data_prep.figures.contract import figure_contract
from inference.model.loader import load_base
from training.adapter.run_folder import RunFolder
from training.adapter.settings import SftSettings
from training.adapter.trainer import build_trainer
from training.adapter.training_rows import load_splits, with_rendering
from training.sft import main, train


@pytest.fixture(scope="module")
def run(base, dataset, tmp_path_factory):
    """A finished run on eight maps: (adapter folder, the trained model as it was in memory)."""
    folder = tmp_path_factory.mktemp("runs") / "eight-maps"
    trained = {}

    def remember(self, model, *rest):
        trained["model"] = model
        finish(self, model, *rest)

    finish = RunFolder.finish
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunFolder, "finish", remember)
        train(
            SftSettings(
                model=str(base),
                dataset=str(dataset),
                output_dir=str(folder),
                batch_size=8,
                per_device_batch_size=8,
                learning_rate=2e-2,
                warmup_steps=0,
                precision="fp32",
                max_steps=60,
                epochs=1000,
            )
        )
    return folder, trained["model"].eval()


@pytest.fixture(scope="module")
def questions(base, dataset):
    loaded = load_base(str(base))
    rows = load_splits(str(dataset))[0]
    conversations = with_rendering(rows, loaded.processor)[:]
    inputs = loaded.processor(
        text=conversations["prompt"],
        images=conversations["images"],
        padding=True,
        padding_side="left",
        return_tensors="pt",
    )
    return inputs, rows["completion"][:], loaded.processor.tokenizer


def test_eight_maps_are_learnt_word_by_word(run, base, questions):
    folder, _ = run
    inputs, answers, tokenizer = questions
    model = PeftModel.from_pretrained(load_base(str(base)).model, folder).eval()
    with torch.no_grad():
        said = model.generate(**inputs, max_new_tokens=80)[:, inputs["input_ids"].shape[1] :]
    assert [tokenizer.decode(ids, skip_special_tokens=True) for ids in said] == answers
    assert all(tokenizer.eos_token_id in ids for ids in said)


def test_the_saved_adapter_gives_the_trained_models_logits(run, base, questions):
    folder, trained = run
    inputs, _, _ = questions
    bare = load_base(str(base)).model.eval()
    with torch.no_grad():
        before = bare(**inputs).logits
        after = PeftModel.from_pretrained(bare, folder).eval()(**inputs).logits
        assert torch.equal(after, trained(**inputs).logits)
    assert (before - after).abs().max() > 0.1


def test_nothing_but_the_decoders_lora_weights_changed(run, base):
    _, trained = run
    whole = trained.get_base_model()
    changed = {name for name, _ in whole.named_parameters() if ".lora_" in name}
    assert all(name.startswith("model.text_model.layers.") for name in changed)
    assert all(weight.abs().max() > 0 for name, weight in whole.named_parameters() if ".lora_B" in name)
    for name, weight in load_base(str(base)).model.named_parameters():
        ours = name if name in dict(whole.named_parameters()) else name.replace(".weight", ".base_layer.weight")
        assert torch.equal(whole.get_parameter(ours), weight), name


def test_a_run_shorter_than_its_reports_is_saved_with_its_loss(base, dataset, tmp_path):
    train(
        SftSettings(
            model=str(base),
            dataset=str(dataset),
            output_dir=str(tmp_path / "short"),
            max_steps=2,
            batch_size=8,
            per_device_batch_size=8,
        )
    )
    result = json.loads((tmp_path / "short" / "run_config.json").read_text())["result"]
    assert result["steps"] == 2
    assert result["train_loss"] > 0


def test_the_adapter_folder_says_what_it_is(run, base):
    folder, _ = run
    assert {file.name for file in folder.iterdir()} == {
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
        "chat_template.jinja",
        "figure_contract.json",
        "processor_config.json",
        "run_config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "training_log.json",
    }
    assert json.loads((folder / "figure_contract.json").read_text()) == figure_contract(128)
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == str(base.resolve())
    described = json.loads((folder / "run_config.json").read_text())
    assert described["settings"]["learning_rate"] == 2e-2
    assert described["result"]["steps"] == 60
    assert described["result"]["eval_loss"] < json.loads((folder / "training_log.json").read_text())[0]["loss"]
    for file in ("README.md", "run_config.json"):
        assert str(base.parent) not in (folder / file).read_text()
    card = (folder / "README.md").read_text()
    assert "eight-maps" in card
    assert "None" not in card


def test_a_run_that_no_longer_improves_stops_and_keeps_the_best(settings):
    # A learning rate at which the loss on unseen maps soon rises.
    made = settings(learning_rate=0.1, max_steps=30, eval_steps=1, save_steps=1, patience=2)
    train(made)
    log = json.loads((Path(made.output_dir) / "training_log.json").read_text())
    losses = [entry["eval_loss"] for entry in log if "eval_loss" in entry]
    result = json.loads((Path(made.output_dir) / "run_config.json").read_text())["result"]
    assert result["steps"] < 30
    assert result["eval_loss"] == pytest.approx(min(losses), rel=1e-4)


def test_bf16_products_learn_too(settings):
    made = settings(max_steps=3, precision="bf16", learning_rate=2e-2)
    train(made)
    log = json.loads((Path(made.output_dir) / "training_log.json").read_text())
    assert log[2]["loss"] < log[0]["loss"]


def test_a_decoder_in_four_bits_learns(settings, base_of_whole_blocks):
    made = settings(model=str(base_of_whole_blocks), load_in_4bit=True, max_steps=2)
    train(made)
    log = json.loads((Path(made.output_dir) / "training_log.json").read_text())
    assert log[1]["loss"] < log[0]["loss"]
    assert "4 bits" in (Path(made.output_dir) / "README.md").read_text()


def test_rows_with_one_and_with_two_images_share_a_batch_and_no_validation_is_needed(
    settings, make_dataset, rows, tmp_path
):
    source = make_dataset(tmp_path / "D", train=[rows(0), rows(1, 2), rows(2, 2)])
    made = settings(dataset=str(source), max_steps=1, activation_checkpointing="always")
    train(made)
    described = json.loads((Path(made.output_dir) / "run_config.json").read_text())
    assert described["dataset"] == {"name": "D", "train": 3, "validation": 0}
    assert "no validation split" in (Path(made.output_dir) / "README.md").read_text()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dataset": "nowhere"}, "nowhere: no such folder"),
        ({"dataset": "{tmp}/plain"}, "not a NicheLens dataset"),
        ({"model": "./nowhere"}, "nowhere: no such folder"),
        ({"model": "nobody/nothing"}, "nobody/nothing: no such folder here, not in the Hub's cache"),
        ({"model": "{tmp}/plain"}, "holds no config.json"),
        ({"model": "{tmp}/adapted"}, "is an adapter"),
        ({"output_dir": "{tmp}/plain"}, "exists and is no run of this command"),
        ({"batch_size": "7", "per_device_batch_size": "3"}, "cannot be shared out"),
    ],
)
def test_bad_input_is_one_line_and_exit_2_and_leaves_nothing(base, dataset, tmp_path, capsys, changes, reason):
    for name in ("plain", "adapted"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").touch()
    (tmp_path / "adapted" / "adapter_config.json").touch()
    before = sorted(tmp_path.rglob("*"))
    given = {"model": str(base), "dataset": str(dataset), "output_dir": str(tmp_path / "out")} | changes
    arguments = [
        text for name, value in given.items() for text in (f"--{name.replace('_', '-')}", value.format(tmp=tmp_path))
    ]
    assert main(arguments) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(said) == 1
    assert reason in said[0]
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture
def losses(settings) -> Callable[..., list[float]]:
    """Losses of a short run."""

    def run(**changes: Any) -> list[float]:
        made = settings(**{"max_steps": 4, "learning_rate": 1e-2, "per_device_batch_size": 4} | changes)
        train(made)
        log = json.loads((Path(made.output_dir) / "training_log.json").read_text())
        return [entry["loss"] for entry in log if "loss" in entry]

    return run


def test_cached_pictures_workers_and_recomputation_change_no_loss(losses, tmp_path):
    plain = losses(vision_cache_gib=0.0, output_dir=str(tmp_path / "plain"))
    fed = losses(loader_workers=1, activation_checkpointing="always", output_dir=str(tmp_path / "fed"))
    assert fed == pytest.approx(plain, abs=1e-5)
    result = json.loads((tmp_path / "fed" / "run_config.json").read_text())["result"]
    assert result["pictures_kept"] > 0.5


def test_the_order_of_rows_within_a_step_changes_no_loss(losses, mixed_dataset, tmp_path, monkeypatch):
    made = {"dataset": str(mixed_dataset), "batch_size": 4, "max_steps": 6}
    by_length = losses(**made, per_device_batch_size=2, output_dir=str(tmp_path / "by length"))
    monkeypatch.setattr("training.adapter.run_data.row_lengths", lambda rows, *given: [1] * len(rows))
    by_chance = losses(**made, per_device_batch_size=4, output_dir=str(tmp_path / "by chance"))
    assert by_length == pytest.approx(by_chance, abs=1e-5)


@pytest.mark.parametrize("setting", ["lora_vision", "train_projector"])
def test_pictures_are_not_cached_when_tower_or_projector_are_trained(losses, setting, tmp_path):
    losses(**{setting: True})
    result = json.loads((tmp_path / "adapter" / "run_config.json").read_text())["result"]
    assert "pictures_kept" not in result


def test_the_last_batch_of_an_epoch_is_full(settings, mixed_dataset, monkeypatch):
    n_rows = []

    def remember(config, model, processor, rows, *rest):
        n_rows.append(len(rows))
        return build_trainer(config, model, processor, rows, *rest)

    monkeypatch.setattr("training.sft.build_trainer", remember)
    train(settings(dataset=str(mixed_dataset), batch_size=4, per_device_batch_size=4, max_steps=1))
    assert n_rows == [12]
