"""What makes training fast changes nothing: the order of rows, processes that load ahead, pictures read once."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import PartialState
from accelerate.data_loader import prepare_data_loader, skip_first_batches
from torch.utils.data import DataLoader
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from inference.model.families import FAMILIES, family_of
from inference.model.loader import load_base
from tests.families.tiny import TINY
from training.adapter.loader_workers import ROWS_PER_SECOND, choose_workers, time_rows
from training.adapter.lora_targets import lora_config
from training.adapter.step_sampler import StepSampler
from training.adapter.trainer import build_trainer
from training.adapter.training_rows import load_splits, row_lengths, with_rendering
from training.adapter.vision_cache import PICTURE_HASHES, PictureHashingCollator, VisionCache, cache_vision
from training.sft import train

LENGTHS = np.random.default_rng(0).integers(30, 130, 48)


def shared_out(sampler: StepSampler, processes: int, held: int) -> list[list[list[int]]]:
    """Batches of each process as accelerate hands them out: process, batch, rows."""
    PartialState(cpu=True)
    loader = DataLoader(range(len(sampler)), batch_size=held, sampler=sampler, collate_fn=list)
    shards = (
        prepare_data_loader(loader, num_processes=processes, process_index=i, put_on_device=False)
        for i in range(processes)
    )
    return [list(shard) for shard in shards]


def test_an_epoch_has_every_row_once_and_each_has_an_order_of_its_own():
    sampler = StepSampler(LENGTHS, 8, seed=0)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert sorted(first) == sorted(second) == list(range(48))
    assert first != second
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert list(StepSampler(LENGTHS, 8, seed=1)) != first


def test_the_rows_of_a_step_are_chance_and_only_their_order_is_by_length():
    step = list(StepSampler(LENGTHS, 8, seed=0))[:8]
    alike = list(StepSampler([1] * 48, 8, seed=0))[:8]
    assert set(step) == set(alike)
    assert LENGTHS[step].tolist() == sorted(LENGTHS[step], reverse=True)


def test_two_processes_see_the_steps_of_one():
    (one,) = shared_out(StepSampler(LENGTHS, 8, seed=0), 1, held=4)
    two = shared_out(StepSampler(LENGTHS, 8, seed=0), 2, held=4)
    assert [*zip(*two, strict=True)] == [*zip(one[::2], one[1::2], strict=True)]


def test_less_padding_is_computed():
    def padded(order: list[int], held: int = 4) -> int:
        return sum(held * LENGTHS[order[i : i + held]].max() for i in range(0, 48, held))

    by_chance = padded(list(StepSampler([1] * 48, 16, seed=0)))
    assert padded(list(StepSampler(LENGTHS, 16, seed=0))) - LENGTHS.sum() < 0.5 * (by_chance - LENGTHS.sum())


@pytest.fixture(scope="module")
def loaded(base):
    return load_base(str(base))


@pytest.fixture
def trainer(loaded, mixed_dataset, tmp_path):
    """Makes a trainer on eleven rows, two of them held at once."""
    from trl import SFTConfig

    rows, _ = load_splits(str(mixed_dataset))
    lengths = row_lengths(rows, loaded.processor, "mixed", 16)

    def make(workers: int = 0, cache: VisionCache | None = None) -> Any:
        config = SFTConfig(
            output_dir=str(tmp_path),
            per_device_train_batch_size=2,
            dataloader_num_workers=workers,
            use_cpu=True,
            bf16=False,
            max_length=None,
            remove_unused_columns=False,
            report_to="none",
        )
        model = load_base(loaded.reference).model
        return build_trainer(
            config,
            model,
            loaded.processor,
            with_rendering(rows, loaded.processor),
            None,
            lora_config(model, 4, 8),
            StepSampler(lengths, 4, seed=0),
            cache,
        )

    return make


def test_processes_that_load_ahead_give_the_same_batches(trainer):
    here, ahead = (list(trainer(workers).get_train_dataloader()) for workers in (0, 2))
    assert len(here) == len(ahead) == 6
    for one, other in zip(here, ahead, strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_that_goes_on_within_a_later_epoch_reads_the_order_of_that_epoch(trainer, monkeypatch):
    made = trainer()
    order = made._get_train_sampler()
    seen = []
    monkeypatch.setattr("trl.SFTTrainer._run_epoch", lambda self, *given, epoch, **named: seen.append(list(order)))
    made._run_epoch(epoch=0)
    made._run_epoch(epoch=1)
    order.set_epoch(1)
    assert seen[1] == list(order) != seen[0]


def test_skipped_batches_are_those_that_were_read():
    sampler = StepSampler(LENGTHS, 8, seed=0)
    PartialState(cpu=True)
    loader = DataLoader(range(48), batch_size=4, sampler=sampler, collate_fn=list)
    whole = prepare_data_loader(loader, num_processes=2, process_index=1, put_on_device=False)
    assert list(skip_first_batches(whole, 2)) == list(whole)[2:]


def test_on_a_cpu_nobody_draws_ahead_and_on_a_gpu_as_many_as_keep_up(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)))
    assert choose_workers(0.005, on_gpu=False, processes=1)[0] == 0
    assert choose_workers(0.015, on_gpu=True, processes=1)[0] == 0.015 * ROWS_PER_SECOND
    assert choose_workers(1.0, on_gpu=True, processes=4)[0] == 3
    assert choose_workers(1.0, on_gpu=True, processes=32)[0] == 0


def test_rows_are_timed(loaded, mixed_dataset):
    rows = with_rendering(load_splits(str(mixed_dataset))[0], loaded.processor)
    assert 0 < time_rows(rows, DataCollatorForVisionLanguageModeling(loaded.processor)) < 1


@pytest.mark.parametrize(("name", "cut"), [*((name, False) for name in FAMILIES), ("idefics3", True)])
def test_kept_pictures_give_the_same_logits_in_every_family(name, cut):
    """First all pictures are new, then some, then none; then rows have one and two. None is kept that is cut up."""
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


def test_gradients_stop_before_a_frozen_tower_where_activations_are_computed_again(loaded, mixed_dataset):
    """Left alone, the inputs of the tower are asked for gradients as those of the decoder are."""
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


def test_no_more_is_kept_than_allowed(loaded, mixed_dataset):
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


@pytest.fixture
def losses(settings) -> Callable[..., list[float]]:
    """Losses of a short run."""

    def run(**changes: Any) -> list[float]:
        made = settings(**{"max_steps": 4, "learning_rate": 1e-2, "per_device_batch_size": 4} | changes)
        train(made)
        log = json.loads((Path(made.output_dir) / "training_log.json").read_text())
        return [entry["loss"] for entry in log if "loss" in entry]

    return run


def test_a_run_learns_the_same_from_kept_pictures_and_in_other_processes(losses, tmp_path):
    plain = losses(vision_cache_gib=0.0, output_dir=str(tmp_path / "plain"))
    fed = losses(loader_workers=1, activation_checkpointing="always", output_dir=str(tmp_path / "fed"))
    assert fed == pytest.approx(plain, abs=1e-5)
    result = json.loads((tmp_path / "fed" / "run_config.json").read_text())["result"]
    assert result["pictures_kept"] > 0.5


def test_a_step_learns_the_same_whatever_the_order_of_its_rows(losses, mixed_dataset, tmp_path, monkeypatch):
    made = {"dataset": str(mixed_dataset), "batch_size": 4, "max_steps": 6}
    by_length = losses(**made, per_device_batch_size=2, output_dir=str(tmp_path / "by length"))
    monkeypatch.setattr("training.sft.row_lengths", lambda rows, *given: [1] * len(rows))
    by_chance = losses(**made, per_device_batch_size=4, output_dir=str(tmp_path / "by chance"))
    assert by_length == pytest.approx(by_chance, abs=1e-5)


@pytest.mark.parametrize("setting", ["lora_vision", "train_projector"])
def test_nothing_is_kept_of_a_tower_or_projector_that_learns(losses, setting, tmp_path):
    losses(**{setting: True})
    result = json.loads((tmp_path / "adapter" / "run_config.json").read_text())["result"]
    assert "pictures_kept" not in result
