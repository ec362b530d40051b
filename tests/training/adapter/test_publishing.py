"""An adapter is trained on a base of the Hub, pushed, fetched and merged, and gives the same answers."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from app.console import LIBRARY_SETTINGS
from data_prep.claims import Names
from data_prep.dataset.loading import load_examples
from data_prep.errors import NicheLensError
from data_prep.hub import HubId
from data_prep.tasks import Question
from inference.engine.load_engine import load_engine
from inference.model.merged_model import write_merged
from tests.hub_stand_in import Hub
from training.adapter.publishing import publish
from training.adapter.settings import SftSettings
from training.sft import train

REPOSITORY = Path(__file__).resolve().parents[3]
CALIBRATION = json.dumps(
    {"kinds": {"": {"temperature": 0.5, "bias": 0.1, "yes_from": 0.65, "no_up_to": 0.35}}, "sentences": {}}
)
WHERE = HubId("lab/adapter")
SCORE = {"value": 0.9, "low": 0.8, "high": 0.95}
CHANCE = {"value": 0.5, "low": 0.5, "high": 0.5}


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(base, dataset, tmp_path_factory):
    """An adapter of two steps on a base that came from the Hub by its tag, and the base's commit."""
    from huggingface_hub import constants

    hub = Hub()
    found = hub.add("lab/tiny", content(base))
    found.tags["v1"] = found.commits[0][0]
    found.commit({"config.json": b"{}"})  # the newest is none that could be loaded
    hub.start()
    folder = tmp_path_factory.mktemp("runs") / "adapter"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", hub.url)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_CACHE", str(tmp_path_factory.mktemp("cache")))
        train(
            SftSettings(
                model="lab/tiny@v1",
                dataset=str(dataset),
                output_dir=str(folder),
                batch_size=8,
                per_device_batch_size=8,
                learning_rate=5e-2,
                warmup_steps=0,
                max_steps=2,
                precision="fp32",
            )
        )
    hub.stop()
    return folder, found.tags["v1"]


@pytest.fixture
def adapter(trained, tmp_path):
    """A copy, free to be changed, with a calibration, and with files that are nobody's business."""
    folder = shutil.copytree(trained[0], tmp_path / "adapter")
    (folder / "calibration.json").write_text(CALIBRATION)
    (folder / "notes.txt").write_text("mine")
    (folder / "optimizer.bin").write_bytes(b"pickle")
    return folder


@pytest.fixture
def lab(hub, base):
    """The Hub with the base, in two versions, of which the adapter fits the first."""
    found = hub.add("lab/tiny", content(base))
    found.tags["v1"] = found.commits[0][0]
    found.commit({"config.json": b"{}"})
    return hub


@pytest.fixture(scope="module")
def asked(dataset):
    """Four questions with their pictures."""
    rows = load_examples(dataset, "train").select(range(4))
    return [Question(tuple(map(np.asarray, row["images"])), row["prompt"], Names({}, {}), ()) for row in rows]


@pytest.fixture
def evaluation(trained, tmp_path):
    contract = json.loads((trained[0] / "run_config.json").read_text())["contract"]
    auroc = {"model": SCORE, "model, blank picture": CHANCE}
    scores = {"n": 8, "auroc": auroc, "threshold": {"precision": SCORE, "recall": CHANCE}}
    written = {"describe": {"model": {"n": 3, "ledger": SCORE, "precision": SCORE, "recall": SCORE}}}
    found = {"contract": contract, "dataset": "eight", "split": "test_slide", "limit": None, "written": written}
    file = tmp_path / "scores.json"
    file.write_text(json.dumps(found | {"kinds": {"rim": scores}}))
    return file


def test_a_base_from_the_hub_is_recorded_by_its_commit(trained):
    folder, commit = trained
    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["revision"]) == ("lab/tiny", commit)
    assert json.loads((folder / "run_config.json").read_text())["base"] == {
        "name": "lab/tiny",
        "on_hub": True,
        "revision": commit,
    }
    assert "base_model: lab/tiny\n" in (folder / "README.md").read_text()


def test_pushed_and_fetched_it_answers_the_same(lab, adapter, asked, evaluation, dataset, monkeypatch):
    here = load_engine(adapter, device="cpu", dtype="float32")
    addresses = publish(adapter, WHERE, evaluation=evaluation, dataset=str(dataset))
    assert [address.split("/commit/")[0] for address in addresses] == [f"{lab.url}/lab/adapter"] * 2
    pushed = lab.repositories["model", "lab/adapter"]
    for name in ("calibration.json", "figure_contract.json", "run_config.json", "evaluation.json", "tokenizer.json"):
        assert name in pushed.files
    assert not {"notes.txt", "optimizer.bin"} & set(pushed.files)
    there = load_engine("lab/adapter", device="cpu", dtype="float32")
    assert there.name == "lab/adapter"
    assert there.calibration.of("").temperature == 0.5
    np.testing.assert_array_equal(there.yes_logit(asked), here.yes_logit(asked))
    rows = load_examples("lab/adapter", "train")
    assert rows["completion"][:] == load_examples(dataset, "train")["completion"][:]

    first = pushed.commits[-1][0]
    publish(adapter, WHERE)
    assert "evaluation.json" not in pushed.files
    assert "Not measured yet" in pushed.files["README.md"].decode()
    lab.stop()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    again = load_engine(f"lab/adapter@{first}", device="cpu", dtype="float32")
    np.testing.assert_array_equal(again.yes_logit(asked), here.yes_logit(asked))


