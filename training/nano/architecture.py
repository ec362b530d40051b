"""nichelens-nano: a small vision-language model in the standard Idefics3 layout, with its own tokenizer.

A SigLIP-style tower reads a 128-pixel figure as 64 patches, a pixel shuffle packs them into 16 image tokens, and a
small Llama decoder answers. Nothing here is a custom class: a saved folder opens with `AutoModelForImageTextToText`
and `AutoProcessor` of plain `transformers`.

    model, processor = build_nano(NanoConfig(), texts)      # fresh float32 weights, tokenizer learnt from the texts
    save_nano(model, processor, folder)                     # bfloat16 safetensors, tokenizer, chat template
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from data_prep.errors import NicheLensError
from inference.model.loader import load_base

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

# An answer is scored by the probability of these words as its first token, so each must be one token.
ANSWER_WORDS = ("Yes", "No")
ANSWER_WORD_COUNT = 1000  # how often each is shown to the tokenizer's trainer: enough that their merges come early

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


@dataclass(frozen=True)
class NanoConfig:
    """Sizes of the model. `image_size` is that of the figures, so that no pixel is ever resampled.

    Attributes:
        image_size: side of the square image in pixels.
        patch_size: side of a patch in pixels.
        scale_factor: side, in patches, of the square that becomes one image token.
        vision_hidden: width of the tower.
        vision_layers: layers of the tower.
        vision_heads: attention heads of the tower.
        vision_intermediate: width of the tower's feed-forward layers.
        text_hidden: width of the decoder.
        text_layers: layers of the decoder.
        text_heads: attention heads of the decoder.
        text_intermediate: width of the decoder's gated feed-forward layers.
        vocab_size: most tokens the tokenizer may learn; fewer when the texts hold fewer.
        max_positions: longest sequence in tokens.
    """

    image_size: int = 128
    patch_size: int = 16
    scale_factor: int = 2
    vision_hidden: int = 256
    vision_layers: int = 6
    vision_heads: int = 4
    vision_intermediate: int = 1024
    text_hidden: int = 256
    text_layers: int = 6
    text_heads: int = 4
    text_intermediate: int = 704
    vocab_size: int = 1024
    max_positions: int = 2048

    @classmethod
    def tiny(cls) -> NanoConfig:
        """A model of about 80 thousand parameters that reads the same images, for tests."""
        return cls(
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
        """Patches along one side of the image."""
        return self.image_size // self.patch_size

    @property
    def image_tokens(self) -> int:
        """Decoder tokens that stand for one image (its two edge tokens and its start token not counted)."""
        return (self.patches_per_side // self.scale_factor) ** 2


def build_nano(
    config: NanoConfig, texts: Iterable[str], seed: int = 0
) -> tuple[Idefics3ForConditionalGeneration, Idefics3Processor]:
    """Build a model with fresh float32 weights and the processor that feeds it.

    Args:
        config: sizes of the model.
        texts: prompts and completions from which the tokenizer learns its merges.
        seed: seed of the weights; the caller's random state is left as it was.

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
    """Learn a byte-level BPE tokenizer: every text encodes and decodes without loss, seen words in few tokens.

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
        # Every conversation begins with a user turn, so its marker does the work of a beginning-of-sequence token.
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
    """Pair the tokenizer with an image processor that only scales 0..255 to -1..1: no splitting, no resampling.

    An image that is not `config.image_size` square is resized to it, because the tower knows no other size.
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
    """Write the model as bfloat16 safetensors, with everything `from_pretrained(folder)` needs offline.

    The model given is left as it is; the files hold a rounded copy.
    """
    import copy

    import torch

    copy.deepcopy(model).to(torch.bfloat16).eval().save_pretrained(folder)
    processor.save_pretrained(folder)


def open_nano(folder: Path) -> tuple[Idefics3ForConditionalGeneration, Idefics3Processor]:
    """Opens what ``save_nano`` wrote, in float32 and in training mode, to be trained on.

    Raises:
        NicheLensError: no such folder, no whole model in it, or another kind of model.
    """
    import torch

    base = load_base(folder, dtype=torch.float32)
    kind = base.model.config.model_type
    if kind != "idefics3":
        message = f"{folder}: a {kind}, which training.pretrain does not know; adapt it with training.sft"
        raise NicheLensError(message)
    return base.model.train(), base.processor


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
            # The exact form: the usual approximation by tanh is slower on a CPU.
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
        max_new_tokens=128,
    )


def _initialise(model: Idefics3ForConditionalGeneration) -> None:
    """Draw every weight at a scale that suits the model's width.

    `transformers` draws all weights with one standard deviation of 0.02, meant for widths near 1000. Here a linear
    layer gets 1/sqrt(its inputs), so that signals keep their size from layer to layer; the layers that write into the
    residual stream are divided by sqrt(2 x layers), as in GPT-2; and the tower's positions start as two-dimensional
    sines and cosines, so that neighbouring patches are near each other from the first step.
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
        # Image tokens enter the decoder at the size of word embeddings: neither drowns the other.
        projection = model.model.connector.modality_projection.proj
        nn.init.normal_(projection.weight, std=0.05 * projection.in_features**-0.5)


def _sine_positions(side: int, width: int) -> torch.Tensor:
    """Sines and cosines of row and column at `width / 4` wavelengths: (side * side, width), values in -0.5..0.5."""
    import torch

    steps = torch.arange(side, dtype=torch.float32)
    quarter = width // 4
    # Wavelengths from four patches to about four times the image: shorter ones would alias, longer ones are constant.
    frequencies = torch.logspace(math.log10(math.pi / 2), math.log10(math.pi / (2 * side)), quarter)
    angles = steps[:, None] * frequencies
    axis = torch.cat([angles.sin(), angles.cos()], dim=1)  # (side, width / 2)
    rows = axis[:, None, :].expand(side, side, -1)
    columns = axis[None, :, :].expand(side, side, -1)
    return 0.5 * torch.cat([rows, columns], dim=2).reshape(side * side, width)
