"""bf16 where the hardware multiplies it: the same answers at any batch size, near those of float32."""

import numpy as np
import pytest
import torch

from inference.engine.load_engine import load_engine
from inference.model import loader


@pytest.fixture(scope="module")
def narrow(adapter_folder):
    """The tiny adapter as a CPU with bf16 instructions loads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "multiplies_bf16", lambda _: True)
        return load_engine(adapter_folder, device="cpu")


def test_all_but_the_head_is_rounded(narrow, adapter_folder):
    head = narrow.model.get_output_embeddings()
    assert head.weight.dtype == torch.float32
    assert {w.dtype for name, w in narrow.model.named_parameters() if not name.startswith("lm_head")} == {
        torch.bfloat16
    }
    # LoRA is merged before it is rounded.
    whole = load_engine(adapter_folder, device="cpu", dtype="float32").model
    for name, weight in whole.named_parameters():
        assert torch.equal(narrow.model.get_parameter(name).float(), weight.bfloat16().float()) or "lm_head" in name
    assert torch.equal(head.weight, whole.get_output_embeddings().weight)


def test_answers_do_not_depend_on_the_batch_nor_on_a_restart(narrow, questions, adapter_folder, monkeypatch):
    alone = narrow.yes_probability(questions, batch_size=1)
    for batch_size in (3, 5, 12):
        assert np.abs(narrow.yes_probability(questions, batch_size=batch_size) - alone).max() < 1e-5
    assert narrow.answer(questions[:4], batch_size=1, max_new_tokens=12) == narrow.answer(
        questions[:4], max_new_tokens=12
    )
    monkeypatch.setattr(loader, "multiplies_bf16", lambda _: True)
    again = load_engine(adapter_folder, device="cpu")
    np.testing.assert_array_equal(again.yes_logit(questions), narrow.yes_logit(questions))


def test_probabilities_are_near_those_of_float32(narrow, questions, adapter_folder):
    whole = load_engine(adapter_folder, device="cpu", dtype="float32").yes_probability(questions)
    assert 0 < np.abs(narrow.yes_probability(questions) - whole).max() < 0.02
