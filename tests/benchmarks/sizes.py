"""Models of the published sizes with random weights: what a step costs does not depend on what the weights say.

Sizes are those of the configurations on the Hub as they were known when this was written; nothing is fetched.
Tokenizers are learnt from the texts at hand, so a text is a few tokens longer or shorter than with the published ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

_QWEN = {  # what all sizes of Qwen3.5 share
    "vocab_size": 248_320,
    "head_dim": 256,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_num_key_heads": 16,
    "layer_types": ["linear_attention"] * 3 + ["full_attention"],
    "max_position_embeddings": 262_144,
    "rope_parameters": {
        "rope_type": "default",
        "rope_theta": 10_000_000.0,
        "partial_rotary_factor": 0.25,
        "mrope_section": [11, 11, 10],
        "mrope_interleaved": True,
    },
}
_QWEN_VISION = {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16}
_QWEN_VISION_LARGE = {"depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "num_heads": 16}
_QWEN_SIZES = {
    # Qwen/Qwen3.5-2B, -4B, -9B: (width, width of the feed-forward layers, layers, heads, key heads, value heads of
    # linear attention, vision tower)
    "2b": (2048, 6144, 24, 8, 2, 16, _QWEN_VISION),
    "4b": (2560, 9216, 32, 16, 4, 32, _QWEN_VISION),
    "9b": (4096, 12_288, 32, 16, 4, 32, _QWEN_VISION_LARGE),
}
SIZES = ("tiny", "0.5b", *_QWEN_SIZES)
"""`tiny` is the smallest build of the bundled base's own class, 0.5b SmolVLM2-500M, the others are Qwen3.5."""


def figure_size(size: str) -> int:
    """Side in pixels of the figures that a model of a size reads as they are drawn."""
    return {"tiny": 128, "0.5b": 512}.get(size, 448)


def save_sized(size: str, texts: Sequence[str], folder: Path) -> None:
    """Builds a model of a size, in bf16 and on the GPU where there is one, and saves it with its processor.

    Args:
        size: one of `SIZES`.
        texts: what its tokenizer is learnt from.
        folder: where to.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    from training.nano.architecture import NanoConfig, build_nano, save_nano

    torch.manual_seed(0)
    if size == "tiny":
        save_nano(*build_nano(NanoConfig.tiny(), texts), folder)
        return
    config, processor = describe(size, texts)
    dtype = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = AutoModelForImageTextToText.from_config(config, dtype=dtype)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def describe(size: str, texts: Sequence[str]) -> tuple[Any, Any]:
    """(configuration, processor) of a published size."""
    from tests.families.tiny_families import TINY

    small, processor = TINY["smolvlm" if size == "0.5b" else "qwen3_5"].build(texts)
    given = small.config.to_dict()
    ids = {name: value for name, value in given.items() if name.endswith("_token_id")}
    words = {name: given["text_config"][name] for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    if size == "0.5b":
        return _smolvlm(ids, words, processor), processor
    from transformers import Qwen3_5Config

    width, inner, layers, heads, key_heads, linear_heads, vision = _QWEN_SIZES[size]
    text = {
        **_QWEN,
        **words,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": key_heads,
        "linear_num_value_heads": linear_heads,
        "layer_types": _QWEN["layer_types"] * (layers // 4),  # type: ignore[operator]
    }
    tower = {**vision, "out_hidden_size": width, "num_position_embeddings": 2304, "patch_size": 16}
    config = Qwen3_5Config(text_config=text, vision_config=tower, tie_word_embeddings=size != "9b", **ids)
    return config, processor


def _smolvlm(ids: dict[str, int], words: dict[str, int], processor: Any) -> Any:
    from transformers import SmolVLMConfig

    processor.image_seq_len = 64
    processor.image_processor.size = {"longest_edge": 2048}
    processor.image_processor.max_image_size = {"longest_edge": 512}
    text = {
        **words,
        "model_type": "llama",
        "vocab_size": 49_280,
        "hidden_size": 960,
        "intermediate_size": 2560,
        "num_hidden_layers": 32,
        "num_attention_heads": 15,
        "num_key_value_heads": 5,
        "head_dim": 64,
        "max_position_embeddings": 8192,
    }
    tower = {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "image_size": 512,
        "patch_size": 16,
    }
    return SmolVLMConfig(text_config=text, vision_config=tower, scale_factor=4, tie_word_embeddings=False, **ids)
