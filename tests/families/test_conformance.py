"""Every family of the table, as a tiny model with random weights, passes the same tests as nichelens-nano."""

import json

import numpy as np
import pytest
import torch
from peft import PeftModel
from PIL import Image
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from inference.engine.load_engine import load_engine
from inference.model.decoder import decoder_linears, decoder_name
from inference.model.families import measure_figure
from inference.model.four_bit import check_quantised
from inference.model.loader import load_base
from tests.families.conftest import run_settings
from tests.toy_maps import MARKER
from training.adapter.training_rows import load_splits, render_rows, with_rendering
from training.sft import train

TEXTS = ("input_ids", "attention_mask", "labels", "token_type_ids", "mm_token_type_ids")
LONGER = f"{MARKER} Look at its border too, and at what lies beyond."


@pytest.fixture(scope="module")
def base(built):
    return load_base(str(built.base))


@pytest.fixture(scope="module")
def batch(built, base):
    """The eight maps as training collates them."""
    return collate(base, load_splits(str(built.dataset))[0])


@pytest.fixture(scope="module")
def engine(run):
    """The adapter on its base, merged."""
    return load_engine(run.adapter, device="cpu", dtype="float32")


def collate(base, rows):
    collator = DataCollatorForVisionLanguageModeling(base.processor, completion_only_loss=True)
    conversations = with_rendering(rows, base.processor)
    return collator([conversations[i] for i in range(len(rows))])


def logits(model, inputs):
    with torch.inference_mode():
        return model(**{name: value for name, value in inputs.items() if name != "labels"}).logits


def test_a_prompt_is_the_templates_own_and_the_same_in_training_and_asking(built, base, batch, engine):
    asked = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": MARKER}]}]
    text = base.processor.apply_chat_template(asked, add_generation_prompt=True, enable_thinking=False)
    assert engine.encoder.render(MARKER, 1) == text
    if built.name == "qwen3_5":
        assert text.endswith("<think>\n\n</think>\n\n")
    unlearnt = (batch["labels"] == -100) & (batch["attention_mask"] == 1)
    for place in range(8):
        inputs = engine.encoder.encode([built.question([place])])
        assert torch.equal(inputs["input_ids"][0], batch["input_ids"][place][unlearnt[place]])
        ids = engine.encoder.completion_ids(MARKER, 1, built.rows[place].completion)
        assert ids == batch["input_ids"][place][batch["labels"][place] != -100].tolist()


def test_what_is_learnt_is_the_answer_and_the_end_of_the_turn(built, base, batch):
    for row, labels in zip(built.rows, batch["labels"], strict=True):
        learnt = base.processor.tokenizer.decode(labels[labels != -100])
        assert learnt == built.tiny.opening + row.completion + built.tiny.ending


def test_a_figure_costs_what_the_table_says_and_is_not_resampled(built, base, engine):
    cost = measure_figure(base.processor, base.model.config, built.tiny.size)
    assert (cost.tokens, cost.resampled) == (built.tiny.tokens, False)
    image = base.model.config.image_token_id
    one, two, three = (
        engine.encoder.encode([built.question(places)])["input_ids"] for places in ([0], [0, 1], range(3))
    )
    assert (one == image).sum() == built.tiny.tokens
    assert (two == image).sum() == 2 * built.tiny.tokens_among
    assert (three == image).sum() == 3 * built.tiny.tokens_among


def test_rows_with_one_and_with_several_figures_share_a_batch(built, base):
    places = ([0], [1, 2], [3])
    rows = {
        "images": [[Image.fromarray(image) for image in built.question(these).images] for these in places],
        "prompt": [MARKER] * 3,
        "completion": [built.rows[these[0]].completion for these in places],
    }
    rendered = render_rows(rows, base.processor)
    singles = [{name: values[i] for name, values in rendered.items()} for i in range(3)]
    collator = DataCollatorForVisionLanguageModeling(base.processor, completion_only_loss=True)
    together = collator([dict(row) for row in singles])
    found = logits(base.model.eval(), together)
    for row, ours, learnt in zip(singles, found, together["labels"] != -100, strict=True):
        alone = collator([dict(row)])
        theirs = logits(base.model, alone)[0][alone["labels"][0] != -100]
        assert (ours[learnt] - theirs).abs().max() < 1e-3


