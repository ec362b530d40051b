"""Estimates what a fine-tuning run needs, from the architecture alone: parameters, memory by part and operations.

No weight is loaded: a model on torch's `meta` device gives every size. Parameters, weights, adapter, gradients and
optimiser are counted exactly; activations are estimated (`ModelSizes.layer_bytes`). `nichelens plan` prints the
estimate, and `training.sft` decides on activation checkpointing by it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from inference.model.decoder import decoder_linears, decoder_name
from training.adapter.settings import BatchSplit, SftSettings
from training.adapter.training_rows import RowSizes
from training.product_precision import uses_bf16

if TYPE_CHECKING:
    from torch import nn
    from transformers import PretrainedConfig

logger = logging.getLogger(__name__)
GIB = 2**30
PEAK_TFLOPS = 989.0
"""Dense bf16 products of an H100 SXM, in 1e12 operations a second, by its data sheet; an A100 has 312."""
MFU = 0.3
"""Share of the peak that training reaches (model FLOPs utilisation). LLaMA 3 was pretrained at 0.38 to 0.43
(arXiv 2407.21783, table 4). Short rows, LoRA's thin matrices and pictures that are drawn during training cost more.
Measure ten steps and pass --mfu."""
USABLE_SHARE = 0.9
"""Share of a device's memory that an estimate may fill. The rest is for fragments and for what the estimate misses."""
RUNTIME_BYTES = 1 * GIB
"""Memory of CUDA's context and of the workspaces of its libraries on a GPU. A CPU needs none."""
_LOGIT_TILE = (4096, 32768)
"""Tokens and vocabulary entries whose logits TRL's fused head holds at once."""
_NF4_BLOCK, _NF4_OUTER = 64, 256
"""Weights that share a scale, and scales that share a scale, in bitsandbytes' double quantisation."""
_DELTA_CHUNK = 64
"""Tokens that `transformers` processes at once in linear attention. It pads each row to a multiple."""


@dataclass(frozen=True)
class LinearAttention:
    """Sizes of gated delta rules (Yang et al. 2024, arXiv 2412.06464), the linear attention of Qwen3-Next and Qwen3.5.

    Attributes:
        layers: layers of the decoder that have it instead of attention.
        channels: value channels of a layer, over all heads. Queries and keys are repeated to as many.
        convolved: channels of its short convolution: queries, keys and values.
        state: numbers in the recurrent state of a layer, over all heads.
    """

    layers: int
    channels: int
    convolved: int
    state: int

    def token_bytes(self, *, bf16: bool) -> float:
        """Bytes that a layer keeps of each token for the backward pass, besides `ModelSizes.layer_bytes`.

        This is what the delta rule of `transformers` keeps in plain PyTorch; the kernels of `flash-linear-attention`
        keep less. It works in float32 on chunks of tokens, and autograd keeps each step: queries, keys and values
        before and after each scaling, the solutions of a triangular system, two matrices of each chunk, and the
        recurrent state after each chunk. With bf16 products, each product also keeps bf16 copies of its factors. The
        numbers were counted with autograd's saved-tensor hooks in transformers 5.23, and a test counts them again.
        """
        states = self.state / _DELTA_CHUNK
        if not bf16:
            return 4 * (18 * self.channels + 2 * states + 2 * self.convolved)
        return 4 * (12 * self.channels + states) + 2 * (10.5 * self.channels + 2 * states + self.convolved)


