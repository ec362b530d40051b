"""What `docs/models.md` says of figure sizes and image tokens, with processors set as the published models set them."""

from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from inference.model.families import FAMILIES, Family, family_of, measure_figure
from tests.families.tiny_families import TINY

DOCS = Path(__file__).resolve().parents[2] / "docs" / "models.md"
IDEFICS3_8B = ({"size": {"longest_edge": 1456}, "max_image_size": {"longest_edge": 364}}, {"image_seq_len": 169})
SMOLVLM2_500M = ({"size": {"longest_edge": 2048}, "max_image_size": {"longest_edge": 512}}, {"image_seq_len": 64})
SMOLVLM2_2B = ({"size": {"longest_edge": 1536}, "max_image_size": {"longest_edge": 384}}, {"image_seq_len": 81})
SQUARE_384 = ({"size": {"height": 384, "width": 384}, "image_grid_pinpoints": [[384, 384], [768, 768]]},)
PUBLISHED = [
    ("qwen3_5", {"size": {"shortest_edge": 256 * 256, "longest_edge": 4096 * 4096}}, {}, 448, 196),
    ("qwen3_vl", {"size": {"shortest_edge": 256 * 256, "longest_edge": 4096 * 4096}}, {}, 448, 196),
    ("smolvlm", *SMOLVLM2_500M, 512, 64),
    ("smolvlm", *SMOLVLM2_2B, 384, 81),
    ("idefics3", *IDEFICS3_8B, 364, 169),
    ("gemma3", {"size": {"height": 896, "width": 896}}, {"image_seq_length": 256}, 896, 256),
    ("gemma4", {"patch_size": 16, "pooling_kernel_size": 3}, {}, 528, 121),
    ("llava_onevision", *SQUARE_384, {"num_image_tokens": 729}, 384, 2 * 729 + 27),
    ("internvl", {"size": {"height": 448, "width": 448}}, {"image_seq_length": 256}, 448, 256),
    ("lfm2_vl", {"tile_size": 512, "min_image_tokens": 64, "max_image_tokens": 256}, {}, 512, 256),
]


@pytest.fixture(scope="module")
def small():
    """(configuration, processor) of a family in small, to be set to other sizes."""

    def build(name):
        model, processor = TINY[name].build(["Yes. No."])
        return model.config, processor

    return build


def set_to(processor, images, own):
    for name, value in images.items():
        setattr(processor.image_processor, name, value)
    for name, value in own.items():
        setattr(processor, name, value)
    if "image_seq_length" in own and hasattr(processor, "full_image_sequence"):
        tokenizer = processor.tokenizer
        words = tokenizer.image_token * own["image_seq_length"]
        processor.full_image_sequence = f"\n\n{tokenizer.boi_token}{words}{tokenizer.eoi_token}\n\n"


@pytest.mark.parametrize(("name", "images", "own", "size", "tokens"), PUBLISHED)
def test_a_figure_of_the_published_size_costs_what_the_docs_say(small, name, images, own, size, tokens):
    config, processor = small(name)
    set_to(processor, images, own)
    FAMILIES[name].set_budget(processor)
    cost = measure_figure(processor, config, size)
    assert (cost.tokens, cost.resampled) == (tokens, False)
    assert f"| {size} | {tokens:,} |" in DOCS.read_text(encoding="utf-8")
    assert FAMILIES[name].side in (0, size)


@pytest.mark.parametrize("name", ["smolvlm", "idefics3", "gemma4"])
def test_left_alone_a_processor_would_change_the_figure(small, name):
    config, processor = small(name)
    size = TINY[name].size
    alone = measure_figure(processor, config, size)
    FAMILIES[name].set_budget(processor)
    ours = measure_figure(processor, config, size)
    assert alone.resampled
    assert not ours.resampled
    assert alone.tokens > ours.tokens


@pytest.mark.parametrize("name", ["smolvlm", "idefics3", "internvl", "lfm2_vl"])
def test_a_larger_figure_is_still_one_picture(small, name):
    config, processor = small(name)
    size = 4 * TINY[name].size
    alone = measure_figure(processor, config, size).tokens
    FAMILIES[name].set_budget(processor)
    tokens = measure_figure(processor, config, size).tokens
    assert tokens < alone
    assert tokens == measure_figure(processor, config, TINY[name].size).tokens


def test_switching_off_the_splitting_would_not_be_enough(small):
    config, processor = small("smolvlm")
    processor.image_processor.do_image_splitting = False
    assert measure_figure(processor, config, 128).resampled


@pytest.mark.parametrize("name", FAMILIES)
def test_a_figure_of_another_size_is_noticed(small, name):
    config, processor = small(name)
    FAMILIES[name].set_budget(processor)
    assert measure_figure(processor, config, TINY[name].size - 7).resampled


def test_the_native_size_is_the_towers_where_it_has_one(small):
    for name, expected in (("internvl", 128), ("gemma3", 128), ("qwen3_5", 448), ("gemma4", 528)):
        config, _ = small(name)
        assert family_of(config).figure_size(config) == expected
    config.model_type, config.vision_config = "other", None
    assert family_of(config) == Family()
    assert family_of(config).figure_size(config) == 448


def test_a_model_without_a_chat_template_is_refused(small):
    config, processor = small("gemma3")
    processor.chat_template = processor.tokenizer.chat_template = None
    with pytest.raises(NicheLensError, match="Gemma3Processor: no chat template; choose a model tuned"):
        measure_figure(processor, config, 128)
