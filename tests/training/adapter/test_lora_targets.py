"""LoRA sits in the decoder's linear layers and nowhere else."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForImageTextToText

from inference.model.decoder import decoder_linears
from training.adapter.lora_targets import check_adapted, lora_config


@pytest.fixture
def model(base):
    return AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32)


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
