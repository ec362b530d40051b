"""Dense targets are what a picture shows, by hand on simple pictures."""

import numpy as np
import pytest
import torch

from data_prep.figures import palette
from training.nano.picture_targets import BLOCKS, GRID, MAPS, N_MOMENTS, picture_maps, picture_targets

PLACED = ("light", "grey light", "black", "tissue")


def picture(**areas: tuple[slice, slice]) -> torch.Tensor:
    """White, with the given areas (rows, columns) in black, grey, or the brightest colour of expression."""
    colours = {"black": (0, 0, 0), "grey": (120, 120, 120), "bright": tuple(palette.expression_table()[-1])}
    pixels = np.full((1, 128, 128, 3), 255, np.uint8)
    for name, area in areas.items():
        pixels[0][area] = colours[name]
    return torch.from_numpy(pixels)


def share_of(targets, name: str) -> dict[str, float]:
    first = PLACED.index(name) * N_MOMENTS
    names = ("share", "x", "y", "xx", "yy", "xy")
    return dict(zip(names, targets.whole[0, first : first + N_MOMENTS].tolist(), strict=True))


def test_black_is_told_by_its_share_place_and_spread() -> None:
    targets = picture_targets(picture(black=(slice(0, 32), slice(64, 128))))
    black = share_of(targets, "black")
    assert black["share"] == pytest.approx(1 / 8)
    assert black["x"] == pytest.approx(0.5, abs=0.01)
    assert black["y"] == pytest.approx(-0.75, abs=0.01)
    assert black["xx"] > 3 * black["yy"]
    assert np.isnan(share_of(targets, "light")["x"])


def test_brightness_is_told_by_cell_block_and_ninth() -> None:
    lit = (slice(96, 128), slice(0, 32))
    targets = picture_targets(picture(grey=(slice(0, 128), slice(0, 128)), bright=lit))
    luma = float(palette.expression_table()[-1] @ palette.LUMA / 255)
    light = targets.cells[0, :, MAPS.index("light")].reshape(GRID, GRID)
    assert light[12:, :4].min() == pytest.approx(luma, abs=1e-4)
    assert light[:12].max() == 0
    blocks = targets.blocks[0, :, MAPS.index("light")].reshape(BLOCKS, BLOCKS)
    assert int(blocks.argmax()) == 12
    ninths = targets.whole[0, -9:]
    assert ninths[6] == pytest.approx(0.0, abs=1e-4)
    assert ninths[[0, 1, 2, 4, 5, 8]].isnan().all()


def test_maps_tell_colour_from_grey_and_where_it_touches_black() -> None:
    maps = picture_maps(
        picture(
            grey=(slice(0, 64), slice(0, 64)),
            bright=(slice(0, 64), slice(64, 128)),
            black=(slice(64, 128), slice(64, 128)),
        )
    )[0]
    by_name = dict(zip(MAPS, maps, strict=True))
    assert by_name["coloured"].mean() == pytest.approx(1 / 4)
    assert by_name["tissue"].mean() == pytest.approx(3 / 4)
    assert by_name["grey light"][:64, :64].mean() == pytest.approx(120 / 255, abs=1e-3)
    touching = by_name["beside black"].nonzero()
    assert touching[:, 0].unique().tolist() == [61, 62, 63]
    assert touching[:, 1].min() == 64
