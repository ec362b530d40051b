"""The precision in which a model computes where nobody chose one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def multiplies_bf16(device: str) -> bool:
    """Whether a device multiplies bf16 quickly: GPUs do, and so do CPUs with instructions for it (2.6 times faster)."""
    import torch

    if torch.device(device).type != "cpu":
        return True
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def to_bf16(model: nn.Module) -> None:
    """Rounds the weights of a model to bf16, in place, except those of the head that gives the logits.

    The difference of two logits tells "Yes" from "No", and bf16 would round each logit to one part in 256. With this
    head the difference is within a few hundredths of that in float32.

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