def test_lora_is_in_the_decoder_only_and_nothing_else_changed(built, base, run):
    inside = decoder_name(base.model) + "."
    trained = dict(run.model.get_base_model().named_parameters())
    adapted = {name.partition(".lora_")[0] for name in trained if ".lora_" in name}
    assert adapted == set(decoder_linears(base.model))
    assert all(name.startswith(inside) for name in adapted)
    for name, weight in base.model.named_parameters():
        ours = name if name in trained else ".base_layer.".join(name.rsplit(".", 1))
        assert torch.equal(trained[ours], weight), name


def test_four_bits_are_in_the_decoder_only(built, base):
    import bitsandbytes as bnb

    quantised = load_base(str(built.base), four_bit=True).model
    check_quantised(quantised)
    four_bit = {name for name, layer in quantised.named_modules() if isinstance(layer, bnb.nn.Linear4bit)}
    assert four_bit == set(decoder_linears(base.model))
    for name, weight in base.model.named_parameters():
        if name.removesuffix(".weight") not in four_bit:
            assert torch.equal(quantised.get_parameter(name), weight), name


def test_the_maps_are_learnt_and_swapping_them_raises_the_loss(built, base, run, batch):
    losses = [entry["loss"] for entry in run.log if "loss" in entry]
    assert losses[-1] < losses[0] / 4
    turned = load_splits(str(built.dataset))[0].select([*range(1, 8), 0])
    # The texts of the eight maps, each with the picture of the next.
    swapped = {**collate(base, turned), **{name: batch[name] for name in TEXTS if name in batch}}
    with torch.inference_mode():
        straight, crossed = (run.model(**inputs).loss for inputs in (batch, swapped))
    assert straight == pytest.approx(losses[-1], rel=0.5)
    assert crossed > 1.5 * straight


def test_a_batch_padded_on_the_left_equals_single_questions(built, engine):
    questions = [built.question([0]), built.question([5], LONGER), built.question([6])]
    inputs = engine.encoder.encode(questions)
    assert (inputs["attention_mask"][0] == 0).sum() > 5
    together = logits(engine.model, inputs)[:, -1]
    for question, ours in zip(questions, together, strict=True):
        single = logits(engine.model, engine.encoder.encode([question]))[0, -1]
        assert (single - ours).abs().max() < 1e-3
    said = engine.model.generate(**inputs, max_new_tokens=8, do_sample=False)[:, inputs["input_ids"].shape[1] :]
    for question, ids in zip(questions, said, strict=True):
        alone = engine.encoder.encode([question])
        ids_alone = engine.model.generate(**alone, max_new_tokens=8, do_sample=False)[0, alone["input_ids"].shape[1] :]
        assert ids.tolist()[: len(ids_alone)] == ids_alone.tolist()


def test_the_saved_adapter_gives_the_trained_models_logits_also_when_merged(built, base, run, batch, engine, tmp_path):
    bare = logits(base.model.eval(), batch)
    expected = logits(run.model, batch)
    loaded = PeftModel.from_pretrained(load_base(str(built.base)).model, run.adapter).eval()
    assert torch.equal(logits(loaded, batch), expected)
    assert (bare - expected).abs().max() > 0.1
    assert not any("lora" in name for name, _ in engine.model.named_parameters())
    assert (logits(engine.model, batch) - expected).abs().max() < 1e-3
    engine.model.save_pretrained(tmp_path)
    engine.processor.save_pretrained(tmp_path)
    merged = load_engine(tmp_path, device="cpu", dtype="float32")
    assert torch.equal(logits(merged.model, batch), logits(engine.model, batch))


def test_a_resumed_run_ends_where_it_would_have_ended(built, run):
    train(run_settings(built, run.killed, resume_from_checkpoint="auto"))
    log = json.loads((run.killed / "training_log.json").read_text())
    ours, theirs = ([entry["loss"] for entry in entries if "loss" in entry] for entries in (log, run.log))
    assert len(ours) == len(theirs)
    assert ours == pytest.approx(theirs, abs=1e-5)


def test_the_engine_answers_scores_and_weighs(built, engine):
    questions = [built.question([place]) for place in range(8)]
    assert engine.answer(questions[:4], max_new_tokens=40) == [row.completion for row in built.rows[:4]]
    assert list(engine.stream(questions[1], max_new_tokens=40))[-1] == built.rows[1].completion
    said = engine.yes_probability(questions, batch_size=4) > 0.5
    assert said.tolist() == [row.label == "yes" for row in built.rows]
    one = engine.yes_probability(questions[2:3])
    assert one == pytest.approx(engine.yes_probability(questions)[2:3], abs=1e-4)
    weighed = engine.log_likelihood(questions[0], [row.completion for row in built.rows])
    assert np.argmax(weighed) == 0
    assert engine.image_size == built.tiny.size
