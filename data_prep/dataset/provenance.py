"""Provenance: everything that determines the content of a dataset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from data_prep.claims.vocabulary import thresholds
from data_prep.dataset.prep_config import PrepConfig
from data_prep.dataset.rows import Row
from data_prep.dataset.splits import Partition
from data_prep.facts import marker_rule
from data_prep.gene_columns import gene_blocks
from data_prep.slide import Slide
from data_prep.split_names import AMBIGUOUS


def count_answers(rows: dict[str, list[Row]]) -> dict[str, dict[str, dict[str, int]]]:
    """Number of yes and no answers: task → split → answer → number."""
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for split, rows_of_split in rows.items():
        for row in rows_of_split:
            if row.label and split != AMBIGUOUS:
                answers = counts.setdefault(row.task, {}).setdefault(split, {"yes": 0, "no": 0})
                answers[row.label] += 1
    return counts


def describe_build(
    slides: Sequence[Slide], sides: Partition, config: PrepConfig, sizes: dict[str, int], fingerprints: list[str]
) -> dict[str, Any]:
    """Everything that determines the content of a dataset. There is no date, so equal inputs give equal bytes."""
    return {
        "splits": sizes,
        "donors": dict(sides.donors),
        "validation": "donors" if "validation" in sides.donors.values() else "genes",
        "config": config.to_json(),
        "marker_rule": {
            "log2fc_marker": marker_rule.LOG2FC_MARKER,
            "q_marker": marker_rule.Q_MARKER,
            "detected_min": marker_rule.DETECTED_MIN,
            "not_errors": marker_rule.NOT_ERRORS,
        },
        "claims": thresholds(),
        "slides": [
            {
                "name": slide.name,
                **slide.meta.to_json(),
                "n_spots": slide.n_spots,
                "n_genes": slide.n_genes,
                "niches": {name: int((slide.niche == code).sum()) for code, name in enumerate(slide.niches)},
                "cell_types": list(slide.cell_types),
                "sha256": digest,
            }
            for slide, digest in zip(slides, fingerprints, strict=True)
        ],
        "versions": library_versions(),
    }


def library_versions() -> dict[str, str]:
    """Installed versions of the libraries that can influence the bytes of a dataset."""
    return {name: version(name) for name in ("nichelens", "numpy", "scipy", "pandas", "datasets", "pyarrow", "pillow")}


def fingerprint(slide: Slide) -> str:
    """Hash of all data of a slide that are measured or drawn."""
    digest = hashlib.sha256()
    for _, block in gene_blocks(slide.counts):
        for array in (block.data, block.indices.astype(np.int32), np.diff(block.indptr).astype(np.int64)):
            digest.update(np.ascontiguousarray(array).tobytes())
    for array in (slide.xy, slide.niche, slide.cell_type):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps([slide.genes.tolist(), slide.niches, slide.cell_types, slide.meta.to_json()]).encode())
    return digest.hexdigest()[:16]
