"""In what order the rows of an epoch are read: at random, and within an optimiser step by length.

What a process holds at once is padded to its longest row. Rows of a step that are alike in length are held together,
so that less padding is computed; which rows a step sees stays a matter of chance, and the gradient of a step is a sum
over its rows, so nothing but rounding depends on the order within it. (The `group_by_length` of `transformers` fills
whole steps with rows of one length, which here is one task, and with other rows when two processes share them.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np


class StepSampler:
    """Order of an epoch's rows: every row once, the rows of each step from the longest to the shortest.

    A pure function of its arguments and the epoch. Handed out in turns, neighbours in length go to different processes,
    which are then busy for equally long.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        """Takes the tokens of each row, the rows of an optimiser step over all processes, and the seed of the order."""
        self._lengths = np.asarray(lengths)
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order is read next; accelerate calls it."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        order = np.random.default_rng((self._seed, self._epoch)).permutation(len(self._lengths))
        for start in range(0, len(order), self._batch_size):
            step = order[start : start + self._batch_size]
            yield from step[np.argsort(-self._lengths[step], kind="stable")].tolist()
