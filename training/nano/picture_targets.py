"""Dense targets: numbers that are read off the pixels of a picture, by which the tower learns to see.

They are computed on the training device from the picture alone, so they cost the drawing processes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

GRID = 16
"""Cells along one side for ``PictureTargets.cells``: 8 pixels each in a picture of 128."""
BLOCKS = 4
"""Blocks along one side for ``PictureTargets.blocks``: one for each of 16 image tokens."""
MAPS = ("red", "green", "blue", "coloured", "light", "grey light", "black", "tissue", "beside black")
"""What each pixel shows: its colour; whether it is coloured; its brightness if coloured, and if grey; whether it is
black; whether it is tissue; and whether it is coloured with black nearby, as where two niches touch."""
_LIGHT, _GREY, _BLACK, _TISSUE = (MAPS.index(name) for name in ("light", "grey light", "black", "tissue"))
_PLACED = (_LIGHT, _GREY, _BLACK, _TISSUE)
"""Maps whose place in the picture is a target too."""
N_BLOCK = len(MAPS) + 2 * len(_PLACED)
N_MOMENTS = 6
NINTHS = 3
N_WHOLE = N_MOMENTS * len(_PLACED) + NINTHS**2
_NEAR = 7
"""Width in pixels of the window in which a colour counts as beside black."""
_LUMA = (0.299, 0.587, 0.114)
_LEAST_SHARE = 1e-3
"""Share of the picture that something must fill to have a place."""


@dataclass(frozen=True, eq=False)
class PictureTargets:
    """Numbers behind some pictures, NaN where one does not apply.

    Attributes:
        cells: (n, GRID², n_maps) mean of each map in each cell.
        blocks: (n, BLOCKS², N_BLOCK) mean of each map in each block; then of the placed maps times x, and times y, so
            that their sums over the blocks locate what is shown.
        whole: (n, N_WHOLE): for each placed map its share of the picture, centre x and y, and spread xx, yy, xy; then
            the mean brightness of the coloured tissue in each ninth of the picture.
    """

    cells: torch.Tensor
    blocks: torch.Tensor
    whole: torch.Tensor


def picture_maps(pictures: torch.Tensor) -> torch.Tensor:
    """What each pixel shows, in the order of ``MAPS``: (n, n_maps, size, size) float32 in 0..1.

    Args:
        pictures: (n, size, size, 3) uint8.
    """
    value = pictures.permute(0, 3, 1, 2).float() / 255
    luma = (value * value.new_tensor(_LUMA)[:, None, None]).sum(dim=1)
    most, least = value.amax(dim=1), value.amin(dim=1)
    coloured = (most - least > 6 / 255).float()
    black = (most < 5 / 255).float()
    tissue = (least < 250 / 255).float()
    grey = tissue * (1 - coloured) * (1 - black)
    near_black = F.max_pool2d(black[:, None], _NEAR, stride=1, padding=_NEAR // 2)[:, 0]
    shown = [coloured, coloured * luma, grey * luma, black, tissue, coloured * near_black]
    return torch.cat([value, torch.stack(shown, dim=1)], dim=1)


def picture_targets(pictures: torch.Tensor) -> PictureTargets:
    """The dense targets of some pictures.

    Args:
        pictures: (n, size, size, 3) uint8.
    """
    maps = picture_maps(pictures)
    size = maps.shape[-1]
    x = torch.linspace(-1, 1, size, device=maps.device).expand(size, size)
    placed = maps[:, _PLACED]
    blocks = F.adaptive_avg_pool2d(torch.cat([maps, placed * x, placed * x.T], dim=1), BLOCKS)
    return PictureTargets(
        cells=F.adaptive_avg_pool2d(maps, GRID).flatten(2).transpose(1, 2),
        blocks=blocks.flatten(2).transpose(1, 2),
        whole=torch.cat([_moments(placed, x), _ninths(maps)], dim=1),
    )


def _moments(placed: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Share, centre and spread of each map: (n, n_placed * N_MOMENTS)."""
    y = x.T
    share = placed.mean(dim=(2, 3))
    total = torch.where(share > _LEAST_SHARE, share, torch.nan)

    def mean(weight: torch.Tensor) -> torch.Tensor:
        return (placed * weight).mean(dim=(2, 3)) / total

    centre_x, centre_y = mean(x), mean(y)
    spread = [mean(x * x) - centre_x**2, mean(y * y) - centre_y**2, mean(x * y) - centre_x * centre_y]
    return torch.stack([share, centre_x, centre_y, *spread], dim=2).flatten(1)


def _ninths(maps: torch.Tensor) -> torch.Tensor:
    """Mean brightness of the coloured pixels in each ninth, above that of the whole picture: (n, 9)."""
    light, coloured = maps[:, [_LIGHT]], maps[:, [MAPS.index("coloured")]]
    share = F.adaptive_avg_pool2d(coloured, NINTHS)
    mean = F.adaptive_avg_pool2d(light, NINTHS) / torch.where(share > _LEAST_SHARE, share, torch.nan)
    whole = light.mean(dim=(2, 3), keepdim=True) / coloured.mean(dim=(2, 3), keepdim=True).clamp(min=_LEAST_SHARE)
    return (mean - whole).flatten(1)
