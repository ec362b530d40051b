"""4-bit weights sit in the linear layers of the decoder and nowhere else."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from data_prep.errors import NicheLensError
from data_prep.tasks import MARKER_PROMPT
from inference.model.decoder import decoder_linears
from inference.model.four_bit import check_quantised
from inference.model.loader import load_base
from training.nano.architecture import NanoConfig, build_nano, save_nano


@pytest.fixture(scope="module")
def base_of_whole_blocks(tmp_path_factory):
    """A base whose decoder's widths are multiples of 64, which 4-bit products on a CPU need."""
    folder = tmp_path_factory.mktemp("models") / "blocks"
    save_nano(*build_nano(replace(NanoConfig.tiny(), text_hidden=64), [MARKER_PROMPT] * 20), folder)
    return folder


def test_four_bits_are_in_the_decoder_only(base_of_whole_blocks):
    import bitsandbytes as bnb

    model = load_base(base_of_whole_blocks).model
    quantised = load_base(base_of_whole_blocks, four_bit=True).model
    four_bit = {name for name, layer in quantised.named_modules() if isinstance(layer, bnb.nn.Linear4bit)}
    assert four_bit == set(decoder_linears(model))
    for name, weight in model.named_parameters():
        if name.removesuffix(".weight") not in four_bit:
            assert torch.equal(quantised.get_parameter(name), weight), name


def test_four_bits_elsewhere_are_noticed(base_of_whole_blocks):
    import bitsandbytes as bnb

    quantised = load_base(base_of_whole_blocks, four_bit=True).model
    quantised.lm_head = bnb.nn.Linear4bit(32, 320)
    with pytest.raises(AssertionError, match="lm_head"):
        check_quantised(quantised)
    quantised.lm_head = nn.Linear(32, 320)
    quantised.model.text_model.layers[0].mlp.up_proj = nn.Linear(32, 64)
    with pytest.raises(AssertionError, match=r"layers\.0\.mlp\.up_proj"):
        check_quantised(quantised)


def test_widths_that_four_bits_do_not_fit_are_refused_on_a_cpu(base_folder, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(NicheLensError, match=r"blocks of 64 inputs, and .*q_proj has 32; leave out load_in_4bit"):
        load_base(base_folder, four_bit=True)
