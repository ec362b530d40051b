"""The type of matrix products: as the setting says, or by what the hardware can do."""

import pytest

from data_prep.errors import NicheLensError
from training.product_precision import check_precision, uses_bf16


@pytest.mark.parametrize("able", [True, False])
def test_a_setting_wins_over_the_hardware(monkeypatch, able):
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx512_bf16": able})
    assert uses_bf16("bf16", "cpu")
    assert not uses_bf16("fp32", "cpu")
    assert uses_bf16("", "cpu") == able
    assert uses_bf16("", "cuda")


def test_an_unknown_setting_is_refused():
    for known in ("", "bf16", "fp32"):
        check_precision(known)
    with pytest.raises(NicheLensError, match="precision is 'fp16' and must be bf16 or fp32"):
        check_precision("fp16")
