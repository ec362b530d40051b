"""The order of rows: random steps, sorted by length within a step, the same for any number of processes."""

import numpy as np
from accelerate import PartialState
from accelerate.data_loader import prepare_data_loader, skip_first_batches
from torch.utils.data import DataLoader

from training.adapter.step_sampler import StepSampler

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


def test_an_epoch_has_every_row_once_and_its_own_order():
    sampler = StepSampler(LENGTHS, 8, seed=0)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert sorted(first) == sorted(second) == list(range(48))
    assert first != second
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert list(StepSampler(LENGTHS, 8, seed=1)) != first


def test_the_rows_of_a_step_are_random_and_sorted_by_length():
    step = list(StepSampler(LENGTHS, 8, seed=0))[:8]
    alike = list(StepSampler([1] * 48, 8, seed=0))[:8]
    assert set(step) == set(alike)
    assert LENGTHS[step].tolist() == sorted(LENGTHS[step], reverse=True)


def test_two_processes_see_the_steps_of_one():
    (one,) = shared_out(StepSampler(LENGTHS, 8, seed=0), 1, held=4)
    two = shared_out(StepSampler(LENGTHS, 8, seed=0), 2, held=4)
    assert [*zip(*two, strict=True)] == [*zip(one[::2], one[1::2], strict=True)]


def test_skipped_batches_are_those_that_were_read():
    sampler = StepSampler(LENGTHS, 8, seed=0)
    PartialState(cpu=True)
    loader = DataLoader(range(48), batch_size=4, sampler=sampler, collate_fn=list)
    whole = prepare_data_loader(loader, num_processes=2, process_index=1, put_on_device=False)
    assert list(skip_first_batches(whole, 2)) == list(whole)[2:]


def test_less_padding_is_computed():
    def padded(order: list[int], held: int = 4) -> int:
        return sum(held * LENGTHS[order[i : i + held]].max() for i in range(0, 48, held))

    by_chance = padded(list(StepSampler([1] * 48, 16, seed=0)))
    assert padded(list(StepSampler(LENGTHS, 16, seed=0))) - LENGTHS.sum() < 0.5 * (by_chance - LENGTHS.sum())