@dataclass(frozen=True)
class ModelSizes:
    """Sizes of a model, all exact.

    Attributes:
        total: parameters; those that share memory are counted once.
        decoder: parameters of the language model without its word embeddings.
        vision: parameters outside the language model: vision tower and projector.
        linears: (inputs, outputs) of each linear layer of the decoder.
        layers: layers of the decoder.
        hidden: width of the decoder.
        feed_forward: width of its feed-forward layers.
        vocabulary: size of the vocabulary.
        vision_hidden: width of the vision tower; 0 where its configuration does not give it.
        linear_attention: sizes of the decoder's linear attention; None where it has none.
    """

    total: int
    decoder: int
    vision: int
    linears: tuple[tuple[int, int], ...]
    layers: int
    hidden: int
    feed_forward: int
    vocabulary: int
    vision_hidden: int
    linear_attention: LinearAttention | None = None

    def adapter(self, rank: int) -> int:
        """Parameters of LoRA of this rank on every linear layer of the decoder: two thin matrices each."""
        return sum(rank * (inputs + outputs) for inputs, outputs in self.linears)

    def weight_bytes(self, each: int, *, four_bit: bool) -> int:
        """Bytes of the frozen weights: `each` bytes per parameter, or nf4 for the decoder's linear layers."""
        if not four_bit:
            return self.total * each
        packed = [inputs * outputs for inputs, outputs in self.linears]
        scales = [ceil(n / _NF4_BLOCK) for n in packed]
        packed_bytes = sum(n // 2 for n in packed) + sum(n + 4 * ceil(n / _NF4_OUTER) for n in scales)
        return (self.total - sum(packed)) * each + packed_bytes

    def layer_bytes(self, *, bf16: bool) -> float:
        """Bytes that a decoder layer keeps of each token for the backward pass, averaged over the layers.

        The sum follows Korthikanti et al. 2022 (arXiv 2205.05198, section 4.1), who add up what each operation keeps.
        It is adapted to LoRA on frozen weights and to attention that does not keep its scores (section 5 there):

        - the output of every linear layer except the two that are added to the residual stream;
        - the output of attention, and the activated half of the feed-forward layer;
        - the inputs of the two norms, in float32;
        - the inputs of the linear layers, which LoRA's gradient needs. With bf16 products each layer has its own copy;
          otherwise layers with the same input share it.

        Linear attention keeps more: `LinearAttention.token_bytes`.
        """
        inputs = sum(inputs for inputs, _ in self.linears) / self.layers
        outputs = sum(outputs for _, outputs in self.linears) / self.layers
        copies = inputs if bf16 else 2 * self.hidden + self.feed_forward
        return (2 if bf16 else 4) * (copies + outputs - self.hidden + self.feed_forward) + 2 * 4 * self.hidden


@dataclass(frozen=True)
class DeviceLoad:
    """What a device holds during a training step.

    Attributes:
        batch: number of examples.
        tokens: tokens of the longest example.
        patches: patches of all pictures of one example.
        on_gpu: whether weights are in bf16, as on a GPU, or in float32.
        bf16: whether matrix products are in bf16.
        four_bit: whether the decoder's frozen weights are in nf4.
        rank: rank of the LoRA updates.
    """

    batch: int
    tokens: int
    patches: int = 0
    on_gpu: bool = True
    bf16: bool = True
    four_bit: bool = False
    rank: int = 16


def measure_model(model: nn.Module) -> ModelSizes:
    """The sizes of a model, with or without weights, before LoRA is added.

    Raises:
        NicheLensError: the model has no separate decoder.
    """
    config = model.config.get_text_config()
    decoder = model.get_submodule(decoder_name(model))
    words = {id(weight) for weight in model.get_input_embeddings().parameters()}
    words |= {id(weight) for weight in model.get_output_embeddings().parameters()}
    inside = {id(weight): _count(weight) for weight in decoder.parameters() if id(weight) not in words}
    every = {id(weight): _count(weight) for weight in model.parameters()}
    linears = [model.get_submodule(name) for name in decoder_linears(model)]
    vision = getattr(model.config, "vision_config", None)
    widest_input = max(layer.in_features for layer in linears)
    return ModelSizes(
        total=sum(every.values()),
        decoder=sum(inside.values()),
        vision=sum(n for key, n in every.items() if key not in inside and key not in words),
        linears=tuple((layer.in_features, layer.out_features) for layer in linears),
        layers=int(config.num_hidden_layers),
        hidden=int(config.hidden_size),
        feed_forward=max(widest_input, int(getattr(config, "intermediate_size", 0) or 0)),
        vocabulary=int(config.vocab_size),
        vision_hidden=int(getattr(vision, "hidden_size", 0) or 0),
        linear_attention=_measure_linear_attention(config),
    )


def _measure_linear_attention(config: PretrainedConfig) -> LinearAttention | None:
    """Sizes of the linear attention in the configuration of a decoder."""
    layers = list(getattr(config, "layer_types", None) or ()).count("linear_attention")
    if not layers or not hasattr(config, "linear_num_value_heads"):
        return None
    channels = config.linear_num_value_heads * config.linear_value_head_dim
    return LinearAttention(
        layers=layers,
        channels=channels,
        convolved=channels + 2 * config.linear_num_key_heads * config.linear_key_head_dim,
        state=channels * config.linear_key_head_dim,
    )


def estimate_memory(sizes: ModelSizes, load: DeviceLoad, *, checkpointing: bool) -> dict[str, int]:
    """Bytes at the peak of a training step on one device, by part.

    The peak is at the start of the backward pass. It holds everything that the forward pass kept, and the gradients
    inside one feed-forward layer. With checkpointing a layer keeps only its input, and
    one layer at a time is recomputed.
    """
    adapter = sizes.adapter(load.rank)
    # TRL holds LoRA in bf16 on a quantised base; AdamW's two averages have the type of the weights.
    trained = 2 if load.four_bit else 4
    each = 2 if load.bf16 else 4
    tokens = load.batch * load.tokens
    layer = sizes.layer_bytes(bf16=load.bf16)
    kept = sizes.layers * each * sizes.hidden + layer if checkpointing else sizes.layers * layer
    kept += each * (2 * sizes.feed_forward + sizes.hidden)
    linear = 0.0
    if sizes.linear_attention:
        padded = load.batch * _DELTA_CHUNK * ceil(load.tokens / _DELTA_CHUNK)
        at_once = 1 if checkpointing else sizes.linear_attention.layers
        linear = padded * at_once * sizes.linear_attention.token_bytes(bf16=load.bf16)
    vision = load.batch * load.patches * each * 16 * sizes.vision_hidden  # one layer of the tower, which keeps nothing
    rows, words = min(tokens, _LOGIT_TILE[0]), min(sizes.vocabulary, _LOGIT_TILE[1])
    tiles = each if load.on_gpu else each + 5 * 4  # without Triton a tile is processed in float32
    unpacked = 2 * max(inputs * outputs for inputs, outputs in sizes.linears) if load.four_bit else 0
    return {
        "weights": sizes.weight_bytes(2 if load.on_gpu else 4, four_bit=load.four_bit) + unpacked,
        "adapter": adapter * trained,
        "gradients": adapter * trained,
        "optimiser": 2 * adapter * trained,
        "activations": int(tokens * kept + linear + vision),
        "logits": rows * words * tiles + tokens * sizes.hidden * 8,
        "runtime": RUNTIME_BYTES if load.on_gpu else 0,
    }


def shard_memory(parts: Mapping[str, int], sizes: ModelSizes, gpus: int) -> dict[str, int]:
    """Memory of each GPU when FSDP or ZeRO-3 shards weights, gradients and optimiser; two layers are gathered at once.

    Args:
        parts: of `estimate_memory`, for one device that holds everything.
        sizes: of the model.
        gpus: over which the model is sharded.
    """
    gathered = 2 * parts["weights"] // sizes.total * sizes.decoder // sizes.layers
    sharded = {name: parts[name] // gpus for name in ("weights", "adapter", "gradients", "optimiser")}
    return dict(parts) | sharded | {"gathered layers": gathered}


def choose_checkpointing(sizes: ModelSizes, load: DeviceLoad, limit: int) -> tuple[bool, str]:
    """(whether to recompute activations in the backward pass, the reason) for a device of `limit` bytes."""
    kept, recomputed = (sum(estimate_memory(sizes, load, checkpointing=choice).values()) for choice in (False, True))
    if kept <= USABLE_SHARE * limit:
        return False, f"a step takes about {kept / GIB:.1f} GiB of {limit / GIB:.1f}"
    reason = f"a step would take about {kept / GIB:.1f} GiB of {limit / GIB:.1f}"
    reason += f", and takes {recomputed / GIB:.1f} with it"
    if recomputed > USABLE_SHARE * limit:
        reason += "; that may not fit either: lower per_device_batch_size"
    return True, reason


def decide_checkpointing(settings: SftSettings, model: nn.Module, rows: RowSizes, split: BatchSplit) -> bool:
    """Whether a run recomputes activations: as its setting says, or by the estimate, which is then logged.

    Args:
        settings: of the run.
        model: the loaded base.
        rows: sizes of the training split.
        split: how the batch is split.
    """
    import torch

    if settings.activation_checkpointing != "auto":
        return settings.activation_checkpointing == "always"
    if settings.lora_vision:
        logger.info("activation checkpointing is on: the memory of a vision tower with LoRA is not estimated")
        return True
    on_gpu = torch.cuda.is_available()
    load = DeviceLoad(
        split.held,
        rows.longest,
        rows.most_patches,
        on_gpu=on_gpu,
        bf16=uses_bf16(settings.precision, "cuda" if on_gpu else "cpu"),
        four_bit=settings.load_in_4bit,
        rank=settings.lora_rank,
    )
    recompute, reason = choose_checkpointing(measure_model(model), load, device_memory(split.processes))
    logger.info("activation checkpointing is %s: %s", "on" if recompute else "off", reason)
    return recompute


def device_memory(processes: int) -> int:
    """Bytes that a process may fill: those of its GPU, or its share of the machine's free memory."""
    import psutil
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory)
    return int(psutil.virtual_memory().available) // processes


def count_operations(sizes: ModelSizes, rows: RowSizes, epochs: float, rank: int, *, checkpointing: bool) -> float:
    """Floating-point operations of a run.

    A frozen weight costs two operations per token in the forward pass and two in the backward pass, since it has no
    gradient of its own; a LoRA weight costs six (Kaplan et al. 2020, arXiv 2001.08361, section 2.1, who also show that
    the products inside attention are negligible for short rows). The head is computed twice, the tower once and only
    forward.
    """
    token = (6 if checkpointing else 4) * sizes.decoder + 6 * sizes.adapter(rank) + 6 * sizes.vocabulary * sizes.hidden
    return epochs * (rows.tokens * token + rows.patches * 2.0 * sizes.vision)


def _count(weight: Any) -> int:
    """Parameters of a weight; a weight in 4 bits records how many it holds."""
    state = getattr(weight, "quant_state", None)
    return int(state.shape.numel()) if state is not None else int(weight.numel())
