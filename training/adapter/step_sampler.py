"""The order in which training reads the rows: random, but sorted by length within an optimiser step.

The batch that a process holds at once is padded to its longest row. Rows of similar length are held together, so less
padding is computed. The rows of a step stay random, and the gradient of a step is a sum over its rows, so the order
within a step changes nothing but rounding. (`group_by_length` of `transformers` fills whole steps with rows of one
length, which here means one task, and chooses other rows when two processes share the work.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np


class StepSampler:
    """The order of an epoch: each row once, the rows of each step from the longest to the shortest.

    The order depends only on the arguments and the epoch. Rows go to the processes in turn, so neighbours in length go
    to different processes, which then have equal work.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        """Sets the tokens of each row, the rows of an optimiser step over all processes, and the seed of the order."""
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
