"""Tables of computed niches: the label of each spot, the curve over the numbers, and the size of each niche."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data_prep.slide_loading import distinct_labels

if TYPE_CHECKING:
    import pandas as pd

    from data_prep.facts.niche_finding import FoundNiches

LABEL_COLUMNS = ("spot", "slice", "niche", "confidence")
CONFIDENCE_DIGITS = 3
"""Some dozens of partitions vote, so further digits say nothing."""


@dataclass(frozen=True)
class NicheSize:
    """How large a niche is on one slice.

    Attributes:
        slice: name of the slice.
        niche: name of the niche; "" for the spots that belong nowhere.
        spots: number of spots.
        share: of all spots of the slice, 0..1.
        confidence: their median confidence, 0..1; 0 without spots.
    """

    slice: str
    niche: str
    spots: int
    share: float
    confidence: float


def niche_names(found: FoundNiches) -> list[str]:
    """Names of the niches of all slices, the largest over all slices first."""
    total: dict[str, int] = {}
    for size in niche_sizes(found):
        if size.niche:
            total[size.niche] = total.get(size.niche, 0) + size.spots
    return sorted(total, key=lambda name: -total[name])


def niche_sizes(found: FoundNiches) -> list[NicheSize]:
    """The size of each niche on each slice, and last of the spots that belong nowhere."""
    sizes = []
    for name, slide, confidence in zip(distinct_labels(found.slides), found.slides, found.confidence, strict=True):
        for code in (*range(len(slide.niches)), -1):
            own = slide.niche == code
            n = int(own.sum())
            median = float(np.median(confidence[own])) if n else 0.0
            sizes.append(NicheSize(name, slide.niches[code] if code >= 0 else "", n, n / slide.n_spots, median))
    return sizes


def label_table(found: FoundNiches) -> pd.DataFrame:
    """One row for each spot: `LABEL_COLUMNS`; "niche" is "" for a spot that belongs nowhere."""
    import pandas as pd

    parts = []
    for name, slide, confidence in zip(distinct_labels(found.slides), found.slides, found.confidence, strict=True):
        spots = slide.spot_names if len(slide.spot_names) else np.arange(slide.n_spots).astype(str)
        niche = np.array([*slide.niches, ""], dtype=object)[slide.niche]
        rounded = np.round(confidence.astype(float), CONFIDENCE_DIGITS)
        values = (spots, name, niche, rounded)
        parts.append(pd.DataFrame(dict(zip(LABEL_COLUMNS, values, strict=True))))
    return pd.concat(parts, ignore_index=True)


def labels_csv(found: FoundNiches) -> str:
    """`label_table` as CSV, confidences with three digits."""
    return label_table(found).to_csv(index=False, float_format=f"%.{CONFIDENCE_DIGITS}f", lineterminator="\n")


def curve_table(found: FoundNiches) -> pd.DataFrame:
    """One row for each number that was tried: "n_niches", "explained", "stability", "is_chosen".

    It is empty if the number was given.
    """
    import pandas as pd

    chosen = chosen_number(found)
    rows = [(s.n_niches, s.explained, s.stability, s.n_niches == chosen) for s in found.curve]
    return pd.DataFrame(rows, columns=["n_niches", "explained", "stability", "is_chosen"])


def chosen_number(found: FoundNiches) -> int:
    """The number of niches that was given, decided by held-out counts, or chosen on the curve; fewer may have spots."""
    from data_prep.facts.choices.choice_record import NUMBER
    from data_prep.facts.niche_consensus import choose_number

    given = found.options.n_niches or (found.choices and found.choices.chosen(NUMBER))
    return int(given) if given else choose_number(found.curve, found.options.scale)[0]
