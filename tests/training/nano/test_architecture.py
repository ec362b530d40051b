"""The bundled base's layout: what a question becomes, and that plain `transformers` opens what is saved."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor, Idefics3ForConditionalGeneration

from data_prep.errors import NicheLensError
from inference.model.model_folder import BUNDLED_BASE
from training.nano.architecture import END_OF_TURN, NanoConfig, build_nano, build_tokenizer, save_nano

QUESTION = "Is this gene a marker of the highlighted niche?"


def noise(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (128, 128, 3), dtype=np.uint8))


def ask(processor, text=QUESTION, n_images=1, answer=None):
    content = [{"type": "image"}] * n_images + [{"type": "text", "text": text}]
    turns = [{"role": "user", "content": content}]
    if answer:
        turns.append({"role": "assistant", "content": [{"type": "text", "text": answer}]})
    return processor.apply_chat_template(turns, add_generation_prompt=answer is None)


@pytest.fixture(scope="module")
def tiny(texts):
    return build_nano(NanoConfig.tiny(), texts)


@pytest.fixture(scope="module")
def processor(tiny):
    return tiny[1]


def test_the_default_sizes_stay_within_their_budget(texts):
    model, _ = build_nano(NanoConfig(), texts)
    assert type(model) is Idefics3ForConditionalGeneration
    assert sum(weight.numel() for weight in model.parameters()) < 6e6
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}


@pytest.mark.skipif(not BUNDLED_BASE.is_dir(), reason="the bundled base is not here")
def test_the_default_sizes_are_those_of_the_bundled_base(texts):
    bundled = AutoConfig.from_pretrained(BUNDLED_BASE)
    ours = build_nano(NanoConfig(), texts)[0].config
    assert ours.scale_factor == bundled.scale_factor
    for name in ("image_size", "patch_size", "hidden_size", "intermediate_size", "num_hidden_layers", "hidden_act"):
        assert getattr(ours.vision_config, name) == getattr(bundled.vision_config, name), name
    for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "max_position_embeddings"):
        assert getattr(ours.text_config, name) == getattr(bundled.text_config, name), name
    for name in ("vision_config", "text_config"):
        assert getattr(ours, name).num_attention_heads == getattr(bundled, name).num_attention_heads, name


def test_the_same_seed_gives_the_same_weights_and_leaves_the_callers_random_state(texts):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, second, other = (build_nano(NanoConfig.tiny(), texts, seed=seed)[0] for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    for name, weight in first.state_dict().items():
        assert torch.equal(weight, second.state_dict()[name])
    assert not torch.equal(first.lm_head.weight, other.lm_head.weight)


@pytest.mark.parametrize(
    "text",
    ["HLA-DRB1 don't  stop", "Δ 你好 \n\t ünïcode", "Yesterday, Nope.", "", " leading and trailing ", "1.5e-300"],
)
def test_any_text_survives_the_tokenizer(processor, text):
    assert processor.tokenizer.decode(processor.tokenizer(text)["input_ids"]) == text


def test_yes_and_no_are_one_token_even_where_the_texts_never_say_them():
    tokenizer = build_tokenizer(["a b c"], 320)
    for word in ("Yes", "No"):
        ids = tokenizer(f"<assistant>{word}.")["input_ids"]
        assert tokenizer.convert_ids_to_tokens(ids) == ["<assistant>", word, "."]


def test_a_vocabulary_without_room_for_the_answer_words_is_refused():
    with pytest.raises(NicheLensError, match="'Yes' is not one token"):
        build_tokenizer(["a b c"], 265)


def test_pad_and_end_of_turn_are_different_tokens(tiny):
    model, processor = tiny
    tokenizer = processor.tokenizer
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert tokenizer.eos_token == END_OF_TURN
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id


def test_a_turn_is_images_then_text_then_the_answer_and_its_end(processor):
    assert ask(processor, "Q?", n_images=2) == "<user><image><image>Q?<assistant>"
    assert ask(processor, "Q?", answer="A.") == "<user><image>Q?<assistant>A.<end_of_utterance>"
    plain = [{"role": "system", "content": "S"}, {"role": "user", "content": "Q?"}]
    assert processor.apply_chat_template(plain, add_generation_prompt=True) == "<system>S<user>Q?<assistant>"


def test_the_template_marks_what_the_assistant_says(processor):
    turns = [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "A b."}]
    found = processor.apply_chat_template(
        [turns], tokenize=True, return_dict=True, return_tensors="pt", return_assistant_tokens_mask=True
    )
    said = found["input_ids"][found["assistant_masks"] == 1]
    assert processor.tokenizer.decode(said) == "A b.<end_of_utterance>"


def test_an_image_becomes_sixteen_tokens_and_its_very_pixels(processor):
    picture = noise(0)
    found = processor(text=[ask(processor)], images=[[picture]], return_tensors="pt")
    assert (found["input_ids"] == processor.image_token_id).sum() == 16
    assert found["pixel_values"].shape == (1, 1, 3, 128, 128)
    expected = (torch.from_numpy(np.array(picture)).float() / 255 - 0.5) / 0.5
    assert torch.equal(found["pixel_values"][0, 0], expected.permute(2, 0, 1))


@pytest.mark.parametrize("n_images", [1, 2])
def test_left_padding_changes_no_answer(tiny, n_images):
    model, processor = tiny
    texts = [ask(processor, text, n_images) for text in (QUESTION, "Q?")]
    images = [[noise(2 * i + j) for j in range(n_images)] for i in range(2)]
    together = processor(text=texts, images=images, padding=True, return_tensors="pt")
    assert together["attention_mask"][1, 0] == 0
    with torch.no_grad():
        said = model.eval().generate(**together, max_new_tokens=6)
        for i in range(2):
            alone = processor(text=[texts[i]], images=[images[i]], return_tensors="pt")
            torch.testing.assert_close(model(**together).logits[i, -1], model(**alone).logits[0, -1])
            answer = model.generate(**alone, max_new_tokens=6)[0, alone["input_ids"].shape[1] :]
            assert said[i, together["input_ids"].shape[1] :].tolist()[: len(answer)] == answer.tolist()


def test_the_picture_changes_the_answer(tiny):
    model, processor = tiny
    found = processor(text=[ask(processor)] * 2, images=[[noise(0)], [noise(1)]], return_tensors="pt")
    with torch.no_grad():
        logits = model.eval()(**found).logits[:, -1]
    assert (logits[0] - logits[1]).abs().max() > 1e-3


def test_plain_transformers_opens_what_is_saved(tiny, tmp_path: Path):
    model, processor = tiny
    save_nano(model, processor, tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".jinja", ".safetensors"}
    assert json.loads((tmp_path / "config.json").read_text())["dtype"] == "bfloat16"
    assert "auto_map" not in (tmp_path / "config.json").read_text()
    opened, reader = AutoModelForImageTextToText.from_pretrained(tmp_path), AutoProcessor.from_pretrained(tmp_path)
    assert type(opened) is Idefics3ForConditionalGeneration
    assert opened.dtype == torch.bfloat16
    for name, weight in model.state_dict().items():
        assert torch.equal(weight.to(torch.bfloat16), opened.state_dict()[name]), name
    assert next(model.parameters()).dtype == torch.float32
    ours, theirs = (
        p(text=[ask(p, n_images=2, answer="Yes. It is.")], images=[[noise(0), noise(1)]], return_tensors="pt")
        for p in (processor, reader)
    )
    assert torch.equal(ours["input_ids"], theirs["input_ids"])
    torch.testing.assert_close(ours["pixel_values"], theirs["pixel_values"], rtol=0, atol=1e-6)
    assert opened.generation_config.eos_token_id == reader.tokenizer.eos_token_id


def test_other_sizes_give_other_numbers_of_image_tokens(texts):
    config = replace(NanoConfig.tiny(), image_size=64, scale_factor=1)
    _, processor = build_nano(config, texts)
    small = processor(text=[ask(processor)], images=[[noise(0).resize((64, 64))]], return_tensors="pt")
    assert (small["input_ids"] == processor.image_token_id).sum() == config.image_tokens == 16
