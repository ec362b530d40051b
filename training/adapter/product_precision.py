"""In what precision products are formed in training; weights, gradients and the optimiser stay in float32."""

from __future__ import annotations

from data_prep.errors import NicheLensError
from inference.model.precision import multiplies_bf16


def check_precision(precision: str) -> None:
    """Refuses what is none.

    Raises:
        NicheLensError: neither "bf16" nor "fp32" nor empty.
    """
    if precision not in ("", "bf16", "fp32"):
        message = f"precision is '{precision}' and must be bf16 or fp32"
        raise NicheLensError(message)


def uses_bf16(precision: str, device: str) -> bool:
    """Whether to form products in bf16: as told, else where the hardware does so quickly (three times on such CPUs).

    A CPU without instructions for bf16 emulates it, twenty times slower.
    """
    return precision != "fp32" if precision else multiplies_bf16(device)
