"""The figure contract: everything that decides a figure's pixels beside the slide and the spec.

Every dataset and adapter stores its contract. A model is only asked about figures of the contract that it learnt from.
"""

from __future__ import annotations

import hashlib
import json

from data_prep import pooling
from data_prep.figures import palette
from data_prep.figures.canvas import CLIP_QUANTILE
from data_prep.figures.projection import MARGIN, REACH, SMALLEST_SPOT
from data_prep.figures.spec import NATIVE_SIZE, PANELS, TYPE_PANELS


def figure_contract(size: int = NATIVE_SIZE) -> dict[str, object]:
    """The contract of figures of one size, with its hash under ``hash``."""
    contract: dict[str, object] = {
        "version": 2,
        "size": size,
        "normalisation": "counts per depth, both summed over the pool, times the median depth",
        "clip_quantile": CLIP_QUANTILE,
        "colour_table": hashlib.sha256(palette.figure_table().tobytes()).hexdigest()[:16],
        "niche_colours": dict(palette.NICHE_COLOURS),
        "pooling": {
            "ladder": pooling.LADDER,
            "target_counts": pooling.TARGET_COUNTS,
            "spots_per_pool": pooling.SPOTS_PER_POOL,
            "focus": "within niche",
            "expression": "whole tissue",
        },
        "orientation": "y down, aspect kept, tissue centred",
        "margin": MARGIN,
        "reach": REACH,
        "merged": f"cells nearer than {SMALLEST_SPOT} pixels, by pixel and niche",
        "panels": "".join((*PANELS, *TYPE_PANELS)),
    }
    contract = json.loads(json.dumps(contract))
    contract["hash"] = hashlib.sha256(json.dumps(contract, sort_keys=True).encode()).hexdigest()[:16]
    return contract
