"""How many worker processes draw ahead."""

import pytest
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

from inference.model.loader import load_base
from training.adapter.loader_workers import ROWS_PER_SECOND, choose_workers, time_rows
from training.adapter.training_rows import load_splits, with_rendering


@pytest.fixture(scope="module")
def loaded(base):
    return load_base(str(base))


def test_no_workers_on_a_cpu_and_as_many_as_needed_with_a_gpu(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)))
    assert choose_workers(0.005, on_gpu=False, processes=1)[0] == 0
    assert choose_workers(0.015, on_gpu=True, processes=1)[0] == 0.015 * ROWS_PER_SECOND
    assert choose_workers(1.0, on_gpu=True, processes=4)[0] == 3
    assert choose_workers(1.0, on_gpu=True, processes=32)[0] == 0


def test_rows_are_timed(loaded, mixed_dataset):
    rows = with_rendering(load_splits(str(mixed_dataset))[0], loaded.processor)
    assert 0 < time_rows(rows, DataCollatorForVisionLanguageModeling(loaded.processor)) < 1
