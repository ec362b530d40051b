"""nichelens-nano: a small vision-language model in the standard Idefics3 layout, with its own tokenizer.

A narrow SigLIP-style tower reads a 128-pixel figure as 256 patches. A pixel shuffle packs each square of 4 x 4 patches
into one of 16 image tokens. A shallow Llama decoder writes the answer: "Yes." or "No.". The defaults of `NanoConfig`
are the bundled base; docs/nano.md compares it with other designs. There are no custom classes:
`AutoModelForImageTextToText` and `AutoProcessor` of plain `transformers` open a saved folder.

    model, processor = build_nano(NanoConfig(), texts)      # random float32 weights, tokenizer of the texts
    save_nano(model, processor, folder)                     # bfloat16 safetensors, tokenizer, chat template
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    import torch
    from transformers import (
        GenerationConfig,
        Idefics3Config,
        Idefics3ForConditionalGeneration,
        Idefics3Processor,
        PreTrainedTokenizerFast,
    )

PAD, IMAGE, IMAGE_EDGE, IMAGE_START = "<pad>", "<image>", "<fake_token_around_image>", "<global-img>"
END_OF_TURN = "<end_of_utterance>"
SYSTEM, USER, ASSISTANT = "<system>", "<user>", "<assistant>"
SPECIAL_TOKENS = (PAD, END_OF_TURN, USER, ASSISTANT, SYSTEM, IMAGE, IMAGE_EDGE, IMAGE_START)

# Answers are scored by the probability of these words as the first token, so each must be one token.
ANSWER_WORDS = ("Yes", "No")
ANSWER_WORD_COUNT = 1000  # repeats of each word in the tokenizer's training texts, so that their merges come early

SHARD_SIZE = "15MB"
"""Largest file of weights. Some places, such as a lent GPU machine, pass on no larger ones."""
_SIZES = "Sizes of the model"

CHAT_TEMPLATE = """\
{%- for message in messages -%}
{%- set content = message['content'] -%}
{%- set parts = [{'type': 'text', 'text': content}] if content is string else content -%}
{{- '<' + message['role'] + '>' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}
{%- for part in parts -%}{{- part['text'] -}}{%- endfor -%}
{{- '<end_of_utterance>' -}}
{%- endgeneration -%}
{%- else -%}
{%- for part in parts -%}{{- '<image>' if part['type'] == 'image' else part['text'] -}}{%- endfor -%}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<assistant>' -}}{%- endif -%}
"""


LONGEST_ANSWER = 4
"""Tokens of "Yes." or "No." with its end of turn, at most. The model answers nothing else; by this number
`Engine.writes_prose` knows."""


@dataclass(frozen=True)
class NanoConfig:
    """Sizes of the model."""

    image_size: int = field(
        default=128,
        metadata={
            "group": _SIZES,
            "help": "Side of the square picture in pixels. Figures have this size, so no pixel is resampled.",
        },
    )
    patch_size: int = field(default=8, metadata={"group": _SIZES, "help": "Side of a patch in pixels."})
    scale_factor: int = field(
        default=4, metadata={"group": _SIZES, "help": "Side, in patches, of the square that becomes one image token."}
    )
    vision_hidden: int = field(default=128, metadata={"group": _SIZES, "help": "Width of the vision tower."})
    vision_layers: int = field(default=4, metadata={"group": _SIZES, "help": "Layers of the vision tower."})
    vision_heads: int = field(default=2, metadata={"group": _SIZES, "help": "Attention heads of the vision tower."})
    vision_intermediate: int = field(
        default=512, metadata={"group": _SIZES, "help": "Width of the tower's feed-forward layers."}
    )
    text_hidden: int = field(default=256, metadata={"group": _SIZES, "help": "Width of the decoder."})
    text_layers: int = field(default=4, metadata={"group": _SIZES, "help": "Layers of the decoder."})
    text_heads: int = field(default=4, metadata={"group": _SIZES, "help": "Attention heads of the decoder."})
    text_intermediate: int = field(
        default=704, metadata={"group": _SIZES, "help": "Width of the decoder's gated feed-forward layers."}
    )
    vocab_size: int = field(
        default=1024,
        metadata={
            "group": _SIZES,
            "help": "Most tokens that the tokenizer may learn; it learns fewer when the texts hold fewer.",
        },
    )
    max_positions: int = field(default=2048, metadata={"group": _SIZES, "help": "Longest sequence in tokens."})

    @classmethod
    def tiny(cls) -> NanoConfig:
        """A model of about 80 thousand parameters that reads the same pictures in fewer patches, for tests."""
        return cls(
            patch_size=16,
            scale_factor=2,
            vision_hidden=32,
            vision_layers=2,
            vision_heads=2,
            vision_intermediate=64,
            text_hidden=32,
            text_layers=2,
            text_heads=2,
            text_intermediate=64,
            vocab_size=512,
        )

    @property
    def patches_per_side(self) -> int:
        """Patches along one side of the picture."""
        return self.image_size // self.patch_size

    @property
    def image_tokens(self) -> int:
        """Decoder tokens of one picture, without its two edge tokens and its start token."""
        return (self.patches_per_side // self.scale_factor) ** 2


def build_nano(
    config: NanoConfig, texts: Iterable[str], seed: int = 0
) -> tuple[Idefics3ForConditionalGeneration, Idefics3Processor]:
    """Build a model with random float32 weights, and its processor.

    Args:
        config: sizes of the model.
        texts: prompts and completions from which the tokenizer learns its merges.
        seed: seed of the weights. The caller's random state does not change.

    Returns:
        The model, in training mode on the CPU, and its processor.
    """
    import torch
    from transformers import Idefics3ForConditionalGeneration

    processor = build_processor(config, build_tokenizer(texts, config.vocab_size))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Idefics3ForConditionalGeneration(_model_config(config, processor.tokenizer))
        _initialise(model)
    model.generation_config = _generation_config(processor.tokenizer)
    return model.train(), processor


def build_tokenizer(texts: Iterable[str], vocab_size: int) -> PreTrainedTokenizerFast:
    """Learn a byte-level BPE tokenizer. It encodes every text without loss, and known words in few tokens.

    Raises:
        NicheLensError: `vocab_size` has no room for the byte alphabet, the special tokens and the answer words.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    answers = chain.from_iterable(repeat(word, ANSWER_WORD_COUNT) for word in ANSWER_WORDS)
    tokenizer.train_from_iterator(chain(texts, answers), trainer)
    for word in ANSWER_WORDS:
        if len(tokenizer.encode(ASSISTANT + word + ".").ids) != 3:
            message = f"vocab_size {vocab_size}: {word!r} is not one token at the start of an answer; use at least 320"
            raise NicheLensError(message)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        # Every conversation begins with a user turn, so its marker serves as the beginning-of-sequence token.
        bos_token=USER,
        eos_token=END_OF_TURN,
        pad_token=PAD,
        extra_special_tokens=[token for token in SPECIAL_TOKENS if token not in (USER, END_OF_TURN, PAD)],
        clean_up_tokenization_spaces=False,
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=NanoConfig.max_positions,
        padding_side="left",
    )


