"""The picture of the stained tissue in a file, for people: nothing is measured on it, and no model reads it.

Visium files keep it in ``uns['spatial'][library]`` as ``images`` and ``scalefactors`` (scanpy's and squidpy's layout);
an outs folder of Space Ranger keeps it in ``spatial/``.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data_prep import anndata_keys as keys

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 1200
"""Longest side in pixels of the picture that people see; about 200 kB."""
_QUALITY = 82
_MOST_PIXELS = 60_000_000
"""A picture with more is left out: it is no preview, and would fill the memory."""
_NAMES = ("hires", "lowres")


@dataclass(frozen=True)
class Histology:
    """A picture of the tissue and where it lies.

    Attributes:
        jpeg: the encoded picture.
        width, height: extent in the units of the slide's coordinates; its upper left corner is at (0, 0).
    """

    jpeg: bytes
    width: float
    height: float


def read_histology(path: Path, slice_name: str = "") -> Histology | None:
    """The picture of a slice; None if the file has none, or none that can be read.

    Args:
        path: an `.h5ad` file, or an outs folder of Space Ranger.
        slice_name: name of the slice. A file with several pictures must have one under this name.
    """
    if path.is_dir():
        return _from_folder(path / "spatial")
    if path.suffix != ".h5ad":
        return None
    import h5py

    try:
        with h5py.File(path, "r") as file:
            libraries = file.get(f"uns/{keys.SPATIAL}")
            if not isinstance(libraries, h5py.Group) or not len(libraries):
                return None
            library = slice_name if slice_name in libraries else next(iter(libraries))
            if len(libraries) > 1 and library != slice_name:
                return None
            return _of_library(libraries[library])
    except (OSError, KeyError, ValueError, TypeError):  # h5py's errors about a damaged or foreign part of a file
        return None


def _of_library(library: Mapping[str, Any]) -> Histology | None:
    for name in _NAMES:
        if f"images/{name}" in library and f"scalefactors/tissue_{name}_scalef" in library:
            stored = library[f"images/{name}"]
            if stored.ndim != 3 or stored.shape[2] not in (3, 4) or stored.shape[0] * stored.shape[1] > _MOST_PIXELS:
                continue
            pixels = np.asarray(stored)[..., :3]
            if pixels.dtype.kind == "f":
                pixels = np.nan_to_num(pixels) * (255 if float(np.nanmax(pixels, initial=0.0)) <= 1.0 else 1)
            from PIL import Image

            scale = float(np.asarray(library[f"scalefactors/tissue_{name}_scalef"]))
            return _encode(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), scale)
    return None


def _from_folder(folder: Path) -> Histology | None:
    from PIL import Image, UnidentifiedImageError

    try:
        scales = json.loads((folder / "scalefactors_json.json").read_text(encoding="utf-8"))
        for name in _NAMES:
            path = folder / f"tissue_{name}_image.png"
            if path.is_file() and f"tissue_{name}_scalef" in scales:
                with Image.open(path) as picture:
                    if picture.width * picture.height > _MOST_PIXELS:
                        continue
                    return _encode(picture.convert("RGB"), float(scales[f"tissue_{name}_scalef"]))
    except (OSError, ValueError, TypeError, UnidentifiedImageError, Image.DecompressionBombError):
        return None
    return None


def _encode(picture: Image, scale: float) -> Histology | None:
    """The picture at most ``SIDE`` pixels wide or high; ``scale`` is its pixels per unit of the coordinates."""
    if not (np.isfinite(scale) and scale > 0):
        return None
    width, height = picture.width / scale, picture.height / scale
    picture.thumbnail((SIDE, SIDE))
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=_QUALITY)
    return Histology(encoded.getvalue(), width, height)