def test_the_card_says_what_it_is_for_and_how_good_it_is_beside_controls(lab, adapter, evaluation, trained):
    import yaml

    publish(adapter, WHERE, evaluation=evaluation, private=True)
    pushed = lab.repositories["model", "lab/adapter"]
    assert pushed.private
    card = pushed.files["README.md"].decode()
    head = yaml.safe_load(card.split("---")[1])
    assert head["base_model"] == "lab/tiny"
    assert "datasets" not in head
    for words in ("Intended use", "Not for clinical use", "eight, 8 examples", "--model lab/adapter", trained[1]):
        assert words in card
    said, chance = "0.900 (0.800-0.950)", "0.500 (0.500-0.500)"
    assert f"| rim | 8 | {said} | - | {chance} | - | - | {said} | {chance} |" in card
    assert "| describe, model | 3 |" in card


def test_what_others_could_not_use_is_not_pushed(lab, adapter, evaluation, base, dataset, tmp_path):
    def refusal(**given):
        with pytest.raises(NicheLensError) as caught:
            publish(adapter, WHERE, **given)
        assert ("model", "lab/adapter") not in lab.repositories
        assert ("dataset", "lab/adapter") not in lab.repositories
        return str(caught.value)

    scores = json.loads(evaluation.read_text())
    evaluation.write_text(json.dumps(scores | {"contract": "another"}))
    assert "of figure contract another" in refusal(evaluation=evaluation)
    evaluation.write_text("{}")
    assert "is no evaluation" in refusal(evaluation=evaluation)
    foreign = shutil.copytree(dataset, tmp_path / "foreign")
    (foreign / "figure_contract.json").write_text('{"hash": "another"}')
    assert "figure contract another" in refusal(dataset=str(foreign))

    config = json.loads((adapter / "adapter_config.json").read_text())
    (adapter / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": str(base)}))
    assert "--base org/name" in refusal()
    assert "is no Hub id" in refusal(base="tiny")
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    assert "not a whole safetensors file" in refusal()
    (adapter / "run_config.json").unlink()
    assert "holds no run_config.json" in refusal()


def test_an_adapter_trained_on_a_local_copy_names_its_base_on_the_hub(lab, adapter, base):
    config = json.loads((adapter / "adapter_config.json").read_text())
    config |= {"base_model_name_or_path": str(base), "revision": None}
    (adapter / "adapter_config.json").write_text(json.dumps(config))
    publish(adapter, WHERE, base="lab/tiny@v1")
    files = lab.repositories["model", "lab/adapter"].files
    assert not any(str(base.parent).encode() in data for data in files.values())
    assert load_engine("lab/adapter", device="cpu").is_adapter


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_merged_model_answers_as_the_adapter(lab, adapter, asked, tmp_path, dtype):
    out = tmp_path / "merged"
    write_merged(adapter, out, dtype)
    assert {weight.dtype for weight in load_file(out / "model.safetensors").values()} == {getattr(torch, dtype)}
    assert (out / "model.safetensors").stat().st_mode & 0o044 == 0o044
    for name in ("generation_config.json", "figure_contract.json", "processor_config.json", "run_config.json"):
        assert (out / name).is_file()
    merged = load_engine(out, device="cpu", dtype="float32")
    assert not merged.is_adapter
    assert merged.calibration.of("").temperature == 0.5
    expected = load_engine(adapter, device="cpu", dtype="float32").yes_logit(asked)
    np.testing.assert_allclose(merged.yes_logit(asked), expected, atol=0 if dtype == "float32" else 0.1)


def test_what_cannot_be_merged_is_refused(lab, adapter, base, tmp_path, monkeypatch):
    def refusal(adapter, dtype="bfloat16"):
        with pytest.raises(NicheLensError) as caught:
            write_merged(adapter, tmp_path / "merged", dtype)
        assert not (tmp_path / "merged").exists()
        return str(caught.value)

    assert "would round LoRA away" in refusal(adapter, "nf4")
    assert "is no adapter" in refusal(base)
    monkeypatch.setattr("transformers.PreTrainedModel.is_quantized", True, raising=False)
    assert "stored in few bits" in refusal(adapter)


def test_the_commands_say_where_the_result_is(lab, adapter, tmp_path, monkeypatch, capsys):
    from app.cli import main

    # From a shell, where the client reads from the environment which Hub to talk to.
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "HF_ENDPOINT": lab.url, "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, "-m", "app.cli", "push", str(adapter), "lab/adapter"]
    environment["HF_HUB_DISABLE_XET"] = "1"
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"{lab.url}/lab/adapter/commit/{lab.repositories['model', 'lab/adapter'].commits[-1][0]}\n"

    for name in LIBRARY_SETTINGS:
        monkeypatch.setenv(name, LIBRARY_SETTINGS[name])
    merged = tmp_path / "merged"
    assert main(["export", "lab/adapter", "--out", str(merged), "--dtype", "float32"]) == 0
    assert capsys.readouterr().out == f"{merged}: lab/adapter merged into its base, in float32\n"
    assert main(["export", "lab/adapter", "--out", str(merged)]) == 2
    assert main(["push", str(adapter), "nowhere"]) == 2
    assert "is no name on the Hub" in capsys.readouterr().err
