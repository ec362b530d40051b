"""What a fine-tuning run will need, from the architecture alone: parameters, memory by part, hours and cost.

    nichelens plan --model Qwen/Qwen3.5-2B --dataset DATASET --gpus 8 --price 2.50

No weight is loaded: a hollow model on torch's `meta` device tells every size. Parameters, weights, adapter, gradients
and optimiser are counted exactly; activations are estimated (`Sizes.layer_bytes`), hours are a guess at how much of a
GPU's peak is reached. `training.sft` uses the same estimate to decide on activation checkpointing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_prep.errors import NicheLensError
from data_prep.files import first_line
from training.adapter.lora_targets import decoder_linears, decoder_name
from training.adapter.training_rows import RowSizes

if TYPE_CHECKING:
    from torch import nn

GIB = 2**30
PEAK_TFLOPS = 989.0
"""Dense bf16 products of an H100 SXM, in 1e12 operations a second, by its data sheet; an A100 has 312."""
MFU = 0.3
"""Share of the peak that training reaches. LLaMA 3 was pretrained at 0.38 to 0.43 (arXiv 2407.21783, table 4); short
rows, LoRA's thin matrices and pictures that are drawn on the way cost more. Measure ten steps and pass --mfu."""
FULL = 0.9
"""Share of a device's memory that an estimate may fill: the rest is for fragments and for what an estimate misses."""
RUNTIME_BYTES = 1 * GIB
"""CUDA's context and the workspaces of its libraries on a GPU; nothing of the kind on a CPU."""
_LOGIT_TILE = (4096, 32768)
"""Tokens and words whose logits TRL's fused head holds at once."""
_NF4_BLOCK, _NF4_OUTER = 64, 256
"""Weights that share a scale, and scales that share a scale, in bitsandbytes' double quantisation."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of a model, all exact.

    Attributes:
        total: parameters, those that share memory counted once.
        decoder: parameters of the language model without its word embeddings.
        vision: parameters beside the language model: vision tower and projector.
        linears: (inputs, outputs) of each linear layer of the decoder.
        layers: layers of the decoder.
        hidden: width of the decoder.
        inner: width of its feed-forward layers.
        vocabulary: words.
        vision_hidden: width of the vision tower; 0 where its configuration does not say.
    """

    total: int
    decoder: int
    vision: int
    linears: tuple[tuple[int, int], ...]
    layers: int
    hidden: int
    inner: int
    vocabulary: int
    vision_hidden: int

    def adapter(self, rank: int) -> int:
        """Parameters of LoRA of a rank on every linear layer of the decoder: two thin matrices for each."""
        return sum(rank * (inputs + outputs) for inputs, outputs in self.linears)

    def weight_bytes(self, each: int, *, four_bit: bool) -> int:
        """Bytes of the frozen weights: `each` for every parameter, the decoder's linear layers in nf4 if told so."""
        if not four_bit:
            return self.total * each
        packed = [inputs * outputs for inputs, outputs in self.linears]
        scales = [ceil(n / _NF4_BLOCK) for n in packed]
        held = sum(n // 2 for n in packed) + sum(n + 4 * ceil(n / _NF4_OUTER) for n in scales)
        return (self.total - sum(packed)) * each + held

    def layer_bytes(self, *, bf16: bool) -> float:
        """Bytes that a decoder layer keeps of each token for the backward pass, on average over the layers.

        After Korthikanti et al. 2022 (arXiv 2205.05198, section 4.1), who add up what each operation keeps, for LoRA
        on frozen weights, and for attention that does not keep its scores (section 5 there):

        - of every linear layer its output, but for the two that are added to the residual stream;
        - what attention gives, and the activated half of the feed-forward layer;
        - the inputs of the two norms, in float32;
        - the inputs of the linear layers, which LoRA's gradient needs: each has a copy of its own where products are
          formed in bf16; else layers with the same input share it.

        Layers with a recurrent state (linear attention) keep more than this: measure them.
        """
        inputs = sum(inputs for inputs, _ in self.linears) / self.layers
        outputs = sum(outputs for _, outputs in self.linears) / self.layers
        copies = inputs if bf16 else 2 * self.hidden + self.inner
        return (2 if bf16 else 4) * (copies + outputs - self.hidden + self.inner) + 2 * 4 * self.hidden


@dataclass(frozen=True)
class Held:
    """What a device holds at once.

    Attributes:
        batch: examples.
        tokens: of the longest example.
        patches: of all its pictures.
        on_gpu: whether weights are in bf16, as on a GPU, or in float32.
        bf16: whether products are formed in bf16.
        four_bit: whether the decoder's frozen weights are in nf4.
        rank: of the LoRA updates.
    """

    batch: int
    tokens: int
    patches: int = 0
    on_gpu: bool = True
    bf16: bool = True
    four_bit: bool = False
    rank: int = 16


def measure(model: nn.Module) -> Sizes:
    """Sizes of a model, hollow or loaded, before LoRA is put on it.

    Raises:
        NicheLensError: it has no decoder of its own.
    """
    config = model.config.get_text_config()
    decoder = model.get_submodule(decoder_name(model))
    words = {id(weight) for weight in model.get_input_embeddings().parameters()}
    words |= {id(weight) for weight in model.get_output_embeddings().parameters()}
    inside = {id(weight): _count(weight) for weight in decoder.parameters() if id(weight) not in words}
    every = {id(weight): _count(weight) for weight in model.parameters()}
    linears = [model.get_submodule(name) for name in decoder_linears(model)]
    vision = getattr(model.config, "vision_config", None)
    return Sizes(
        total=sum(every.values()),
        decoder=sum(inside.values()),
        vision=sum(n for key, n in every.items() if key not in inside and key not in words),
        linears=tuple((layer.in_features, layer.out_features) for layer in linears),
        layers=int(config.num_hidden_layers),
        hidden=int(config.hidden_size),
        inner=max(max(layer.in_features for layer in linears), int(getattr(config, "intermediate_size", 0) or 0)),
        vocabulary=int(config.vocab_size),
        vision_hidden=int(getattr(vision, "hidden_size", 0) or 0),
    )


def hollow_model(folder: Path, name: str) -> nn.Module:
    """A model without weights, built from its configuration.

    Raises:
        NicheLensError: its configuration is none of a vision-language model.
    """
    import torch
    from transformers import AutoConfig, AutoModelForImageTextToText

    try:
        config = AutoConfig.from_pretrained(folder)
        with torch.device("meta"):
            return AutoModelForImageTextToText.from_config(config)
    except (OSError, ValueError, KeyError) as error:
        message = f"{name}: no vision-language model is described there ({first_line(error)}); choose another --model"
        raise NicheLensError(message) from error


def memory(sizes: Sizes, held: Held, *, checkpointing: bool) -> dict[str, int]:
    """Bytes at the peak of a training step on one device, by part.

    The peak is at the start of the backward pass: all that the forward pass kept, and the gradients inside one
    feed-forward layer. With checkpointing a layer keeps its input only, and one at a time is computed again.
    """
    adapter = sizes.adapter(held.rank)
    # TRL turns LoRA to bf16 on a quantised base; AdamW's two averages are of the weights' own type.
    learnt = 2 if held.four_bit else 4
    each = 2 if held.bf16 else 4
    tokens = held.batch * held.tokens
    layer = sizes.layer_bytes(bf16=held.bf16)
    kept = sizes.layers * each * sizes.hidden + layer if checkpointing else sizes.layers * layer
    kept += each * (2 * sizes.inner + sizes.hidden)
    seen = held.batch * held.patches * each * 16 * sizes.vision_hidden  # a layer of the tower, which keeps nothing
    rows, words = min(tokens, _LOGIT_TILE[0]), min(sizes.vocabulary, _LOGIT_TILE[1])
    tiles = each if held.on_gpu else each + 5 * 4  # without Triton a tile is turned over in float32
    unpacked = 2 * max(inputs * outputs for inputs, outputs in sizes.linears) if held.four_bit else 0
    return {
        "weights": sizes.weight_bytes(2 if held.on_gpu else 4, four_bit=held.four_bit) + unpacked,
        "adapter": adapter * learnt,
        "gradients": adapter * learnt,
        "optimiser": 2 * adapter * learnt,
        "activations": int(tokens * kept + seen),
        "logits": rows * words * tiles + tokens * sizes.hidden * 8,
        "runtime": RUNTIME_BYTES if held.on_gpu else 0,
    }


def shared_out(parts: Mapping[str, int], sizes: Sizes, gpus: int) -> dict[str, int]:
    """The same with weights, gradients and optimiser shared out over GPUs (FSDP, ZeRO-3), two layers gathered."""
    gathered = 2 * parts["weights"] // sizes.total * sizes.decoder // sizes.layers
    parted = {name: parts[name] // gpus for name in ("weights", "adapter", "gradients", "optimiser")}
    return dict(parts) | parted | {"gathered layers": gathered}


def choose_checkpointing(sizes: Sizes, held: Held, limit: int) -> tuple[bool, str]:
    """(whether activations are to be computed again instead of kept, why) where a device has `limit` bytes."""
    kept, again = (sum(memory(sizes, held, checkpointing=choice).values()) for choice in (False, True))
    if kept <= FULL * limit:
        return False, f"a step takes about {kept / GIB:.1f} GiB of {limit / GIB:.1f}"
    reason = f"a step would take about {kept / GIB:.1f} GiB of {limit / GIB:.1f}, and takes {again / GIB:.1f} with it"
    if again > FULL * limit:
        reason += "; that may not fit either: lower per_device_batch_size"
    return True, reason


def device_memory(processes: int) -> int:
    """Bytes that a process may fill: its GPU's, or its share of what is free of the machine's."""
    import psutil
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory)
    return int(psutil.virtual_memory().available) // processes


def operations(sizes: Sizes, rows: RowSizes, epochs: float, rank: int, *, checkpointing: bool) -> float:
    """Floating-point operations of a run.

    Two for each weight and token in the forward pass and, as frozen weights have no gradient of their own, two in the
    backward pass, after Kaplan et al. 2020 (arXiv 2001.08361, section 2.1), who also show that attention's own products
    do not count at rows so short; six for LoRA's. The head is computed twice, the tower once and forward only.
    """
    token = (6 if checkpointing else 4) * sizes.decoder + 6 * sizes.adapter(rank) + 6 * sizes.vocabulary * sizes.hidden
    return epochs * (rows.tokens * token + rows.patches * 2.0 * sizes.vision)


def _count(weight: Any) -> int:
    """Parameters of a weight; one packed to 4 bits knows how many it stands for."""
    state = getattr(weight, "quant_state", None)
    return int(state.shape.numel()) if state is not None else int(weight.numel())
