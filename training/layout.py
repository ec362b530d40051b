"""Layout: named numbers side by side in one vector, and the loss of a head that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate, pairwise

import torch
import torch.nn.functional as F


class Layout:
    """Where each group of numbers lies in a vector of targets.

    Args:
        sizes: how many numbers each group has.
        binary: groups of yes and no; the others are measured by their distance.
        scales: factors of the other groups, which bring numbers of different spreads to about one. A head reads the
            scaled numbers: Adam moves each output by about the same per step, so small numbers would drown in noise.

    Attributes:
        places: where each group lies.
        size: length of the vector.
    """

    def __init__(self, sizes: Mapping[str, int], binary: tuple[str, ...], scales: Mapping[str, float]) -> None:
        """See the class."""
        ends = pairwise(accumulate(sizes.values(), initial=0))
        self.places = {name: slice(*pair) for name, pair in zip(sizes, ends, strict=True)}
        self.size = sum(sizes.values())
        self._binary, self._scales = binary, scales

    def loss(self, read: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """Sum over the groups of the mean loss of the numbers that are asked.

        Args:
            read: (n, size), scaled; logits where a group is binary.
            wanted: (n, size), NaN where not asked.
        """
        total = read.sum() * 0.0
        for name, place in self.places.items():
            asked = ~wanted[:, place].isnan()
            if not asked.any():
                continue
            told, true = read[:, place][asked], wanted[:, place][asked]
            if name in self._binary:
                total = total + F.binary_cross_entropy_with_logits(told, true)
            else:
                total = total + F.smooth_l1_loss(told, self._scales.get(name, 1.0) * true)
        return total
