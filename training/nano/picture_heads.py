"""Dense targets of a synthetic picture, and the throw-away heads that predict them from patches and image tokens."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import nn

from data_prep.facts.niche_shapes import FORMS
from data_prep.figures import palette
from data_prep.figures.spec import PANELS, TYPE_PANELS
from training.nano.head_outputs import HeadOutput, TargetLayout

_LUMA = (0.299, 0.587, 0.114)
_DIGITS = (65536.0, 256.0, 1.0)
N_COLOURS = len(palette.NICHE_COLOURS)
_SHARES = 6 + N_COLOURS
COLOURED, LIT, BLACK, COLOURS, AREAS = 0, 2, 5, slice(6, _SHARES), slice(5, _SHARES)
"""Indices of the maps of `picture_maps`: colour, brightness in colour, black, niche colours, and black with these."""
_LOCATED = slice(2, 6)
"""The shares whose location is a target too: light in colour, light in grey, peaks, black."""
N_BLOCK = _SHARES + 2 + 2 * 4 + N_COLOURS
_NEAR = 7
"""Width in pixels of the window in which a colour counts as bordering black."""
PICTURE_TARGETS = TargetLayout(
    {
        "fold": 1,  # focus: log2 fold change of the gene
        "panels": len(PANELS),  # montage: log2 fold change of each panel's gene
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
"""Scales the numbers of a block to a spread of about a half."""
_PATCH_SCALE = (*_BLOCK_SCALE[:_SHARES], *_BLOCK_SCALE[-N_COLOURS:])
_BLOCK_WEIGHT, _PATCH_WEIGHT = 16.0, 40.0
"""Weights by which a number of a block counts half as much as a number behind a picture, and a number of a patch more:
the decoder can only relate what the tower tells."""
_QUERIES = 8


def block_targets(maps: torch.Tensor, side: int) -> torch.Tensor:
    """What each block of a picture shows.

    Args:
        maps: of `picture_maps`.
        side: blocks along one side.

    Returns:
        (n, side², N_BLOCK): share of coloured and of grey pixels, mean brightness of each times its share, peaks, share
        of black, and share of each niche colour; then the block's own position (x, y in -1..1); then x and y times the
        two brightnesses, the peaks and the share of black, so that the mean over all tokens gives their location; then
        the share of each niche colour next to black, so that the mean gives the neighbours of the asked niche.
    """
    of_blocks = patch_targets(maps, side).transpose(1, 2).unflatten(2, (side, side))
    shares, borders = of_blocks[:, :_SHARES], of_blocks[:, _SHARES:]
    x = torch.linspace(-1, 1, side, device=maps.device).expand(side, side)
    position = torch.stack([x, x.T]).expand(len(shares), -1, -1, -1)
    located = shares[:, _LOCATED]
    return torch.cat([shares, position, located * x, located * x.T, borders], dim=1).flatten(2).transpose(1, 2)


def patch_targets(maps: torch.Tensor, side: int) -> torch.Tensor:
    """The shares of `block_targets`, and of each niche colour next to black: (n, side², _SHARES + N_COLOURS)."""
    near_black = F.max_pool2d(maps[:, [BLACK]], _NEAR, stride=1, padding=_NEAR // 2)
    shares = F.adaptive_avg_pool2d(torch.cat([maps, maps[:, COLOURS] * near_black], dim=1), side)
    return shares.flatten(2).transpose(1, 2)


def picture_maps(pixels: torch.Tensor) -> torch.Tensor:
    """What each pixel shows, in the order of the shares of a block.

    Args:
        pixels: (n, 3, size, size) in -1..1.

    Returns:
        (n, _SHARES, size, size) in 0..1: whether the pixel is coloured; whether it is grey; its brightness if coloured;
        its brightness if grey; the square of its brightness above the mean of the tissue (0 in a map of niches);
        whether it is black; and whether it has each niche colour.
    """
    value = ((pixels + 1) * 127.5).round()
    luma = (value * value.new_tensor(_LUMA)[:, None, None]).sum(dim=1) / 255
    most, least = value.amax(dim=1), value.amin(dim=1)
    coloured = (most - least > 6).float()
    black = (most < 5).float()
    grey = (1 - coloured) * (least <= 250) * (1 - black)
    # One number per colour, since pictures hold a niche's colour exactly.
    code = (value * value.new_tensor(_DIGITS)[:, None, None]).sum(dim=1)
    table = value.new_tensor(list(palette.NICHE_COLOURS.values())) @ value.new_tensor(_DIGITS)
    colours = torch.stack([code == colour for colour in table], dim=1).float()
    tissue = coloured + grey
    light = tissue * luma
    mean = _total(light) / _total(tissue).clamp(min=1.0)
    is_niche_map = _total(colours.sum(dim=1)) > 0.2 * _total(tissue)
    peaks = (light - mean).clamp(min=0.0) ** 2 * ~is_niche_map
    shown = torch.stack([coloured, grey, coloured * luma, grey * luma, peaks, black], dim=1)
    return torch.cat([shown, colours], dim=1)


def _total(maps: torch.Tensor) -> torch.Tensor:
    return maps.sum(dim=(-2, -1), keepdim=True)


class PictureHeads(nn.Module):
    """Predicts the dense targets from the tower's patches, and in two ways from the image tokens.

    One way reads the concatenated tokens, which is quick to learn. The other reads them through attention, as the
    decoder must. It makes the tower write the position of each token into the token, so that the decoder can learn
    words for places. The names of the layers are those in checkpoints.
    """

    def __init__(self, patch_width: int, width: int, tokens: int) -> None:
        """Builds the layers.

        Args:
            patch_width: width of a patch in the tower.
            width: width of an image token, a multiple of 4.
            tokens: image tokens per picture.
        """
        super().__init__()
        self.register_buffer("patch_scale", torch.tensor(_PATCH_SCALE), persistent=False)
        self.patches = nn.Linear(patch_width, len(_PATCH_SCALE))
        self.register_buffer("scale", torch.tensor(_BLOCK_SCALE), persistent=False)
        self.side = round(tokens**0.5)
        self.blocks = nn.Linear(width, N_BLOCK)
        self.narrow = nn.Linear(width, 64)
        self.trunk = nn.Sequential(nn.Linear(tokens * 64, 256), nn.GELU(), nn.Linear(256, PICTURE_TARGETS.size))
        self.asked = nn.Parameter(torch.randn(1, _QUERIES, width))
        self.gather = nn.MultiheadAttention(width, 4, batch_first=True)
        self.told = nn.Sequential(nn.Linear(_QUERIES * width, 256), nn.GELU(), nn.Linear(256, PICTURE_TARGETS.size))

    def outputs(
        self, patches: torch.Tensor, tokens: torch.Tensor, maps: torch.Tensor, targets: torch.Tensor
    ) -> Iterator[HeadOutput]:
        """Predictions for some pictures.

        Args:
            patches: (n, patches, patch_width) states of the tower.
            tokens: (n, tokens, width) image tokens.
            maps: of `picture_maps`.
            targets: (n, PICTURE_TARGETS.size), NaN where a number does not apply.
        """
        # Image tokens have the small scale of word embeddings, so they are normalised here.
        normed = F.layer_norm(tokens.float(), tokens.shape[-1:])
        of_patches = self.patch_scale * patch_targets(maps, round(patches.shape[1] ** 0.5))
        yield HeadOutput("patches", self.patches(patches).float(), of_patches, _PATCH_WEIGHT)
        of_blocks = self.scale * block_targets(maps, self.side)
        yield HeadOutput("blocks", self.blocks(normed).float(), of_blocks, _BLOCK_WEIGHT)
        attended, _ = self.gather(self.asked.expand(len(normed), -1, -1), normed, normed, need_weights=False)
        yield from PICTURE_TARGETS.outputs(self.trunk(self.narrow(normed).flatten(1)), targets, "concatenated: ")
        yield from PICTURE_TARGETS.outputs(self.told(attended.flatten(1)), targets, "attention: ")
