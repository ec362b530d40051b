"""Settings of a fine-tuning run: values that make no sense are refused, and the batch is split evenly."""

import pytest

from data_prep.errors import NicheLensError
from training.adapter.settings import BatchSplit, SftSettings


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"batch_size": 0}, "batch_size is 0 and must be at least 1"),
        ({"loader_workers": -2}, "loader_workers is -2 and must be at least -1"),
        ({"learning_rate": 0}, "learning_rate is 0 and must be above 0"),
        ({"schedule": "steps"}, "schedule is 'steps'; choose cosine"),
        ({"activation_checkpointing": "on"}, "activation_checkpointing is 'on'; choose auto, always or never"),
        ({"precision": "fp16"}, "precision is 'fp16' and must be bf16 or fp32"),
        ({"patience": 2, "save_steps": 30}, "save_steps is 30 and must be a multiple of eval_steps"),
    ],
)
def test_values_that_make_no_sense_are_refused(changes, reason):
    with pytest.raises(NicheLensError, match=reason):
        SftSettings("D", "A", **changes)


@pytest.mark.parametrize(
    ("batch", "held", "processes", "expected"),
    [(32, 16, 1, (16, 2)), (32, 16, 2, (16, 1)), (32, 16, 4, (8, 1)), (8, 16, 1, (8, 1)), (6, 2, 3, (2, 1))],
)
def test_the_batch_is_the_same_for_any_number_of_processes(batch, held, processes, expected):
    settings = SftSettings("D", "A", batch_size=batch, per_device_batch_size=held)
    assert settings.split_batch(processes) == BatchSplit(processes, *expected)
    assert expected[0] * expected[1] * processes == batch


@pytest.mark.parametrize(("batch", "held", "processes"), [(32, 16, 3), (30, 16, 1), (1, 1, 2)])
def test_a_batch_that_cannot_be_split_evenly_is_refused(batch, held, processes):
    with pytest.raises(NicheLensError, match="cannot be shared out"):
        SftSettings("D", "A", batch_size=batch, per_device_batch_size=held).split_batch(processes)
