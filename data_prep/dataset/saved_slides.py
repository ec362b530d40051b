"""Slides on disk, as `.npy` files. They are memory-mapped, so that processes share them and memory stays bounded.

FOLDER/slide.json     names, genes, niches, cell types, origin
FOLDER/xy.npy, niche.npy, cell_type.npy
FOLDER/data.npy, indices.npy, indptr.npy    the counts (`data_prep.gene_columns`)

``save_slide`` writes such a folder, ``open_slide`` opens it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from data_prep.gene_columns import open_counts, save_counts
from data_prep.slide import Slide, SlideMeta

SLIDE_FILE = "slide.json"


def save_slide(slide: Slide, folder: Path) -> None:
    """Write a slide to a folder. ``slide.json`` is written last, so a folder with this file is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in (("xy", slide.xy), ("niche", slide.niche), ("cell_type", slide.cell_type)):
        np.save(folder / f"{name}.npy", array)
    save_counts(slide.counts, folder)
    about = {
        "name": slide.name,
        "shape": slide.counts.shape,
        "genes": slide.genes.tolist(),
        "niches": slide.niches,
        "cell_types": slide.cell_types,
        "meta": slide.meta.to_json(),
    }
    (folder / SLIDE_FILE).write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def open_slide(folder: Path) -> Slide:
    """Open the slide in a folder that ``save_slide`` wrote. Its counts stay on disk."""
    about = json.loads((folder / SLIDE_FILE).read_text(encoding="utf-8"))
    return Slide(
        name=about["name"],
        counts=open_counts(folder, tuple(about["shape"])),
        xy=np.load(folder / "xy.npy"),
        genes=np.asarray(about["genes"], dtype=str),
        niche=np.load(folder / "niche.npy"),
        niches=tuple(about["niches"]),
        meta=SlideMeta(**about["meta"] | {"notes": tuple(about["meta"].get("notes", ()))}),
        cell_type=np.load(folder / "cell_type.npy"),
        cell_types=tuple(about["cell_types"]),
    )
