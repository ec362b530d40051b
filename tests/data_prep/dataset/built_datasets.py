"""Settings of the small datasets that tests build, and a way to compare datasets."""

import hashlib
from pathlib import Path

from data_prep.dataset.prep_config import PrepConfig
from data_prep.tasks import PROSE_TASKS

SMALL = PrepConfig(
    tasks=("enriched", "colocalised", "highest", "adjacent", *PROSE_TASKS),
    size=32,
    markers_per_slide=60,
    held_out_per_slide=24,
    descriptions_per_niche=2,
    others_per_slide=40,
    unclear_per_slide=8,
    test_genes=0.3,
)
DONORS = ("A", "B", "C")


def fingerprint(folder: Path) -> dict[str, str]:
    """Path of each file → hash of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
