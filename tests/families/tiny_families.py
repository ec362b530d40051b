"""A tiny model of each family: random weights in the real classes, the real processor, a tokenizer of the texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedTokenizerFast

from tests.families.tiny_parts import (
    INTERNVL,
    LLAVA_ONEVISION,
    TOWER,
    WIDTH,
    Tiny,
    decoder_sizes,
    make_tokenizer,
    read_template,
)


def _qwen(texts: Sequence[str], template: str) -> tuple[PreTrainedTokenizerFast, Any, dict[str, int], dict[str, Any]]:
    """(tokenizer, processor, ids of the image tokens, vision configuration) that both generations share."""
    from transformers import Qwen2VLImageProcessor, Qwen3VLProcessor, Qwen3VLVideoProcessor

    special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
    pads = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    tokenizer = make_tokenizer(texts, [*special, *pads], eos="<|im_end|>", pad="<|endoftext|>")
    processor = Qwen3VLProcessor(
        Qwen2VLImageProcessor(patch_size=16, image_mean=[0.5] * 3, image_std=[0.5] * 3),
        tokenizer,
        Qwen3VLVideoProcessor(patch_size=16),
        chat_template=read_template(template),
    )
    names = ("vision_start_token_id", "vision_end_token_id", "image_token_id", "video_token_id")
    ids = dict(zip(names, tokenizer.convert_tokens_to_ids(list(pads)), strict=True))
    vision = {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": WIDTH}
    return tokenizer, processor, ids, {**vision, "num_position_embeddings": 64}


def _qwen3_5(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import Qwen3_5Config, Qwen3_5ForConditionalGeneration

    tokenizer, processor, ids, vision = _qwen(texts, "qwen3_5_nothink")
    text = decoder_sizes(
        tokenizer,
        layer_types=["linear_attention", "full_attention"],
        linear_key_head_dim=16,
        linear_value_head_dim=32,
        linear_num_key_heads=2,
        linear_num_value_heads=2,
        rope_parameters={
            "rope_type": "default",
            "rope_theta": 10_000.0,
            "partial_rotary_factor": 0.5,
            "mrope_section": [2, 3, 3],
            "mrope_interleaved": True,
        },
    )
    config = Qwen3_5Config(text_config=text, vision_config=vision, tie_word_embeddings=True, **ids)
    return Qwen3_5ForConditionalGeneration(config), processor


def _qwen3_vl(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    tokenizer, processor, ids, vision = _qwen(texts, "qwen3_vl")
    rope = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 6, 6], "mrope_interleaved": True}
    config = Qwen3VLConfig(
        text_config=decoder_sizes(tokenizer, rope_parameters=rope),
        vision_config={**vision, "deepstack_visual_indexes": [0]},
        tie_word_embeddings=True,
        **ids,
    )
    return Qwen3VLForConditionalGeneration(config), processor


_IDEFICS3_IMAGE = {"size": {"longest_edge": 512}, "max_image_size": {"longest_edge": 128}}


def _idefics3_sizes(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    return {
        "text_config": decoder_sizes(tokenizer, model_type="llama"),
        "vision_config": {**TOWER, "image_size": 128, "patch_size": 16},
        "image_token_id": tokenizer.convert_tokens_to_ids("<image>"),
        "tie_word_embeddings": True,
        "scale_factor": 2,
    }


def _smolvlm(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    special = ("<|im_start|>", "<end_of_utterance>", "<pad>", "<fake_token_around_image>", "<global-img>")
    tokenizer = make_tokenizer(
        texts, [*special, "<image>", "<video>"], bos="<|im_start|>", eos="<end_of_utterance>", pad="<pad>"
    )
    edge = {"longest_edge": 128}
    processor = SmolVLMProcessor(
        SmolVLMImageProcessor(**_IDEFICS3_IMAGE),
        tokenizer,
        SmolVLMVideoProcessor(size=edge, max_image_size=edge, video_sampling={"max_frames": 2, "fps": 1}),
        image_seq_len=16,
        chat_template=read_template("smolvlm"),
    )
    return SmolVLMForConditionalGeneration(SmolVLMConfig(**_idefics3_sizes(tokenizer))), processor


def _idefics3(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import Idefics3Config, Idefics3ForConditionalGeneration, Idefics3ImageProcessor, Idefics3Processor

    special = ("<|begin_of_text|>", "<end_of_utterance>", "<pad>", "<fake_token_around_image>", "<global-img>")
    tokenizer = make_tokenizer(
        texts, [*special, "<image>"], bos="<|begin_of_text|>", eos="<end_of_utterance>", pad="<pad>"
    )
    processor = Idefics3Processor(
        Idefics3ImageProcessor(**_IDEFICS3_IMAGE), tokenizer, image_seq_len=16, chat_template=read_template("idefics3")
    )
    return Idefics3ForConditionalGeneration(Idefics3Config(**_idefics3_sizes(tokenizer))), processor


def _gemma3(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration, Gemma3ImageProcessor, Gemma3Processor

    tokenizer = make_tokenizer(
        texts,
        ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>"],
        bos="<bos>",
        eos="<end_of_turn>",
        pad="<pad>",
        boi_token="<start_of_image>",
        eoi_token="<end_of_image>",
        image_token="<image_soft_token>",
    )
    processor = Gemma3Processor(
        Gemma3ImageProcessor(
            size={"height": 128, "width": 128}, image_mean=[0.5] * 3, image_std=[0.5] * 3, do_convert_rgb=None
        ),
        tokenizer,
        image_seq_length=16,
        chat_template=read_template("gemma3"),
    )
    config = Gemma3Config(
        text_config=decoder_sizes(
            tokenizer, layer_types=["sliding_attention", "full_attention"], query_pre_attn_scalar=32, sliding_window=64
        ),
        vision_config={**TOWER, "image_size": 128, "patch_size": 16, "vision_use_head": False},
        mm_tokens_per_image=16,
        boi_token_index=tokenizer.convert_tokens_to_ids("<start_of_image>"),
        eoi_token_index=tokenizer.convert_tokens_to_ids("<end_of_image>"),
        image_token_index=tokenizer.convert_tokens_to_ids("<image_soft_token>"),
    )
    model = Gemma3ForConditionalGeneration(config)
    # Words enter this decoder eight times enlarged: what it sees has to be as loud to be learnt within a few steps.
    layers = model.model.language_model.layers
    seen = [model.model.multi_modal_projector.mm_soft_emb_norm, *(layer.post_attention_layernorm for layer in layers)]
    for norm in seen:
        norm.weight.data.fill_(12)
    return model, processor


def _gemma4(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import (
        Gemma4AudioFeatureExtractor,
        Gemma4Config,
        Gemma4ForConditionalGeneration,
        Gemma4ImageProcessor,
        Gemma4Processor,
        Gemma4VideoProcessor,
    )

    named = {
        "image_token": "<|image|>",
        "boi_token": "<|image>",
        "eoi_token": "<image|>",
        "audio_token": "<|audio|>",
        "boa_token": "<|audio>",
        "eoa_token": "<audio|>",
    }
    tokenizer = make_tokenizer(
        texts,
        ["<pad>", "<eos>", "<bos>", "<|turn>", "<turn|>", "<|think|>", "<|channel>", "<channel|>", "<|video|>"],
        bos="<bos>",
        eos="<turn|>",
        pad="<pad>",
        **named,
    )
    patches = {"patch_size": 6, "pooling_kernel_size": 2}
    processor = Gemma4Processor(
        Gemma4AudioFeatureExtractor(),
        Gemma4ImageProcessor(**patches),
        tokenizer,
        Gemma4VideoProcessor(),
        chat_template=read_template("gemma4_v5"),
    )
    ids = {f"{name}_id": tokenizer.convert_tokens_to_ids(token) for name, token in named.items()}
    config = Gemma4Config(
        text_config=decoder_sizes(
            tokenizer,
            layer_types=["sliding_attention", "full_attention"],
            global_head_dim=32,
            sliding_window=64,
            vocab_size_per_layer_input=len(tokenizer),
            hidden_size_per_layer_input=WIDTH,
            use_bidirectional_attention="vision",
        ),
        vision_config={
            **TOWER,
            **patches,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "use_clipped_linears": True,
            "position_embedding_size": 64,
        },
        audio_config=None,
        video_token_id=tokenizer.convert_tokens_to_ids("<|video|>"),
        **ids,
    )
    return Gemma4ForConditionalGeneration(config), processor


def _llava_onevision(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessor,
        LlavaOnevisionProcessor,
        LlavaOnevisionVideoProcessor,
    )

    special = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>")
    tokenizer = make_tokenizer(texts, special, eos="<|im_end|>", pad="<|endoftext|>")
    grid = [[128 * rows, 128 * columns] for rows in (1, 2) for columns in (1, 2)]
    size = {"height": 128, "width": 128}
    processor = LlavaOnevisionProcessor(
        LlavaOnevisionImageProcessor(size=size, image_grid_pinpoints=grid),
        tokenizer,
        LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=LLAVA_ONEVISION,
    )
    config = LlavaOnevisionConfig(
        text_config=decoder_sizes(tokenizer, model_type="qwen2", tie_word_embeddings=True),
        vision_config={
            **TOWER,
            "model_type": "siglip_vision_model",
            "image_size": 128,
            "patch_size": 32,
            "vision_use_head": False,
        },
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=grid,
        tie_word_embeddings=True,
    )
    return LlavaOnevisionForConditionalGeneration(config), processor


def _internvl(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
    )

    tokenizer = make_tokenizer(
        texts,
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        eos="<|im_end|>",
        pad="<|endoftext|>",
        start_image_token="<img>",
        end_image_token="</img>",
        context_image_token="<IMG_CONTEXT>",
        video_token="<video>",
    )
    size = {"height": 128, "width": 128}
    processor = InternVLProcessor(
        GotOcr2ImageProcessor(size=size),
        tokenizer,
        InternVLVideoProcessor(size=size),
        image_seq_length=16,
        chat_template=INTERNVL,
    )
    config = InternVLConfig(
        text_config=decoder_sizes(tokenizer, model_type="qwen2", tie_word_embeddings=True),
        vision_config={**TOWER, "image_size": [128, 128], "patch_size": [16, 16]},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=16,
    )
    return InternVLForConditionalGeneration(config), processor


def _lfm2_vl(texts: Sequence[str]) -> tuple[Any, Any]:
    from transformers import Lfm2VlConfig, Lfm2VlForConditionalGeneration, Lfm2VlImageProcessor, Lfm2VlProcessor

    tokenizer = make_tokenizer(
        texts,
        ["<|pad|>", "<|startoftext|>", "<|im_start|>", "<|im_end|>", "<image>"],
        bos="<|startoftext|>",
        eos="<|im_end|>",
        pad="<|pad|>",
        image_start_token="<|image_start|>",
        image_end_token="<|image_end|>",
        image_thumbnail_token="<|img_thumbnail|>",
    )
    processor = Lfm2VlProcessor(
        Lfm2VlImageProcessor(encoder_patch_size=16, tile_size=64, min_image_tokens=4, max_image_tokens=16),
        tokenizer,
        chat_template=read_template("lfm2_2_5_vl"),
    )
    config = Lfm2VlConfig(
        text_config=decoder_sizes(
            tokenizer, model_type="lfm2", layer_types=["conv", "full_attention"], block_auto_adjust_ff_dim=False
        ),
        vision_config={
            **TOWER,
            "model_type": "siglip2_vision_model",
            "patch_size": 16,
            "num_patches": 64,
            "vision_use_head": False,
        },
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        projector_hidden_size=WIDTH,
    )
    return Lfm2VlForConditionalGeneration(config), processor


TINY = {
    "qwen3_5": Tiny(_qwen3_5, 128, 16, 16, "", "<|im_end|>\n"),
    "qwen3_vl": Tiny(_qwen3_vl, 128, 16, 16, "", "<|im_end|>\n"),
    "smolvlm": Tiny(_smolvlm, 128, 16, 16, " ", "<end_of_utterance>\n"),
    "idefics3": Tiny(_idefics3, 128, 16, 16, " ", "<end_of_utterance>\n"),
    "gemma3": Tiny(_gemma3, 128, 16, 16, "", "<end_of_turn>\n", steps=100),
    "gemma4": Tiny(_gemma4, 132, 121, 121, "", "<turn|>\n"),
    # Alone, a figure is read twice: as a whole and as its own only tile, with a token at the end of each row of that.
    "llava_onevision": Tiny(_llava_onevision, 128, 16 + 16 + 4, 16 + 1, "", "<|im_end|>"),
    "internvl": Tiny(_internvl, 128, 16, 16, "", "<|im_end|>\n"),
    "lfm2_vl": Tiny(_lfm2_vl, 128, 16, 16, "", "<|im_end|>\n"),
}
