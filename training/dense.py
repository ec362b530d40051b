"""Dense targets of a synthetic picture, and the throw-away heads that learn them from the image tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import nn

from data_prep import palette
from data_prep.claims import EXTENTS, PLACES
from data_prep.figure import PANELS
from data_prep.shape import FORMS

if TYPE_CHECKING:
    from training.lessons import Batch

_LUMA = (0.299, 0.587, 0.114)
N_COLOURS = len(palette.NICHE_COLOURS)


def block_targets(pixels: torch.Tensor, side: int) -> torch.Tensor:
    """What each block of a picture shows.

    Args:
        pixels: (n, 3, size, size) in -1..1.
        side: blocks along one side.

    Returns:
        (n, side², 5 + N_COLOURS): share of coloured and of grey pixels, mean brightness of each times its share, share
        of black, and share of each niche colour.
    """
    value = (pixels + 1) / 2 * 255
    luma = (value * value.new_tensor(_LUMA)[:, None, None]).sum(dim=1, keepdim=True) / 255
    spread = value.amax(dim=1, keepdim=True) - value.amin(dim=1, keepdim=True)
    coloured = (spread > 6).float()
    white = (value.amin(dim=1, keepdim=True) > 250).float()
    black = (value.amax(dim=1, keepdim=True) < 5).float()
    grey = (1 - coloured) * (1 - white) * (1 - black)
    table = value.new_tensor(list(palette.NICHE_COLOURS.values()))
    exact = [(value - colour[:, None, None]).abs().amax(dim=1, keepdim=True) < 2 for colour in table]
    maps = torch.cat([coloured, grey, coloured * luma, grey * luma, black, *(e.float() for e in exact)], dim=1)
    return F.adaptive_avg_pool2d(maps, side).flatten(2).transpose(1, 2)


class DenseHeads(nn.Module):
    """Reads the dense targets off the image tokens.

    Args:
        width: width of an image token.
        tokens: image tokens per picture.
    """

    def __init__(self, width: int, tokens: int) -> None:
        """See the class."""
        super().__init__()
        self.side = round(tokens**0.5)
        self.blocks = nn.Linear(width, 5 + N_COLOURS)
        self.trunk = nn.Sequential(nn.LayerNorm(tokens * width), nn.Linear(tokens * width, 256), nn.GELU())
        self.gene = nn.Linear(256, 1)
        self.panels = nn.Linear(256, len(PANELS))
        self.niche = nn.ModuleList([nn.Linear(256, len(words)) for words in (PLACES, EXTENTS, FORMS)])
        self.adjacent = nn.Linear(256, N_COLOURS)

    def loss(self, tokens: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Sum of the losses that apply to the batch (all lessons of one task)."""
        # Image tokens enter the decoder at the small scale of word embeddings: bring them to unit scale here.
        seen = F.layer_norm(tokens.float(), tokens.shape[-1:])
        target = block_targets(batch.pixels, self.side)
        total = 4 * F.smooth_l1_loss(self.blocks(seen), 4 * target)
        read = self.trunk(seen.flatten(1))
        if batch.task == "marker":
            return total + _fold_change_loss(self.gene(read), batch.log2fc[:, :1])
        niches, montage = read[0::2], read[1::2]
        total = total + _fold_change_loss(self.panels(montage), batch.log2fc)
        for head, word in zip(self.niche, batch.niche.T, strict=True):
            total = total + 0.3 * F.cross_entropy(head(niches), word)
        asked = (batch.adjacent >= 0).float()
        border = F.binary_cross_entropy_with_logits(self.adjacent(niches), batch.adjacent.clamp(min=0).float(), asked)
        return total + 2 * border


def _fold_change_loss(predicted: torch.Tensor, log2fc: torch.Tensor) -> torch.Tensor:
    """Smooth L1 on the log2 fold change, which saturates beyond ±4: a picture does not show more."""
    return F.smooth_l1_loss(predicted, log2fc.clamp(-4, 4))