def build_processor(config: NanoConfig, tokenizer: PreTrainedTokenizerFast) -> Idefics3Processor:
    """Pair the tokenizer with an image processor that scales 0..255 to -1..1, without splitting or resampling.

    A picture of another size is resized to `config.image_size`, because the tower reads no other size.
    """
    from transformers import Idefics3Processor
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil

    image_processor = Idefics3ImageProcessorPil(
        do_resize=False,
        do_image_splitting=False,
        size={"longest_edge": config.image_size},
        max_image_size={"longest_edge": config.image_size},
    )
    return Idefics3Processor(image_processor, tokenizer, image_seq_len=config.image_tokens, chat_template=CHAT_TEMPLATE)


def save_nano(model: Idefics3ForConditionalGeneration, processor: Idefics3Processor, folder: Path) -> None:
    """Write the model as bfloat16 safetensors, with everything that `from_pretrained(folder)` needs offline.

    The model in memory does not change; the files hold a rounded copy.
    """
    import copy

    import torch

    copy.deepcopy(model).to(torch.bfloat16).eval().save_pretrained(folder, max_shard_size=SHARD_SIZE)
    processor.save_pretrained(folder)


def _model_config(config: NanoConfig, tokenizer: PreTrainedTokenizerFast) -> Idefics3Config:
    from transformers import Idefics3Config

    tokens = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return Idefics3Config(
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        scale_factor=config.scale_factor,
        tie_word_embeddings=True,
        vision_config={
            "hidden_size": config.vision_hidden,
            "intermediate_size": config.vision_intermediate,
            "num_hidden_layers": config.vision_layers,
            "num_attention_heads": config.vision_heads,
            "image_size": config.image_size,
            "patch_size": config.patch_size,
            # The exact form is faster on a CPU than the usual approximation by tanh.
            "hidden_act": "gelu",
        },
        text_config={
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "hidden_size": config.text_hidden,
            "intermediate_size": config.text_intermediate,
            "num_hidden_layers": config.text_layers,
            "num_attention_heads": config.text_heads,
            "num_key_value_heads": config.text_heads,
            "head_dim": config.text_hidden // config.text_heads,
            "max_position_embeddings": config.max_positions,
            "rms_norm_eps": 1e-5,
            "tie_word_embeddings": True,
            **tokens,
        },
        attn_implementation="sdpa",
        **tokens,
    )


