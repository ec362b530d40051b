"""The dense targets of a picture."""

import numpy as np
import pytest
import torch

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.synth.tissue import make_slide
from training.nano.picture_heads import BLACK, COLOURS, N_BLOCK, N_COLOURS, block_targets, patch_targets, picture_maps


def test_dense_targets_are_shares_of_each_block() -> None:
    slide = make_slide(5, n_spots=600, n_niches=3)
    canvas = Canvas(slide)
    picture = canvas.niches(slide.niches[0])
    pixels = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1
    target = block_targets(picture_maps(pixels), 4)[0].reshape(4, 4, N_BLOCK).numpy()
    block = picture[32:64, 64:96]
    assert target[1, 2, BLACK] == pytest.approx((block == 0).all(axis=-1).mean())
    for i, colour in enumerate(palette.NICHE_COLOURS.values()):
        assert target[1, 2, COLOURS][i] == pytest.approx((block == np.array(colour)).all(axis=-1).mean())
    near = np.zeros((128, 128), bool)
    for y, x in np.argwhere((picture == 0).all(axis=-1)):
        near[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] = True
    for i, colour in enumerate(palette.NICHE_COLOURS.values()):
        beside = (picture == np.array(colour)).all(axis=-1) & near
        assert target[1, 2, N_BLOCK - N_COLOURS + i] == pytest.approx(beside[32:64, 64:96].mean(), abs=1e-6)
    # The mean over all blocks of (x times the share of black) is where black lies, to half a block.
    black = (picture == 0).all(axis=-1)
    along = np.linspace(-1, 1, 128)
    x, share = target[..., COLOURS.stop + 2 + 3].mean(), target[..., BLACK].mean()
    assert target[1, 2, COLOURS.stop] == pytest.approx(1 / 3, abs=1e-6)
    assert x / share == pytest.approx((black * along).sum() / black.sum(), abs=0.2)
    focus = canvas.focus([str(slide.genes[0])], slide.niches[0])[0]
    pixels = torch.from_numpy(focus).permute(2, 0, 1)[None].float() / 127.5 - 1
    coloured = block_targets(picture_maps(pixels), 1)[0, 0, 0].item()
    assert coloured == pytest.approx((np.ptp(focus.astype(int), axis=-1) > 6).mean())
    patch = patch_targets(picture_maps(pixels), 8)[0, 8 * 2 + 4].numpy()
    tissue = (focus.min(axis=-1) <= 250) & (focus.max(axis=-1) >= 5)
    light = focus @ palette.LUMA / 255
    peaks = np.where(tissue, np.maximum(light - light[tissue].mean(), 0.0) ** 2, 0.0)
    assert patch[BLACK - 1] == pytest.approx(peaks[32:48, 64:80].mean(), abs=1e-5)
    assert patch[BLACK - 1] > 0
    assert target[..., BLACK - 1].max() == 0  # a map of niches has colours and no light
