"""LoRA and 4-bit weights sit in the decoder's linear layers and nowhere else."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModelForImageTextToText

from data_prep.errors import NicheLensError
from training.adapter.base import load_base
from training.adapter.lora_targets import (
    check_adapted,
    check_quantised,
    decoder_linears,
    decoder_name,
    lora_config,
    modules_outside_decoder,
)


@pytest.fixture
def model(base):
    return AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32)


def test_the_decoder_is_told_from_the_rest_by_its_real_names(model):
    assert decoder_name(model) == "model.text_model"
    assert len(decoder_linears(model)) == 2 * 7
    assert modules_outside_decoder(model) == ["lm_head", "model.vision_model", "model.connector"]


def test_every_decoder_linear_is_adapted_and_nothing_else_learns(model):
    linears = decoder_linears(model)
    adapted = get_peft_model(model, lora_config(model, rank=4, alpha=8))
    check_adapted(adapted)
    learning = {name for name, weight in adapted.named_parameters() if weight.requires_grad}
    assert learning == {f"base_model.model.{name}.lora_{half}.default.weight" for name in linears for half in "AB"}


@pytest.mark.parametrize("targets", ["all-linear", ["q_proj"], r"model\.text_model\..*\.q_proj"])
def test_lora_elsewhere_or_not_everywhere_is_noticed(model, targets):
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules=targets))
    with pytest.raises(AssertionError, match="LoRA is not on the decoder"):
        check_adapted(adapted)


def test_a_weight_that_learns_beside_lora_is_noticed(model):
    adapted = get_peft_model(model, lora_config(model, rank=4, alpha=8))
    model.lm_head.weight.requires_grad_(True)
    with pytest.raises(AssertionError, match="LoRA is not on the decoder"):
        check_adapted(adapted)


def test_four_bits_are_in_the_decoder_only(base_of_whole_blocks):
    import bitsandbytes as bnb

    model = load_base(str(base_of_whole_blocks)).model
    quantised = load_base(str(base_of_whole_blocks), four_bit=True).model
    four_bit = {name for name, layer in quantised.named_modules() if isinstance(layer, bnb.nn.Linear4bit)}
    assert four_bit == set(decoder_linears(model))
    for name, weight in model.named_parameters():
        if name.removesuffix(".weight") not in four_bit:
            assert torch.equal(quantised.get_parameter(name), weight), name


def test_four_bits_elsewhere_are_noticed(base_of_whole_blocks):
    import bitsandbytes as bnb

    quantised = load_base(str(base_of_whole_blocks), four_bit=True).model
    quantised.lm_head = bnb.nn.Linear4bit(32, 320)
    with pytest.raises(AssertionError, match="lm_head"):
        check_quantised(quantised)
    quantised.lm_head = nn.Linear(32, 320)
    quantised.model.text_model.layers[0].mlp.up_proj = nn.Linear(32, 64)
    with pytest.raises(AssertionError, match=r"layers\.0\.mlp\.up_proj"):
        check_quantised(quantised)


def test_widths_that_four_bits_do_not_fit_are_refused_on_a_cpu(base, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(NicheLensError, match=r"blocks of 64 inputs, and .*q_proj has 32; leave out load_in_4bit"):
        load_base(str(base), four_bit=True)
