"""The base's own training: lessons are true and repeatable, dense targets are what the picture shows, runs go on."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from data_prep import claims, palette
from data_prep.dataset import CONTRACT_FILE
from data_prep.figure import Canvas, figure_contract
from data_prep.synth import make_slide
from training.dense import N_COLOURS, block_targets
from training.lessons import Collator
from training.nano import NanoConfig
from training.pretrain import PretrainConfig, Pretraining
from training.synthetic import SyntheticConfig, lessons, template_texts

SMALL = SyntheticConfig(genes=48, quads=4, flat=2, descriptions=4)


def test_lessons_are_repeatable_and_heard() -> None:
    first, again = lessons(3, SMALL), lessons(3, SMALL)
    assert {lesson.task for lesson in first} == {"marker", "describe"}
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.images, two.images)
        assert one.completion == two.completion
        assert claims.hear(one.completion)


def test_dense_targets_are_shares_of_each_block() -> None:
    slide = make_slide(5, n_spots=600, n_niches=3)
    canvas = Canvas(slide)
    picture = canvas.niches(slide.niches[0])
    pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    target = block_targets(pixels, 4)[0].reshape(4, 4, 5 + N_COLOURS).numpy()
    block = picture[32:64, 64:96]
    assert target[1, 2, 4] == pytest.approx((block == 0).all(axis=-1).mean())
    for i, colour in enumerate(palette.NICHE_COLOURS.values()):
        assert target[1, 2, 5 + i] == pytest.approx((block == np.array(colour)).all(axis=-1).mean())
    focus = canvas.focus([str(slide.genes[0])], slide.niches[0])[0]
    pixels = torch.from_numpy(focus).permute(2, 0, 1)[None].float() / 127.5 - 1
    coloured = block_targets(pixels, 1)[0, 0, 0].item()
    assert coloured == pytest.approx((np.ptp(focus.astype(int), axis=-1) > 6).mean())


def test_labels_are_the_answer_and_its_end(tmp_path: Path) -> None:
    run = Pretraining(PretrainConfig(str(tmp_path), device="cpu"), NanoConfig.tiny())
    tokenizer = run.processor.tokenizer
    part = [lesson for lesson in lessons(3, SMALL) if lesson.task == "describe"][:2]
    batch = Collator(run.processor, "cpu")(part)
    for row, lesson in zip(batch.labels, part, strict=True):
        assert tokenizer.decode(row[row != -100]) == lesson.completion + tokenizer.eos_token
    assert (batch.input_ids == run.model.config.image_token_id).sum() == 2 * len(part) * NanoConfig.tiny().image_tokens


def test_a_killed_run_goes_on_and_saves_a_model_that_opens(tmp_path: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    config = PretrainConfig(
        str(tmp_path),
        steps=2,
        marker_batch=8,
        describe_batch=2,
        save_every=2,
        evaluate_every=100,
        warmup_steps=1,
        device="cpu",
    )
    Pretraining(config, NanoConfig.tiny()).run()
    saved = load_file(tmp_path / "checkpoint" / "state.safetensors")
    resumed = Pretraining(dataclasses.replace(config, steps=3), NanoConfig.tiny())
    assert resumed.step == 2
    assert resumed.next_seed > 0
    for name, parameter in zip(resumed.names, resumed.parameters, strict=True):
        assert torch.equal(parameter, saved[name])
        assert torch.equal(resumed.optimizer.state[parameter]["exp_avg"], saved[f"{name}.exp_avg"])
    model = AutoModelForImageTextToText.from_pretrained(tmp_path / "model")
    AutoProcessor.from_pretrained(tmp_path / "model")
    assert model.dtype == torch.bfloat16
    assert json.loads((tmp_path / "model" / CONTRACT_FILE).read_text()) == figure_contract(128)


def test_template_texts_hold_every_word_of_the_vocabulary() -> None:
    text = " ".join(template_texts(600))
    for word in (*claims.PLACES, *claims.EXTENTS, *palette.NICHE_COLOURS, "scattered", "a ring", "depleted"):
        assert word in text
