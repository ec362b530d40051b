"""What training makes of a row: the labels are the answer, and the loss depends on the picture."""

from dataclasses import replace

import pytest
import torch
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from data_prep.errors import NicheLensError
from inference.model.loader import load_base
from training.adapter.training_rows import check_rows, fill_last_batch, load_contract, load_splits, with_rendering


@pytest.fixture(scope="module")
def loaded(base):
    return load_base(str(base))


@pytest.fixture(scope="module")
def batch(loaded, mixed_dataset):
    rows, _ = load_splits(str(mixed_dataset))
    conversations = with_rendering(rows, loaded.processor)
    collate = DataCollatorForVisionLanguageModeling(loaded.processor, completion_only_loss=True)
    return rows, collate([conversations[i] for i in range(4)])


def test_what_is_learnt_is_the_answer_and_the_end_of_the_turn(loaded, batch):
    rows, inputs = batch
    for row, labels in zip(rows, inputs["labels"], strict=False):
        learnt = loaded.processor.tokenizer.decode(labels[labels != -100])
        assert learnt == row["completion"] + "<end_of_utterance>"


def test_the_question_comes_after_its_images_and_is_not_learnt(loaded, batch):
    rows, inputs = batch
    for row, ids, labels in zip(rows, inputs["input_ids"], inputs["labels"], strict=False):
        asked = loaded.processor.tokenizer.decode(
            ids[(labels == -100) & (ids != loaded.processor.tokenizer.pad_token_id)]
        )
        assert asked.count("<image>") == 16 * len(row["images"])
        assert asked.endswith(f"<fake_token_around_image>{row['prompt']}<assistant>")


def test_swapping_the_images_changes_the_loss(loaded, batch):
    _, inputs = batch
    swapped = dict(inputs)
    swapped["pixel_values"] = inputs["pixel_values"].clone()
    swapped["pixel_values"][[0, 2]] = inputs["pixel_values"][[2, 0]]
    with torch.no_grad():
        straight, crossed = (loaded.model.eval()(**these).loss for these in (inputs, swapped))
    assert abs(straight - crossed) > 1e-4


def test_rendering_leaves_the_rows_as_they_are(loaded, dataset):
    conversations = with_rendering(load_splits(str(dataset))[0], loaded.processor)
    collate = DataCollatorForVisionLanguageModeling(loaded.processor, completion_only_loss=True)
    first, second = (collate([conversations[0]]) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_dataset_without_validation_has_none(make_dataset, rows, tmp_path):
    train, validation = load_splits(str(make_dataset(tmp_path / "D", train=[rows(0)])))
    assert len(train) == 1
    assert validation is None


def test_the_last_batch_is_filled_with_rows_of_the_split(mixed_dataset):
    rows, _ = load_splits(str(mixed_dataset))
    assert fill_last_batch(rows, 11, seed=0) is rows
    filled = fill_last_batch(rows, 4, seed=0)
    assert len(filled) == 12
    assert filled[:11]["completion"] == rows["completion"][:]
    assert len(fill_last_batch(rows, 40, seed=0)) == 40


def test_the_contract_comes_with_the_dataset(dataset, tmp_path):
    assert load_contract(str(dataset))["size"] == 128
    with pytest.raises(NicheLensError, match="not a NicheLens dataset"):
        load_contract(str(tmp_path))


def test_a_row_that_does_not_fit_the_model_is_refused(loaded, make_dataset, rows, tmp_path):
    long = replace(rows(3), completion=rows(3).completion * 200)
    train, _ = load_splits(str(make_dataset(tmp_path / "long", train=[rows(0), long])))
    with pytest.raises(NicheLensError, match=r"row 1 of split train has \d+ tokens and the model reads 2048"):
        check_rows(train, loaded.model.config, loaded.processor, "long")


def test_a_row_without_a_completion_is_refused(loaded, make_dataset, rows, tmp_path):
    empty = replace(rows(3), completion=" ")
    train, _ = load_splits(str(make_dataset(tmp_path / "empty", train=[rows(0), empty])))
    with pytest.raises(NicheLensError, match="row 1 of split train has an empty completion"):
        check_rows(train, loaded.model.config, loaded.processor, "empty")


def test_a_template_that_changes_the_answer_is_refused(base, dataset):
    loaded = load_base(str(base))
    loaded.processor.chat_template = loaded.processor.chat_template.replace(
        "- part['text'] -", "- part['text']|upper -"
    )
    train, _ = load_splits(str(dataset))
    with pytest.raises(NicheLensError, match=r"chat template changes the answer to '(YES|NO)\."):
        check_rows(train, loaded.model.config, loaded.processor, "D")
