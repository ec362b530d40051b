"""What can be loaded, and the one line that says why something cannot."""

import json
import logging
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from data_prep.errors import NicheLensError
from inference.engine.load_engine import load_engine
from inference.model import model_folder
from inference.model.calibration import Calibration, KindCalibration, save_calibration
from inference.model.loader import load_base, load_processor, model_without_weights
from inference.model.model_folder import find_model


@pytest.fixture
def adapter_copy(adapter_folder, base_folder, tmp_path):
    """Base and adapter side by side, free to be broken."""
    shutil.copytree(base_folder, tmp_path / "tiny-base")
    return shutil.copytree(adapter_folder, tmp_path / "tiny-adapter")


def test_an_adapter_changes_the_answers_and_is_merged(engine, adapter_folder, questions):
    adapted = load_engine(adapter_folder, device="cpu", dtype="float32")
    assert adapted.is_adapter
    assert adapted.name == "tiny-adapter"
    assert not any("lora" in name for name, _ in adapted.model.named_parameters())
    assert np.abs(adapted.yes_logit(questions) - engine.yes_logit(questions)).max() > 1e-3
    again = load_engine(adapted.base, device="cpu", dtype="float32")
    assert np.allclose(again.yes_logit(questions), engine.yes_logit(questions))


def test_merged_equals_unmerged(adapter_folder, questions):
    from peft import PeftModel

    merged = load_engine(adapter_folder, device="cpu", dtype="float32")
    base = load_engine(merged.base, device="cpu", dtype="float32")
    base.model = PeftModel.from_pretrained(base.model, str(adapter_folder)).eval()
    assert np.allclose(merged.yes_logit(questions), base.yes_logit(questions), atol=1e-4)


def test_weights_are_float32_on_a_cpu(engine):
    assert {weight.dtype for weight in engine.model.parameters()} == {torch.float32}
    assert engine.processor.tokenizer.padding_side == "left"
    assert engine.image_size == 128


def test_calibration_is_read(adapter_copy, questions):
    plain = load_engine(adapter_copy, device="cpu").yes_logit(questions)
    save_calibration(Calibration({"enriched": KindCalibration(0.5, 1.0)}), adapter_copy)
    calibrated = load_engine(adapter_copy, device="cpu").yes_probability(questions)
    assert np.allclose(calibrated, 1 / (1 + np.exp(-(plain / 0.5 + 1.0))), atol=1e-6)


def test_an_adapter_may_bring_its_processor_as_training_saves_it(adapter_copy, engine, questions):
    plain = load_engine(adapter_copy, device="cpu").yes_logit(questions)
    engine.processor.tokenizer.padding_side = "right"
    engine.processor.save_pretrained(adapter_copy)
    engine.processor.tokenizer.padding_side = "left"
    again = load_engine(adapter_copy, device="cpu")
    assert again.processor.tokenizer.padding_side == "left"
    assert again.encoder.is_plain
    assert np.allclose(again.yes_logit(questions), plain)


def test_an_adapter_trained_in_4_bits_says_so(adapter_copy, caplog):
    (adapter_copy / "run_config.json").write_text('{"settings": {"load_in_4bit": true}}')
    with caplog.at_level(logging.WARNING):
        load_engine(adapter_copy, device="cpu")
    assert "in 4 bits" in caplog.text


def test_an_adapter_without_a_contract_takes_that_of_its_base(adapter_copy, caplog):
    contract = (adapter_copy / "figure_contract.json").rename(
        adapter_copy.parent / "tiny-base" / "figure_contract.json"
    )
    engine = load_engine(adapter_copy, device="cpu")
    assert engine.contract == json.loads(contract.read_text())
    assert "the figures it was trained on are unknown" in caplog.text


def test_missing_lora_weights_are_refused(adapter_copy):
    file = adapter_copy / "adapter_model.safetensors"
    weights = load_file(file)
    dropped = sorted(weights)[0]
    save_file({name: weight for name, weight in weights.items() if name != dropped}, file)
    with pytest.raises(NicheLensError, match="1 adapter weights are missing from its file"):
        load_engine(adapter_copy)


def test_renamed_lora_weights_are_refused(adapter_copy):
    file = adapter_copy / "adapter_model.safetensors"
    save_file({name.replace("text_model", "language_model"): w for name, w in load_file(file).items()}, file)
    with pytest.raises(NicheLensError, match="missing from its file"):
        load_engine(adapter_copy)


def test_missing_base_weights_are_refused(base_folder, tmp_path):
    folder = shutil.copytree(base_folder, tmp_path / "base")
    weights = load_file(folder / "model.safetensors")
    weights.pop(next(name for name in weights if "connector" in name))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(NicheLensError, match="1 weights are missing"):
        load_engine(folder)


def test_a_damaged_weights_file_is_one_line(base_folder, tmp_path):
    folder = shutil.copytree(base_folder, tmp_path / "base")
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:1000])
    with pytest.raises(NicheLensError, match="cannot be loaded") as caught:
        load_engine(folder)
    assert "\n" not in str(caught.value)


def test_pickled_weights_are_never_opened(base_folder, tmp_path):
    folder = shutil.copytree(base_folder, tmp_path / "base")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(NicheLensError, match="safetensors"):
        load_engine(folder)


def test_a_text_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(NicheLensError, match="vision-language model"):
        load_engine(tmp_path)


def test_the_bundled_base_answers_where_no_model_is_named(base_folder, monkeypatch, tmp_path):
    monkeypatch.setattr(model_folder, "BUNDLED_BASE", base_folder)
    engine = load_engine(device="cpu")
    assert not engine.is_adapter
    assert engine.name == base_folder.name
    monkeypatch.setattr(model_folder, "BUNDLED_BASE", tmp_path / "absent")
    with pytest.raises(NicheLensError, match="bundled model is missing"):
        load_engine()


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(NicheLensError, match=r"neither config\.json nor adapter_config\.json"):
        load_engine(tmp_path)


def test_a_base_to_fine_tune_is_the_same_model(base_folder, engine):
    base = load_base(base_folder)
    assert (base.reference, base.revision) == (str(base_folder), None)
    assert {weight.dtype for weight in base.model.parameters()} == {torch.float32}
    for name, weight in base.model.named_parameters():
        assert torch.equal(weight, engine.model.get_parameter(name)), name
    assert not base.processor.image_processor.do_image_splitting


def test_a_processor_that_is_missing_or_reads_no_images_is_refused(engine, monkeypatch, tmp_path):
    with pytest.raises(NicheLensError, match="its processor cannot be loaded"):
        load_processor("model", tmp_path, engine.model.config)
    # Of some models of text alone the library gives the tokenizer.
    monkeypatch.setattr("transformers.AutoProcessor.from_pretrained", lambda *_, **__: engine.processor.tokenizer)
    with pytest.raises(NicheLensError, match="its processor reads no images"):
        load_processor("model", tmp_path, engine.model.config)


def test_a_model_without_weights_has_the_shapes_of_the_real_one(base_folder, engine, tmp_path):
    weightless = model_without_weights(find_model(base_folder))
    shapes = {name: weight.shape for name, weight in weightless.named_parameters()}
    assert shapes == {name: weight.shape for name, weight in engine.model.named_parameters()}
    assert all(weight.is_meta for weight in weightless.parameters())
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(NicheLensError, match="no vision-language model is described there"):
        model_without_weights(find_model(tmp_path))
