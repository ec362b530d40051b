"""Cached pictures change no logits, and the cache keeps its limit."""

from typing import Any

import numpy as np
import pytest
import torch
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from inference.model.families import FAMILIES, family_of
from inference.model.loader import load_base
from tests.families.tiny_families import TINY
from training.adapter.training_rows import load_splits, with_rendering
from training.adapter.vision_cache import PICTURE_HASHES, PictureHashingCollator, cache_vision


@pytest.fixture(scope="module")
def loaded(base):
    return load_base(str(base))


@pytest.mark.parametrize(("name", "cut"), [*((name, False) for name in FAMILIES), ("idefics3", True)])
def test_cached_pictures_give_the_same_logits_in_every_family(name, cut):
    """All, some, and none of the pictures are new; then rows have one and two pictures. Tiles are not cached."""
    torch.manual_seed(0)
    model, processor = TINY[name].build(["Which? Yes, no."])
    model.eval()
    if not cut:
        family_of(model.config).set_budget(processor)
    pictures = [_noise(i, TINY[name].size) for i in range(4)]
    batches = [_batch(processor, [pictures[i] for i in places]) for places in ((0, 1), (1, 2, 0), (2, 1))]
    batches.append(_batch(processor, pictures[2:], rows=[[pictures[0]], pictures[1:3]]))
    with torch.no_grad():
        live = [model(**{k: v for k, v in batch.items() if k != PICTURE_HASHES}).logits for batch in batches]
        vision = cache_vision(model, 2**20)
        for batch, expected in zip(batches, live, strict=True):
            vision.next_pictures = batch.pop(PICTURE_HASHES)
            torch.testing.assert_close(model(**batch).logits, expected, rtol=0, atol=1e-5)
    if name == "llava_onevision" or cut:
        assert vision.held_bytes == 0
    else:
        assert (vision.requested, vision.reused) == (10, 7)


def test_recomputation_does_not_go_back_through_a_frozen_tower(loaded, mixed_dataset):
    """Without the cache, checkpointing asks for gradients of the tower's inputs as of the decoder's."""
    model = load_base(loaded.reference).model.train()
    model.requires_grad_(False)
    model.enable_input_require_grads()
    rows = with_rendering(load_splits(str(mixed_dataset))[0], loaded.processor)
    batch = DataCollatorForVisionLanguageModeling(loaded.processor)([rows[0]])
    pixels = {name: batch[name] for name in ("pixel_values", "pixel_attention_mask")}
    assert model.model.get_image_features(**pixels).pooler_output[0].requires_grad
    cache_vision(model, 0)
    assert not model.model.get_image_features(**pixels).pooler_output[0].requires_grad


def _noise(seed: int, size: int) -> Any:
    from PIL import Image

    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8))


def _batch(processor: Any, pictures: list[Any], rows: list[list[Any]] | None = None) -> dict[str, Any]:
    from inference.model.chat_template import completion_text, prompt_text

    rows = rows or [[picture] for picture in pictures]
    collate = PictureHashingCollator(DataCollatorForVisionLanguageModeling(processor, completion_only_loss=True))
    return collate(
        [
            {
                "images": images,
                "prompt": prompt_text(processor, "Which?", len(images)),
                "completion": completion_text(processor, "Which?", len(images), "Yes, no."),
            }
            for images in rows
        ]
    )


def test_the_cache_keeps_its_limit(loaded, mixed_dataset):
    model = load_base(loaded.reference).model
    vision = cache_vision(model, 16 * 32 * 4 + 1)
    rows = with_rendering(load_splits(str(mixed_dataset))[0], loaded.processor)
    collate = PictureHashingCollator(DataCollatorForVisionLanguageModeling(loaded.processor))
    for _ in range(2):
        batch = collate([rows[0], rows[1]])
        vision.next_pictures = batch.pop(PICTURE_HASHES)
        model(**batch)
    assert 0 < vision.held_bytes <= 16 * 32 * 4 + 1
    assert vision.reused < vision.requested / 2
