"""What a setting may add to LoRA in the decoder, in every family; 4 bits and a trained projector end to end."""

import json
from dataclasses import replace

import pytest
import torch
from peft import PeftModel, get_peft_model
from safetensors.torch import load_file

from data_prep.errors import NicheLensError
from inference.engine.load_engine import load_engine
from inference.model.decoder import decoder_linears
from inference.model.loader import load_base
from inference.model.model_folder import BUNDLED_BASE
from tests.families.conftest import finish_run, run_settings
from training.adapter.lora_targets import check_adapted, lora_config, projector_names, vision_linears
from training.sft import train


@pytest.fixture
def model(built):
    return load_base(str(built.base)).model


def test_the_vision_tower_is_adapted_only_when_asked(model):
    tower, decoder = vision_linears(model), decoder_linears(model)
    assert tower
    assert not set(tower) & set(decoder)
    adapted = get_peft_model(model, lora_config(model, 4, 8, vision=True))
    check_adapted(adapted, vision=True)
    learning = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert learning == {f"{name}.lora_{half}.default.weight" for name in [*tower, *decoder] for half in "AB"}
    with pytest.raises(AssertionError, match="LoRA is not on the decoder"):
        check_adapted(adapted)


def test_the_projector_learns_only_when_asked(model):
    names = projector_names(model)
    weights = {f"{name}.{own}" for name in names for own, _ in model.get_submodule(name).named_parameters()}
    assert weights
    adapted = get_peft_model(model, lora_config(model, 4, 8, projector=True))
    check_adapted(adapted, projector=True)
    learning = {name for name, weight in model.named_parameters() if weight.requires_grad and ".lora_" not in name}
    assert {name.replace(".modules_to_save.default", "") for name in learning} == weights
    with pytest.raises(AssertionError, match="LoRA is not on the decoder"):
        check_adapted(adapted)


def test_a_projector_that_does_not_learn_is_noticed(model):
    adapted = get_peft_model(model, lora_config(model, 4, 8))
    with pytest.raises(AssertionError, match="LoRA is not on the decoder"):
        check_adapted(adapted, projector=True)


def test_rank_stabilised_lora_scales_by_the_root_of_the_rank(make_built):
    model = load_base(str(make_built("idefics3").base)).model
    adapted = get_peft_model(model, lora_config(model, 16, 32, rank_stabilised=True))
    layer = adapted.get_base_model().get_submodule(decoder_linears(model)[0].removesuffix(".base_layer"))
    assert layer.scaling["default"] == 32 / 4


def test_an_unknown_projector_is_one_line(make_built):
    model = load_base(str(make_built("idefics3").base)).model
    model.config.model_type = "other"
    with pytest.raises(NicheLensError, match="other: the table of families does not name this model's projector"):
        lora_config(model, 4, 8, projector=True)


@pytest.mark.parametrize("name", ["qwen3_vl", "gemma3", "internvl"])
def test_all_that_was_trained_is_loaded_again_merged_and_resumed(make_built, tmp_path, name):
    built = make_built(name)
    asked = {"max_steps": 4, "save_steps": 2, "train_projector": True, "lora_vision": True, "use_rslora": True}
    run = finish_run(built, tmp_path, **asked)
    engine = load_engine(run.adapter, device="cpu", dtype="float32")
    inputs = engine.encoder.encode([built.question([place]) for place in range(4)])
    loaded = PeftModel.from_pretrained(load_base(str(built.base)).model, run.adapter).eval()
    with torch.inference_mode():
        expected = run.model(**inputs).logits
        assert torch.equal(loaded(**inputs).logits, expected)
        assert (engine.model(**inputs).logits - expected).abs().max() < 1e-3
    before = load_base(str(built.base)).model
    for path in projector_names(before):
        pairs = zip(engine.model.get_submodule(path).parameters(), before.get_submodule(path).parameters(), strict=True)
        assert not all(torch.equal(ours, theirs) for ours, theirs in pairs), path

    train(run_settings(built, run.killed, **asked, resume_from_checkpoint="auto"))
    weights = [load_file(folder / "adapter_model.safetensors") for folder in (run.adapter, run.killed)]
    torch.testing.assert_close(weights[0], weights[1], rtol=0, atol=1e-5)
    card = (run.adapter / "README.md").read_text()
    assert (
        "Rank-stabilised LoRA of rank 16 on every linear layer of the decoder and of the vision tower; the pro" in card
    )


@pytest.mark.parametrize("name", ["nichelens-nano", "qwen3_5"])
def test_a_decoder_in_4_bits_learns_and_all_outside_it_stays_to_the_bit(make_built, tmp_path, name):
    built = replace(make_built("idefics3"), base=BUNDLED_BASE) if name == "nichelens-nano" else make_built(name)
    run = finish_run(built, tmp_path, load_in_4bit=True, max_steps=8, save_steps=4)
    losses = [entry["loss"] for entry in run.log if "loss" in entry]
    assert losses[-1] < losses[0] / 1.5
    before = load_base(str(built.base)).model
    after = dict(run.model.get_base_model().named_parameters())
    inside = set(decoder_linears(before))
    outside = [name for name, _ in before.named_parameters() if name.rpartition(".")[0] not in inside]
    assert outside
    for weight in outside:
        assert torch.equal(after[weight], before.get_parameter(weight)), weight
    assert json.loads((run.adapter / "run_config.json").read_text())["settings"]["load_in_4bit"]
    engine = load_engine(run.adapter, device="cpu", dtype="float32")
    assert engine.is_adapter
    assert engine.answer([built.question([0])], max_new_tokens=4) != [""]