def _generation_config(tokenizer: PreTrainedTokenizerFast) -> GenerationConfig:
    from transformers import GenerationConfig

    return GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        do_sample=False,
        max_new_tokens=LONGEST_ANSWER,
    )


def _initialise(model: Idefics3ForConditionalGeneration) -> None:
    """Draw every weight at a scale that suits the model's width.

    `transformers` draws all weights with a standard deviation of 0.02, which suits widths near 1000. Here the standard
    deviation of a linear layer is 1/sqrt(inputs), so that signals keep their size from layer to layer. It is divided by
    sqrt(2 x layers) for the layers that write into the residual stream, as in GPT-2. The tower's positions start as
    two-dimensional sines and cosines, so that neighbouring patches have similar positions from the first step.
    """
    import torch
    from torch import nn

    tower, decoder = model.model.vision_model, model.model.text_model
    with torch.no_grad():
        for stack, layers, writers in (
            (tower, len(tower.encoder.layers), ("out_proj", "fc2")),
            (decoder, len(decoder.layers), ("o_proj", "down_proj")),
        ):
            for name, module in stack.named_modules():
                if isinstance(module, nn.Linear):
                    std = module.in_features**-0.5
                    if name.endswith(writers):
                        std /= math.sqrt(2 * layers)
                    nn.init.normal_(module.weight, std=std)
        patches = tower.embeddings.patch_embedding
        nn.init.normal_(patches.weight, std=patches.weight[0].numel() ** -0.5)
        tower.embeddings.position_embedding.weight.copy_(
            _sine_positions(tower.embeddings.num_patches_per_side, tower.embeddings.embed_dim)
        )
        nn.init.normal_(decoder.embed_tokens.weight, std=0.05)
        # Image tokens enter the decoder at the scale of word embeddings, so that neither dominates.
        projection = model.model.connector.modality_projection.proj
        nn.init.normal_(projection.weight, std=0.05 * projection.in_features**-0.5)


def _sine_positions(side: int, width: int) -> torch.Tensor:
    """Sines and cosines of row and column at `width / 4` wavelengths: (side * side, width), values in -0.5..0.5."""
    import torch

    steps = torch.arange(side, dtype=torch.float32)
    quarter = width // 4
    # Wavelengths from four patches to about four pictures; shorter ones would alias, and longer ones are constant.
    frequencies = torch.logspace(math.log10(math.pi / 2), math.log10(math.pi / (2 * side)), quarter)
    angles = steps[:, None] * frequencies
    axis = torch.cat([angles.sin(), angles.cos()], dim=1)  # (side, width / 2)
    rows = axis[:, None, :].expand(side, side, -1)
    columns = axis[None, :, :].expand(side, side, -1)
    return 0.5 * torch.cat([rows, columns], dim=2).reshape(side * side, width)
