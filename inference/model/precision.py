"""In what precision a model computes where nobody said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def multiplies_bf16(device: str) -> bool:
    """Whether products in bf16 are quick on a device: on GPUs, and on CPUs with instructions for them (2.6 times)."""
    import torch

    if torch.device(device).type != "cpu":
        return True
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def to_bf16(model: nn.Module) -> None:
    """Turns a model's weights to bf16, in place, all but the head that gives the logits.

    "Yes" is told from "No" by the difference of two logits, and bf16 would round each to one part in 256. Against
    float32 throughout, the difference moves by a few hundredths.

    Args:
        model: a language model of ``transformers``, in float32.
    """
    import torch
    from torch import nn

    head = model.get_output_embeddings()
    wide = nn.Linear(head.in_features, head.out_features, bias=head.bias is not None)
    wide.load_state_dict(head.state_dict())
    wide.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(),))
    model.to(torch.bfloat16)
    model.set_output_embeddings(wide)
