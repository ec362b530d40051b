"""The figure contract: everything that decides a figure's pixels beside the slide and the spec.

Every dataset and adapter stores its contract. A model is only asked about figures of the contract that it learnt from.
"""

from __future__ import annotations

import hashlib
import json

from data_prep import pooling
from data_prep.figures import crop, evidence_bar, frame, gene_levels, palette, projection
from data_prep.figures.canvas import CLOSE_POOL
from data_prep.figures.spec import KINDS, NATIVE_SIZE, PANELS, TYPE_PANELS


def figure_contract(size: int = NATIVE_SIZE) -> dict[str, object]:
    """The contract of figures of one size, with its hash under ``hash``."""
    contract: dict[str, object] = {
        "version": 3,
        "size": size,
        "kinds": KINDS,
        "normalisation": "counts per depth, both summed over the pool",
        "clip_quantile": {"tissue": gene_levels.CLIP_QUANTILE, "niche": gene_levels.CLOSE_CLIP_QUANTILE},
        "colour_table": _digest(palette.figure_table().tobytes()),
        "twin_table": _digest(palette.twin_table().tobytes()),
        "pooling": {
            "ladder": pooling.LADDER,
            "target_counts": pooling.TARGET_COUNTS,
            "spots_per_pool": pooling.SPOTS_PER_POOL,
            "focus": "within niche",
            "closeup, spill": f"within niche, at most {CLOSE_POOL}",
            "expression": "whole tissue",
            "depth": f"{gene_levels.DEPTH_POOL}, above the darkest",
            "share": f"within niche, at most {gene_levels.LARGEST_SHARE_POOL}",
        },
        "orientation": "y down, aspect kept, tissue centred",
        "tissue": "labelled spots, sorted by position; niches and depth: all spots",
        "strip": frame.STRIP,
        "bar": {"blocks": evidence_bar.BLOCKS, "area": evidence_bar.AREA},
        "margin": projection.MARGIN,
        "reach": projection.REACH,
        "crop": {"trim": crop.TRIM, "padding": crop.PADDING, "spacings": (crop.LEAST_PADDING, crop.FAR)},
        "merged": f"cells nearer than {projection.SMALLEST_SPOT} pixels, by pixel and niche",
        "panels": "".join((*PANELS, *TYPE_PANELS)),
    }
    contract = json.loads(json.dumps(contract))
    contract["hash"] = _digest(json.dumps(contract, sort_keys=True).encode())
    return contract


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
