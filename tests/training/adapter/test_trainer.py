"""The trainer reads rows in our order, and reads the same rows with worker processes."""

from typing import Any

import pytest
import torch

from inference.model.loader import load_base
from training.adapter.lora_targets import lora_config
from training.adapter.settings import BatchSplit, SftSettings
from training.adapter.step_sampler import StepSampler
from training.adapter.trainer import build_trainer, trainer_config
from training.adapter.training_rows import load_splits, row_lengths, with_rendering
from training.adapter.vision_cache import VisionCache


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
            activation_checkpointing=False,
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


def test_worker_processes_give_the_same_batches(trainer):
    here, ahead = (list(trainer(workers).get_train_dataloader()) for workers in (0, 2))
    assert len(here) == len(ahead) == 6
    for one, other in zip(here, ahead, strict=True):
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_run_that_resumes_in_a_later_epoch_reads_the_order_of_that_epoch(trainer, monkeypatch):
    made = trainer()
    order = made._get_train_sampler()
    seen = []
    monkeypatch.setattr("trl.SFTTrainer._run_epoch", lambda self, *given, epoch, **named: seen.append(list(order)))
    made._run_epoch(epoch=0)
    made._run_epoch(epoch=1)
    order.set_epoch(1)
    assert seen[1] == list(order) != seen[0]


@pytest.mark.parametrize("recompute", [True, False])
def test_the_configuration_recomputes_and_splits_the_batch_as_decided(recompute, tmp_path):
    settings = SftSettings("D", "A", batch_size=6)
    config = trainer_config(settings, tmp_path, BatchSplit(1, 2, 3), recompute=recompute, workers=0, validates=False)
    assert config.activation_checkpointing == config.gradient_checkpointing == recompute
    assert (config.per_device_train_batch_size, config.gradient_accumulation_steps) == (2, 3)
    assert config.max_length is None
