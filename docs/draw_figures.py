"""Draw the pictures of `docs/figures.md` from real slides.

    python docs/draw_figures.py FOLDER_WITH_SLIDES

Each picture shows one slide in two rows: focus, closeup, pair, spill, mask; and niche, expression, twin, niches,
montage. The model sees the same figures, but smaller.
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
    ("visium_cortex", "dlpfc_visium_151674.h5ad", "region", "", "WM", "L6", ("MBP", "PLP1", "SNAP25", "GFAP")),
    ("st_olfactory_bulb", "st_mouse_olfactory_bulb.h5ad", "region", "", "1: Granular Cell Layer",
     "2: Mitral Cell Layer", ("Penk", "Pcp4", "Doc2g", "Apod")),
    ("seqfish_embryo", "seqfish_mouse_embryo_4slices.h5ad", "cell_type", "embryo1_z2", "Cardiomyocytes",
     "Endothelium", ("Popdc2", "Ttn", "Sox2", "Foxa1")),
)  # fmt: skip


def figures(niche: str, other: str, genes: tuple[str, ...]) -> tuple[tuple[FigureSpec, ...], ...]:
    """Two rows of figures."""
    gene = genes[:1]
    return (
        (
            FigureSpec("focus", gene, niche, SIZE),
            FigureSpec("closeup", gene, niche, SIZE),
            FigureSpec("pair", (), niche, SIZE, other),
            FigureSpec("spill", gene, niche, SIZE, other),
            FigureSpec("mask", (), niche, SIZE),
        ),
        (
            FigureSpec("niche", (), niche, SIZE),
            FigureSpec("expression", gene, "", SIZE),
            FigureSpec("twin", (genes[0], genes[2]), "", SIZE),
            FigureSpec("niches", (), "", SIZE),
            FigureSpec("montage", genes, niche, SIZE),
        ),
    )


def main() -> None:
    """Writes one PNG for each slide to `docs/pictures`."""
    folder = Path(sys.argv[1])
    out = Path(__file__).parent / "pictures"
    out.mkdir(exist_ok=True)
    for name, file, niche_key, part, niche, other, genes in SLIDES:
        slides = read_slides(folder / file, ReadOptions((niche_key,)))
        slide = next(slide for slide in slides if slide.meta.slice == part or not part)
        rows = figures(niche, other, genes)
        step = SIZE + GAP
        sheet = np.full((len(rows) * step - GAP, len(rows[0]) * step - GAP, 3), 255, np.uint8)
        for i, row in enumerate(rows):
            for j, picture in enumerate(Canvas(slide, SIZE).pictures(row)):
                sheet[i * step : i * step + SIZE, j * step : j * step + SIZE] = picture
        Image.fromarray(sheet).save(out / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
