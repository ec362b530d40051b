"""What heads read off a model's states beside what they should have read: for the loss and for validation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
import torch.nn.functional as F


@dataclass(frozen=True, eq=False)
class Reading:
    """Some numbers as a head reads them.

    Attributes:
        name: of the numbers.
        read: (..., k), logits where ``binary``.
        wanted: (..., k), brought to a spread of about a half; NaN where not asked.
        weight: of their mean loss.
        binary: yes and no; others are measured by their distance.
    """

    name: str
    read: torch.Tensor
    wanted: torch.Tensor
    weight: float = 1.0
    binary: bool = False

    def loss(self) -> torch.Tensor:
        """Weighted mean loss of the numbers that are asked."""
        asked = ~self.wanted.isnan()
        if not asked.any():
            return self.read.sum() * 0.0
        measure = F.binary_cross_entropy_with_logits if self.binary else F.smooth_l1_loss
        return self.weight * measure(self.read[asked], self.wanted[asked])


def total_loss(readings: Iterable[Reading]) -> torch.Tensor:
    """Sum of the losses."""
    return torch.stack([reading.loss() for reading in readings]).sum()


def determination(batches: Iterable[Iterable[Reading]]) -> dict[str, float]:
    """R² of what was read, by name: its mean over the numbers of a group, of those that vary."""
    found: dict[str, list[Reading]] = {}
    for readings in batches:
        for reading in readings:
            found.setdefault(reading.name, []).append(reading)
    return {name: round(_determination(parts), 3) for name, parts in found.items()}


def _determination(parts: list[Reading]) -> float:
    read = torch.cat([part.read.flatten(0, -2) for part in parts]).double()
    wanted = torch.cat([part.wanted.flatten(0, -2) for part in parts]).double()
    read = read.sigmoid() if parts[0].binary else read
    error = (read - wanted).square().nanmean(dim=0)
    spread = (wanted - wanted.nanmean(dim=0)).square().nanmean(dim=0)
    return (1 - error / spread)[spread > 0].mean().item()


class Layout:
    """Where each group of numbers lies in a vector of targets.

    Args:
        sizes: how many numbers each group has.
        binary: groups of yes and no; the others are measured by their distance.
        scales: factors of the other groups, which bring numbers of different spreads to about one. A head reads the
            scaled numbers: Adam moves each output by about the same per step, so small numbers would drown in noise.
        weights: of groups that count for other than one in the loss.

    Attributes:
        places: where each group lies.
        size: length of the vector.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        binary: tuple[str, ...],
        scales: Mapping[str, float],
        weights: Mapping[str, float],
    ) -> None:
        """See the class."""
        ends = pairwise(accumulate(sizes.values(), initial=0))
        self.places = {name: slice(*pair) for name, pair in zip(sizes, ends, strict=True)}
        self.size = sum(sizes.values())
        self._binary, self._scales, self._weights = binary, scales, weights

    def readings(self, read: torch.Tensor, wanted: torch.Tensor, by: str = "") -> Iterator[Reading]:
        """The groups.

        Args:
            read: (n, size), scaled; logits where a group is binary.
            wanted: (n, size), NaN where not asked.
            by: who read them, the beginning of their names.
        """
        for name, place in self.places.items():
            scaled = wanted[:, place] * self._scales.get(name, 1.0)
            weight = self._weights.get(name, 1.0)
            yield Reading(by + name, read[:, place].float(), scaled, weight, binary=name in self._binary)
