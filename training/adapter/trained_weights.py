"""Collects the trained weights of a model, also where FSDP or ZeRO-3 shards them over processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn


def collect_trained_weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """Name → whole value, on the CPU, of each weight that was trained.

    All processes must call this, since each may hold a part of a weight.
    """
    return {
        name: _whole_weight(weight).detach().cpu() for name, weight in model.named_parameters() if weight.requires_grad
    }


def _whole_weight(weight: nn.Parameter) -> torch.Tensor:
    from torch.distributed.tensor import DTensor

    if isinstance(weight, DTensor):  # FSDP2
        return weight.full_tensor()
    if hasattr(weight, "ds_id"):  # ZeRO-3
        from deepspeed.zero import GatheredParameters

        with GatheredParameters([weight]):
            return weight.data.clone()
    return weight
