"""Throw-away heads that read dense targets off the tower's patches, the image tokens and the decoder's last state.

They make the model see sooner than its answers alone do, and are not part of the saved model. All targets are scaled to
a spread of a half: Adam moves each output by about the same amount per step, so smaller numbers would be lost in noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from training.nano.lesson_pool import LessonBatch
from training.nano.picture_targets import GRID, MAPS, N_BLOCK, N_WHOLE, PictureTargets, picture_targets

SPREAD = 0.5
"""Standard deviation of the scaled targets."""
_SCALE_LESSONS = 512
"""Pictures on which the scale of the targets is measured."""
_CLIP = 2.0
"""Largest scaled target: rare extremes must not decide the loss."""
_QUERIES = 8
_TRUNK = 256
_WEIGHTS = {"cells": 4.0, "blocks": 4.0, "whole": 2.0, "whole, attention": 2.0, "value": 5.0, "value, attention": 2.0}
"""Weight of each group in the dense loss. The number behind the question counts most: it decides the answer."""


@dataclass(frozen=True, eq=False)
class TargetScale:
    """Centre and spread of the targets, by which they are scaled.

    Attributes:
        cells: (2, n_maps) mean and standard deviation.
        blocks: (2, N_BLOCK).
        whole: (2, N_WHOLE).
        values: (2, n_kinds).
    """

    cells: torch.Tensor
    blocks: torch.Tensor
    whole: torch.Tensor
    values: torch.Tensor

    @classmethod
    def measure(cls, lessons: LessonBatch, n_kinds: int) -> TargetScale:
        """Measures them on some lessons.

        Args:
            lessons: of all kinds.
            n_kinds: number of kinds.
        """
        targets = picture_targets(lessons.pictures[:_SCALE_LESSONS])
        is_kind = lessons.kinds[:, None] == torch.arange(n_kinds, device=lessons.kinds.device)
        by_kind = torch.where(is_kind, lessons.values[:, None], torch.nan)
        return cls(*(_mean_spread(t) for t in (targets.cells, targets.blocks, targets.whole, by_kind)))


class DenseHeads(nn.Module):
    """Predicts the dense targets.

    The numbers of the whole picture are read in two ways. One reads the concatenated image tokens, which is quick to
    learn. The other reads them through attention, as the decoder must. It makes the tower write the position of each
    token into the token, so that the decoder can learn words for places. The number behind the question is read off the
    decoder's last state, at the end of the prompt, and off the image tokens; there is one output for each topic, a kind
    of claim with a value such as "highest in the upper left".
    """

    def __init__(self, patch_width: int, patches: int, width: int, tokens: int, n_topics: int) -> None:
        """Builds the layers.

        Args:
            patch_width: width of a patch in the tower.
            patches: patches of a picture.
            width: width of the decoder, a multiple of 4.
            tokens: image tokens of a picture.
            n_topics: kinds of claims with a value each.
        """
        super().__init__()
        self._scale: TargetScale | None = None
        self._patches_per_side = round(patches**0.5)
        self._cells = GRID // self._patches_per_side
        self.cells = nn.Linear(patch_width, len(MAPS) * self._cells**2)
        self.blocks = nn.Linear(width, N_BLOCK)
        self.narrow = nn.Linear(width, 64)
        self.concatenated = nn.Sequential(nn.Linear(tokens * 64, _TRUNK), nn.GELU(), nn.Linear(_TRUNK, N_WHOLE))
        self.queries = nn.Parameter(torch.randn(1, _QUERIES, width))
        self.gather = nn.MultiheadAttention(width, 4, batch_first=True)
        self.attended = nn.Sequential(
            nn.Linear(_QUERIES * width, _TRUNK), nn.GELU(), nn.Linear(_TRUNK, N_WHOLE + n_topics)
        )
        self.value = nn.Linear(width, n_topics)

    def use_scale(self, scale: TargetScale) -> None:
        """Sets the scale of the targets, before any loss is computed."""
        self._scale = scale

    def errors(
        self,
        patches: torch.Tensor,
        tokens: torch.Tensor,
        state: torch.Tensor,
        targets: PictureTargets,
        lessons: LessonBatch,
        topics: torch.Tensor,
    ) -> Iterator[tuple[str, torch.Tensor, torch.Tensor]]:
        """Yields (name of a group, prediction, scaled target); the target is NaN where it does not apply.

        Args:
            patches: (n, patches, patch_width) states of the tower.
            tokens: (n, tokens, width) image tokens.
            state: (n, width) last state of the decoder at the end of the prompt.
            targets: of the pictures.
            lessons: with their kinds and values.
            topics: (n,) topic of each lesson.
        """
        assert self._scale is not None
        yield "cells", self._unfold(self.cells(patches)).float(), _scaled(targets.cells, self._scale.cells)
        # Image tokens have the small scale of word embeddings, so they are normalised here.
        normed = F.layer_norm(tokens.float(), tokens.shape[-1:])
        yield "blocks", self.blocks(normed).float(), _scaled(targets.blocks, self._scale.blocks)
        whole = _scaled(targets.whole, self._scale.whole)
        yield "whole", self.concatenated(self.narrow(normed).flatten(1)).float(), whole
        gathered, _ = self.gather(self.queries.expand(len(normed), -1, -1), normed, normed, need_weights=False)
        attended = self.attended(gathered.flatten(1)).float()
        yield "whole, attention", attended[:, :N_WHOLE], whole
        value = _scaled(lessons.values, self._scale.values[:, lessons.kinds])[:, None]
        yield "value, attention", attended[:, N_WHOLE:].gather(1, topics[:, None]), value
        yield "value", self.value(state).float().gather(1, topics[:, None]), value

    def loss(self, *inputs: object) -> torch.Tensor:
        """Weighted sum of the mean losses of the groups; takes the arguments of ``errors``."""
        losses = []
        for name, predicted, target in self.errors(*inputs):  # type: ignore[arg-type]
            applies = ~target.isnan()
            each = F.smooth_l1_loss(predicted, target.nan_to_num(), reduction="none") * applies
            losses.append(_WEIGHTS[name] * each.sum() / applies.sum().clamp(min=1))
        return torch.stack(losses).sum()

    def _unfold(self, predicted: torch.Tensor) -> torch.Tensor:
        """Predictions of each patch's cells in the order of the grid: (n, GRID², n_maps)."""
        side, cells = self._patches_per_side, self._cells
        by_patch = predicted.view(len(predicted), side, side, cells, cells, len(MAPS))
        return by_patch.permute(0, 1, 3, 2, 4, 5).reshape(len(predicted), GRID**2, len(MAPS))


def _scaled(target: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    mean, spread = scale
    return ((target - mean) * (SPREAD / spread)).clamp(-_CLIP, _CLIP)


def _mean_spread(numbers: torch.Tensor) -> torch.Tensor:
    """Mean and standard deviation over all but the last dimension, without NaN: (2, k)."""
    flat = numbers.double().flatten(0, -2)
    mean = flat.nanmean(dim=0).nan_to_num()
    spread = (flat - mean).square().nanmean(dim=0).sqrt().nan_to_num()
    return torch.stack([mean, torch.where(spread > 0, spread, 1.0)]).float()
