"""Settings of a base training run: values that make no sense are refused."""

import dataclasses

import pytest

from data_prep.errors import NicheLensError
from training.nano.architecture import NanoConfig
from training.nano.pretrain_settings import PretrainSettings


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pool": 0}, "pool is 0 and must be at least 1"),
        ({"warmup_steps": -1}, "warmup_steps is -1 and must be at least 0"),
        ({"learning_rate": 0.0}, "learning_rate is 0 and must be above 0"),
        ({"precision": "fp16"}, "precision is 'fp16' and must be bf16 or fp32"),
        ({"steps": 0}, "give --steps or --minutes"),
        ({"steps": 0, "minutes": 0.1}, "give --steps or --minutes"),
    ],
)
def test_values_that_make_no_sense_are_refused(changes, reason) -> None:
    with pytest.raises(NicheLensError, match=reason):
        PretrainSettings("A", **{"steps": 10, **changes})


def test_every_setting_and_size_has_a_name_of_its_own_and_a_help_text() -> None:
    fields = [*dataclasses.fields(PretrainSettings), *dataclasses.fields(NanoConfig)]
    assert len({field.name for field in fields}) == len(fields)
    assert all(field.metadata["help"].endswith(".") and field.metadata["group"] for field in fields)
