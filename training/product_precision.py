"""The type of matrix products in training. Weights, gradients and the optimiser stay in float32."""

from __future__ import annotations

from data_prep.errors import NicheLensError
from inference.model.precision import multiplies_bf16


def check_precision(precision: str) -> None:
    """Refuses an unknown setting.

    Raises:
        NicheLensError: neither "bf16" nor "fp32" nor "".
    """
    if precision not in ("", "bf16", "fp32"):
        message = f"precision is '{precision}' and must be bf16 or fp32"
        raise NicheLensError(message)


def uses_bf16(precision: str, device: str) -> bool:
    """Whether products are in bf16: as the setting says, or by default where the hardware multiplies bf16.

    Such CPUs train about three times as fast with it. Other CPUs emulate bf16 and are twenty times slower.
    """
    return precision != "fp32" if precision else multiplies_bf16(device)
