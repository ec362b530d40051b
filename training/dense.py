"""Dense targets of a synthetic picture, and the throw-away heads that learn them from the image tokens."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from data_prep import palette
from data_prep.figure import PANELS, TYPE_PANELS
from data_prep.shape import FORMS
from training.layout import Layout

_LUMA = (0.299, 0.587, 0.114)
_DIGITS = (65536.0, 256.0, 1.0)
N_COLOURS = len(palette.NICHE_COLOURS)
_SHARES = 5 + N_COLOURS
COLOURED, LIT, BLACK, COLOURS, AREAS = 0, 2, 4, slice(5, _SHARES), slice(4, _SHARES)
"""Where colour, brightness in colour, black, the niche colours, and the last two together lie among the maps."""
_PLACED = slice(2, 5)
"""The shares that have a place worth telling: light in colour, light in grey, black."""
N_BLOCK = _SHARES + 2 + 2 * 3 + N_COLOURS
_NEAR = 7
"""Pixels across which a colour counts as bordering black."""
PICTURE = Layout(
    {
        "fold": 1,  # focus: log2 fold change of the gene
        "panels": len(PANELS),  # montage: of each panel's
        "place": 2,  # centre of the gene or of the asked niche, 0..1
        "trend": 2,  # expression: rank correlation with x and y
        "area": 1,  # niches: log of the asked niche's share of the tissue
        "piece": 1,  # share of its largest piece
        "types": len(TYPE_PANELS),  # composition: share of each cell type
        "form": len(FORMS),  # niches: one-hot
        "adjacent": N_COLOURS,  # whether the asked niche borders each colour
    },
    binary=("form", "adjacent"),
    scales={"place": 6.0, "trend": 2.0, "piece": 2.0, "types": 4.0},
)
"""The numbers behind one picture."""
_COLOUR_SCALE = (6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 20.0, 24.0, 40.0, 40.0)
_BLOCK_SCALE = (3.0, 4.0, 6.0, 10.0, 12.0, *_COLOUR_SCALE, 1.0, 1.0, *(6.0, 8.0, 14.0) * 2, *(40.0,) * N_COLOURS)
"""Brings the numbers of a block to a spread of about a half: niches take colours by size, so later ones are rare."""
_QUERIES = 8


def block_targets(maps: torch.Tensor, side: int) -> torch.Tensor:
    """What each block of a picture shows.

    Args:
        maps: of ``picture_maps``.
        side: blocks along one side.

    Returns:
        (n, side², N_BLOCK): share of coloured and of grey pixels, mean brightness of each times its share, share of
        black, and share of each niche colour; then the block's own place (x, y in -1..1); then x and y times the two
        brightnesses and the share of black, so that the mean over all tokens tells where these are; then the share of
        each niche colour next to black, so that the mean tells what the asked niche borders.
    """
    near = F.max_pool2d(maps[:, [BLACK]], _NEAR, stride=1, padding=_NEAR // 2)
    borders = F.adaptive_avg_pool2d(maps[:, COLOURS] * near, side)
    shares = F.adaptive_avg_pool2d(maps, side)
    x = torch.linspace(-1, 1, side, device=maps.device).expand(side, side)
    place = torch.stack([x, x.T]).expand(len(shares), -1, -1, -1)
    placed = shares[:, _PLACED]
    return torch.cat([shares, place, placed * x, placed * x.T, borders], dim=1).flatten(2).transpose(1, 2)


def picture_maps(pixels: torch.Tensor) -> torch.Tensor:
    """What each pixel shows, in the order of the shares of a block.

    Args:
        pixels: (n, 3, size, size) in -1..1.

    Returns:
        (n, _SHARES, size, size) in 0..1: whether it is in colour, whether in grey, its brightness where in colour,
        where in grey, whether it is black, and whether it has each niche colour.
    """
    value = ((pixels + 1) * 127.5).round()
    luma = (value * value.new_tensor(_LUMA)[:, None, None]).sum(dim=1) / 255
    most, least = value.amax(dim=1), value.amin(dim=1)
    coloured = (most - least > 6).float()
    black = (most < 5).float()
    grey = (1 - coloured) * (least <= 250) * (1 - black)
    # One number for each colour: pictures hold a niche's colour exactly.
    code = (value * value.new_tensor(_DIGITS)[:, None, None]).sum(dim=1)
    table = value.new_tensor(list(palette.NICHE_COLOURS.values())) @ value.new_tensor(_DIGITS)
    return torch.stack(
        [coloured, grey, coloured * luma, grey * luma, black, *(code == colour for colour in table)], dim=1
    )


class DenseHeads(nn.Module):
    """Reads the dense targets off the image tokens, in two ways.

    One sees all tokens side by side, which is quick to learn. The other gathers them by attention, as the decoder must:
    it makes the tower put into each token where it lies, so that words for places come within the decoder's reach.

    Args:
        width: width of an image token, a multiple of 4.
        tokens: image tokens per picture.
    """

    def __init__(self, width: int, tokens: int) -> None:
        """See the class."""
        super().__init__()
        self.register_buffer("scale", torch.tensor(_BLOCK_SCALE), persistent=False)
        self.side = round(tokens**0.5)
        self.blocks = nn.Linear(width, N_BLOCK)
        self.narrow = nn.Linear(width, 64)
        self.trunk = nn.Sequential(nn.Linear(tokens * 64, 256), nn.GELU(), nn.Linear(256, PICTURE.size))
        self.asked = nn.Parameter(torch.randn(1, _QUERIES, width))
        self.gather = nn.MultiheadAttention(width, 4, batch_first=True)
        self.told = nn.Sequential(nn.Linear(_QUERIES * width, 256), nn.GELU(), nn.Linear(256, PICTURE.size))

    def loss(self, tokens: torch.Tensor, maps: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Sum of the losses of some pictures.

        Args:
            tokens: (n, tokens, width) image tokens.
            maps: of ``picture_maps``.
            targets: (n, PICTURE.size), NaN where a picture is not asked.
        """
        # Image tokens enter the decoder at the small scale of word embeddings: bring them to unit scale here.
        seen = F.layer_norm(tokens.float(), tokens.shape[-1:])
        total = 4 * F.smooth_l1_loss(self.blocks(seen).float(), self.scale * block_targets(maps, self.side))
        gathered, _ = self.gather(self.asked.expand(len(seen), -1, -1), seen, seen, need_weights=False)
        for read in (self.trunk(self.narrow(seen).flatten(1)), self.told(gathered.flatten(1))):
            total = total + PICTURE.loss(read.float(), targets)
        return total
