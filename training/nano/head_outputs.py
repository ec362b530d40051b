"""What the dense heads predict, beside the targets: for the loss and for validation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

import torch
import torch.nn.functional as F


@dataclass(frozen=True, eq=False)
class HeadOutput:
    """A group of numbers that a head predicts.

    Attributes:
        name: name of the group.
        predicted: (..., k), logits where `binary`.
        target: (..., k), scaled to a spread of about a half; NaN where a number does not apply.
        weight: weight of the group's mean loss.
        binary: whether the targets are yes or no. The loss of other targets is a distance.
    """

    name: str
    predicted: torch.Tensor
    target: torch.Tensor
    weight: float = 1.0
    binary: bool = False

    def loss(self) -> torch.Tensor:
        """Weighted mean loss of the numbers that apply."""
        applies = ~self.target.isnan()
        if not applies.any():
            return self.predicted.sum() * 0.0
        measure = F.binary_cross_entropy_with_logits if self.binary else F.smooth_l1_loss
        return self.weight * measure(self.predicted[applies], self.target[applies])


def total_loss(outputs: Iterable[HeadOutput]) -> torch.Tensor:
    """Sum of the losses."""
    return torch.stack([output.loss() for output in outputs]).sum()


def r_squared(batches: Iterable[Iterable[HeadOutput]]) -> dict[str, float]:
    """Group → R² of the predictions over all batches, averaged over those numbers of the group that vary."""
    by_name: dict[str, list[HeadOutput]] = {}
    for outputs in batches:
        for output in outputs:
            by_name.setdefault(output.name, []).append(output)
    return {name: round(_r_squared(parts), 3) for name, parts in by_name.items()}


def _r_squared(parts: list[HeadOutput]) -> float:
    predicted = torch.cat([part.predicted.flatten(0, -2) for part in parts]).double()
    target = torch.cat([part.target.flatten(0, -2) for part in parts]).double()
    predicted = predicted.sigmoid() if parts[0].binary else predicted
    error = (predicted - target).square().nanmean(dim=0)
    spread = (target - target.nanmean(dim=0)).square().nanmean(dim=0)
    return (1 - error / spread)[spread > 0].mean().item()


class TargetLayout:
    """Where each group of numbers lies in a vector of targets.

    Attributes:
        slices: group → its slice of the vector.
        size: length of the vector.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        binary: tuple[str, ...],
        scales: Mapping[str, float],
        weights: Mapping[str, float],
    ) -> None:
        """Lays out the groups.

        Args:
            sizes: how many numbers each group has.
            binary: groups of yes-or-no targets.
            scales: factors of other groups, which bring numbers of different spread to about the same. A head predicts
                the scaled numbers: Adam moves each output by about the same amount per step, so small numbers would be
                lost in noise.
            weights: weights of the groups in the loss, where they are not 1.
        """
        ends = pairwise(accumulate(sizes.values(), initial=0))
        self.slices = {name: slice(*pair) for name, pair in zip(sizes, ends, strict=True)}
        self.size = sum(sizes.values())
        self._binary, self._scales, self._weights = binary, scales, weights

    def outputs(self, predicted: torch.Tensor, target: torch.Tensor, prefix: str = "") -> Iterator[HeadOutput]:
        """The groups of some predictions.

        Args:
            predicted: (n, size), scaled; logits where a group is binary.
            target: (n, size), unscaled; NaN where a number does not apply.
            prefix: first part of the groups' names, which tells the head.
        """
        for name, part in self.slices.items():
            scaled = target[:, part] * self._scales.get(name, 1.0)
            weight = self._weights.get(name, 1.0)
            yield HeadOutput(prefix + name, predicted[:, part].float(), scaled, weight, binary=name in self._binary)
