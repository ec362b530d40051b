"""Dense targets of a synthetic picture, and the throw-away heads that read them off patches and image tokens."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import nn

from data_prep.facts.niche_shapes import FORMS
from data_prep.figures import palette
from data_prep.figures.canvas import PANELS, TYPE_PANELS
from training.nano.head_outputs import Layout, Reading

_LUMA = (0.299, 0.587, 0.114)
_DIGITS = (65536.0, 256.0, 1.0)
N_COLOURS = len(palette.NICHE_COLOURS)
_SHARES = 6 + N_COLOURS
COLOURED, LIT, BLACK, COLOURS, AREAS = 0, 2, 5, slice(6, _SHARES), slice(5, _SHARES)
"""Where colour, brightness in colour, black, the niche colours, and the last two together lie among the maps."""
_PLACED = slice(2, 6)
"""The shares that have a place worth telling: light in colour, light in grey, peaks, black."""
N_BLOCK = _SHARES + 2 + 2 * 4 + N_COLOURS
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
    weights={"place": 2.0, "adjacent": 3.0},
)
"""The numbers behind one picture."""
_PEAK_SCALE = 44.0
_BLOCK_SCALE = (
    *(3.0, 4.0, 6.0, 10.0, _PEAK_SCALE, 12.0),
    *(14.0,) * N_COLOURS,
    *(1.0, 1.0),
    *(6.0, 8.0, 1.7 * _PEAK_SCALE, 14.0) * 2,
    *(40.0,) * N_COLOURS,
)
"""Brings the numbers of a block to a spread of about a half."""
_PATCH_SCALE = (*_BLOCK_SCALE[:_SHARES], *_BLOCK_SCALE[-N_COLOURS:])
_BLOCK_WEIGHT, _PATCH_WEIGHT = 16.0, 40.0
"""So that a number of a block counts for half as much as one of the numbers behind a picture, one of a patch for more:
what the tower does not tell, nothing after it can relate."""
_QUERIES = 8


def block_targets(maps: torch.Tensor, side: int) -> torch.Tensor:
    """What each block of a picture shows.

    Args:
        maps: of ``picture_maps``.
        side: blocks along one side.

    Returns:
        (n, side², N_BLOCK): share of coloured and of grey pixels, mean brightness of each times its share, peaks, share
        of black, and share of each niche colour; then the block's own place (x, y in -1..1); then x and y times the two
        brightnesses, the peaks and the share of black, so that the mean over all tokens tells where these are; then the
        share of each niche colour next to black, so that the mean tells what the asked niche borders.
    """
    near = patch_targets(maps, side).transpose(1, 2).unflatten(2, (side, side))
    shares, borders = near[:, :_SHARES], near[:, _SHARES:]
    x = torch.linspace(-1, 1, side, device=maps.device).expand(side, side)
    place = torch.stack([x, x.T]).expand(len(shares), -1, -1, -1)
    placed = shares[:, _PLACED]
    return torch.cat([shares, place, placed * x, placed * x.T, borders], dim=1).flatten(2).transpose(1, 2)


def patch_targets(maps: torch.Tensor, side: int) -> torch.Tensor:
    """The shares of ``block_targets``, and of each niche colour next to black: (n, side², _SHARES + N_COLOURS)."""
    near = F.max_pool2d(maps[:, [BLACK]], _NEAR, stride=1, padding=_NEAR // 2)
    shares = F.adaptive_avg_pool2d(torch.cat([maps, maps[:, COLOURS] * near], dim=1), side)
    return shares.flatten(2).transpose(1, 2)


def picture_maps(pixels: torch.Tensor) -> torch.Tensor:
    """What each pixel shows, in the order of the shares of a block.

    Args:
        pixels: (n, 3, size, size) in -1..1.

    Returns:
        (n, _SHARES, size, size) in 0..1: whether it is in colour, whether in grey, its brightness where in colour,
        where in grey, the square of how much brighter it is than the picture's tissue (0 in a map of niches), whether
        it is black, and whether it has each niche colour.
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
    colours = torch.stack([code == colour for colour in table], dim=1).float()
    tissue = coloured + grey
    light = tissue * luma
    mean = _total(light) / _total(tissue).clamp(min=1.0)
    of_niches = _total(colours.sum(dim=1)) > 0.2 * _total(tissue)
    peaks = (light - mean).clamp(min=0.0) ** 2 * ~of_niches
    shown = torch.stack([coloured, grey, coloured * luma, grey * luma, peaks, black], dim=1)
    return torch.cat([shown, colours], dim=1)


def _total(maps: torch.Tensor) -> torch.Tensor:
    return maps.sum(dim=(-2, -1), keepdim=True)


class PictureHeads(nn.Module):
    """Reads the dense targets off the tower's patches and off the image tokens, these in two ways.

    One sees all tokens side by side, which is quick to learn. The other gathers them by attention, as the decoder must:
    it makes the tower put into each token where it lies, so that words for places come within the decoder's reach.

    Args:
        seen: width of a patch in the tower.
        width: width of an image token, a multiple of 4.
        tokens: image tokens per picture.
    """

    def __init__(self, seen: int, width: int, tokens: int) -> None:
        """See the class."""
        super().__init__()
        self.register_buffer("patch_scale", torch.tensor(_PATCH_SCALE), persistent=False)
        self.patches = nn.Linear(seen, len(_PATCH_SCALE))
        self.register_buffer("scale", torch.tensor(_BLOCK_SCALE), persistent=False)
        self.side = round(tokens**0.5)
        self.blocks = nn.Linear(width, N_BLOCK)
        self.narrow = nn.Linear(width, 64)
        self.trunk = nn.Sequential(nn.Linear(tokens * 64, 256), nn.GELU(), nn.Linear(256, PICTURE.size))
        self.asked = nn.Parameter(torch.randn(1, _QUERIES, width))
        self.gather = nn.MultiheadAttention(width, 4, batch_first=True)
        self.told = nn.Sequential(nn.Linear(_QUERIES * width, 256), nn.GELU(), nn.Linear(256, PICTURE.size))

    def readings(
        self, patches: torch.Tensor, tokens: torch.Tensor, maps: torch.Tensor, targets: torch.Tensor
    ) -> Iterator[Reading]:
        """What some pictures show, as read.

        Args:
            patches: (n, patches, seen) states of the tower.
            tokens: (n, tokens, width) image tokens.
            maps: of ``picture_maps``.
            targets: (n, PICTURE.size), NaN where a picture is not asked.
        """
        # Image tokens enter the decoder at the small scale of word embeddings: bring them to unit scale here.
        seen = F.layer_norm(tokens.float(), tokens.shape[-1:])
        wanted = self.patch_scale * patch_targets(maps, round(patches.shape[1] ** 0.5))
        yield Reading("patches", self.patches(patches).float(), wanted, _PATCH_WEIGHT)
        yield Reading("blocks", self.blocks(seen).float(), self.scale * block_targets(maps, self.side), _BLOCK_WEIGHT)
        gathered, _ = self.gather(self.asked.expand(len(seen), -1, -1), seen, seen, need_weights=False)
        yield from PICTURE.readings(self.trunk(self.narrow(seen).flatten(1)), targets, "side by side: ")
        yield from PICTURE.readings(self.told(gathered.flatten(1)), targets, "gathered: ")
