"""The weights that learn, whole, wherever they lie: on one device, or shared out over processes by FSDP or ZeRO-3."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn


def learnt_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """Name → value in the memory of this process, of every weight that learns.

    All processes have to call this, as each holds a part of what the others need.
    """
    return {name: _whole(weight).detach().cpu() for name, weight in model.named_parameters() if weight.requires_grad}


def _whole(weight: nn.Parameter) -> torch.Tensor:
    from torch.distributed.tensor import DTensor

    if isinstance(weight, DTensor):  # FSDP2
        return weight.full_tensor()
    if hasattr(weight, "ds_id"):  # ZeRO-3
        from deepspeed.zero import GatheredParameters

        with GatheredParameters([weight]):
            return weight.data.clone()
    return weight
