"""PNG: no pixel is lost, and figures take one byte a pixel."""

import io
from collections.abc import Callable
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image

from data_prep.figures import palette
from data_prep.figures.canvas import Canvas
from data_prep.figures.png import data_url, encode_png
from data_prep.figures.spec import KINDS, FigureSpec
from data_prep.synth.tissue import make_slide


def _decoded(png: bytes) -> tuple[np.ndarray, str]:
    picture = Image.open(io.BytesIO(png))
    return np.asarray(picture.convert("RGB")), picture.mode


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("share", "composition")])
def test_figures_come_back_pixel_for_pixel_from_one_byte_each(kind: str) -> None:
    slide = make_slide(4)
    genes = tuple(slide.genes[:2]) if kind in ("focus", "closeup", "spill", "expression", "twin", "montage") else ()
    image = Canvas(slide).pixels(FigureSpec(kind, genes, slide.niches[0], other=slide.niches[1]))
    back, mode = _decoded(encode_png(image))
    np.testing.assert_array_equal(back, image)
    assert mode == "P"


def test_any_other_picture_comes_back_too() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    back, mode = _decoded(encode_png(image))
    np.testing.assert_array_equal(back, image)
    assert mode == "RGB"
    near = np.full((8, 8, 3), palette.figure_table()[7])
    near[0, 0, 2] ^= 1
    np.testing.assert_array_equal(_decoded(encode_png(near))[0], near)


def test_a_data_url_holds_the_file() -> None:
    png = encode_png(np.zeros((4, 4, 3), np.uint8))
    with urlopen(data_url(png)) as response:
        assert response.headers["Content-Type"] == "image/png"
        assert response.read() == png


@pytest.mark.parametrize("make_table", [palette.figure_table, palette.twin_table])
def test_red_and_green_tell_the_colours_apart(make_table: Callable[[], np.ndarray]) -> None:
    table = make_table().tolist()
    assert len({tuple(colour[:2]) for colour in table}) == len(table)
    assert len(table) <= 256
