"""Draw the pictures of `docs/figures.md` from real slides.

    python docs/draw_figures.py FOLDER_WITH_SLIDES

Each picture shows one slide as focus, expression, niches, niche and montage. The model sees the same figures, but
smaller.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from data_prep.figures.canvas import Canvas
from data_prep.figures.spec import FigureSpec
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides

SIZE = 256
GAP = 12
SLIDES = (
    ("visium_cortex", "dlpfc_visium_151674.h5ad", "region", "", "WM", ("MBP", "PLP1", "SNAP25", "GFAP")),
    ("st_olfactory_bulb", "st_mouse_olfactory_bulb.h5ad", "region", "", "1: Granular Cell Layer",
     ("Penk", "Pcp4", "Doc2g", "Apod")),
    ("seqfish_embryo", "seqfish_mouse_embryo_4slices.h5ad", "cell_type", "embryo1_z2", "Cardiomyocytes",
     ("Popdc2", "Ttn", "Sox2", "Foxa1")),
)  # fmt: skip


def main() -> None:
    """Writes one PNG for each slide to `docs/pictures`."""
    folder = Path(sys.argv[1])
    out = Path(__file__).parent / "pictures"
    out.mkdir(exist_ok=True)
    for name, file, niche_key, part, niche, genes in SLIDES:
        slides = read_slides(folder / file, ReadOptions((niche_key,)))
        slide = next(slide for slide in slides if slide.meta.slice == part or not part)
        canvas = Canvas(slide, SIZE)
        row = [
            canvas.draw(FigureSpec(kind, shown, niche if kind != "niches" else "", SIZE))
            for kind, shown in (
                ("focus", genes[:1]),
                ("expression", genes[:1]),
                ("niches", ()),
                ("niche", ()),
                ("montage", genes),
            )
        ]
        sheet = np.full((SIZE, len(row) * (SIZE + GAP) - GAP, 3), 255, np.uint8)
        for i, picture in enumerate(row):
            sheet[:, i * (SIZE + GAP) : i * (SIZE + GAP) + SIZE] = picture
        Image.fromarray(sheet).save(out / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
