"""The hash of a model tells whether its weights, their type or their shape changed."""

import pytest
import torch
from torch import nn

from inference.model import weight_hash
from inference.model.weight_hash import hash_weights


@pytest.fixture
def model():
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.arange(6.0).reshape(2, 3))
        layer.bias.zero_()
    return layer


def test_equal_weights_have_equal_hashes(model):
    other = nn.Linear(3, 2)
    assert hash_weights(other) != hash_weights(model)
    other.load_state_dict(model.state_dict())
    assert hash_weights(other) == hash_weights(model)


def test_one_changed_value_changes_the_hash(model):
    before = hash_weights(model)
    with torch.no_grad():
        model.weight[1, 2] += 1e-6
    assert hash_weights(model) != before


def test_the_type_is_part_of_the_hash(model):
    assert hash_weights(model.to(torch.bfloat16)) != hash_weights(model.to(torch.float32))


def test_of_large_tensors_samples_are_hashed(model, monkeypatch):
    monkeypatch.setattr(weight_hash, "_SAMPLES", 2)
    before = hash_weights(model)
    with torch.no_grad():
        model.weight += 1
    assert hash_weights(model) != before
