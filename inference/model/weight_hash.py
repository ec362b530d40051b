"""A hash of a loaded model: work that was done with it is continued with the same weights only."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

_SAMPLES = 2**16
"""Values that are hashed of each tensor, evenly spread: a large model takes seconds too. Training moves all values."""


def hash_weights(model: nn.Module) -> str:
    """A hash of the parameters and buffers of a model, of their types, and of the type of their device.

    Args:
        model: a loaded model.

    Returns:
        16 hexadecimal digits.
    """
    import torch

    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        step = max(1, tensor.numel() // _SAMPLES)
        values = tensor.detach().reshape(-1)[::step].contiguous().cpu()
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype} {tensor.device.type}".encode())
        digest.update(values.view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
