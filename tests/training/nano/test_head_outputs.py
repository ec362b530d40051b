"""Losses and R² of the dense heads."""

import dataclasses

import pytest
import torch

from training.nano.head_outputs import HeadOutput, TargetLayout, r_squared, total_loss


def test_losses_count_what_applies_and_r_squared_tells_how_good_predictions_are() -> None:
    wanted = torch.tensor([[0.0, 1.0], [1.0, float("nan")], [2.0, 3.0]])
    exact = HeadOutput("exact", wanted.nan_to_num(7.0), wanted, weight=5.0)
    mean = HeadOutput("mean", torch.tensor([[1.0, 2.0]]).expand(3, 2), wanted)
    nothing = HeadOutput("nothing", torch.zeros(2, 1, requires_grad=True), torch.full((2, 1), float("nan")))
    assert exact.loss() == 0
    assert dataclasses.replace(mean, weight=3.0).loss() == pytest.approx(3 * mean.loss())
    assert total_loss([exact, mean, nothing]).item() == pytest.approx(mean.loss().item())
    told = r_squared([[exact, mean], [dataclasses.replace(mean, name="exact", predicted=wanted)]])
    assert told == {"exact": pytest.approx(1.0), "mean": pytest.approx(0.0)}
    layout = TargetLayout({"a": 1, "b": 2}, binary=("b",), scales={"a": 2.0}, weights={"a": 3.0})
    first, second = layout.outputs(torch.zeros(1, 3), torch.tensor([[5.0, 1.0, 0.0]]), "by: ")
    assert (first.name, first.target.item(), first.weight, first.binary) == ("by: a", 10.0, 3.0, False)
    assert (second.name, second.target.tolist(), second.weight, second.binary) == ("by: b", [[1.0, 0.0]], 1.0, True)
    sure = HeadOutput("sure", torch.tensor([[9.0], [-9.0]]), torch.tensor([[1.0], [0.0]]), binary=True)
    assert r_squared([[sure]])["sure"] > 0.99
