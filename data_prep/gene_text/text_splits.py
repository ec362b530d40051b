"""Divides gene families over the splits of a text dataset."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from data_prep.errors import NicheLensError
from data_prep.split_names import TRAIN, VALIDATION

TEST = "test"
TEXT_SPLITS = {
    TRAIN: "families that a model learns from",
    VALIDATION: "other families, for early stopping",
    TEST: "other families, for evaluation",
}
"""Split → its content, in the order in which a dataset card lists them."""
HELD_OUT_SHARE = 0.1
"""Share of the genes in `test`, and in `validation`."""
LARGEST_HELD_OUT = 0.01
"""Share of the genes beyond which a family is always learned from. Held out, the 400 olfactory receptors alone would be
a third of the test. A family of three genes or fewer may always be held out."""
_FEW_GENES = 3


def split_families(families: Sequence[str], seed: int) -> tuple[str, ...]:
    """The split of each gene. A family stands in one split.

    Families are taken in the order of a hash of the seed and their name, and fill `test`, then `validation`, then
    `train`.

    Args:
        families: family of each gene.
        seed: draws the families.

    Raises:
        NicheLensError: there are too few families for three splits.
    """
    sizes = Counter(families)
    if len(sizes) < len(TEXT_SPLITS):
        message = f"{len(sizes)} gene families have answers, and three splits need three; give a larger table"
        raise NicheLensError(message)
    largest = max(LARGEST_HELD_OUT * len(families), _FEW_GENES)
    order = sorted(sizes, key=lambda name: hashlib.sha256(f"{seed}:{name}".encode()).digest())
    small = [name for name in order if sizes[name] <= largest] or order
    wanted = max(HELD_OUT_SHARE * len(families), 1)
    split_of = dict.fromkeys(order, TRAIN)
    for split in (TEST, VALIDATION):
        held = 0
        while small and held < wanted and sum(1 for its in split_of.values() if its == TRAIN) > 1:
            name = small.pop(0)
            split_of[name] = split
            held += sizes[name]
    return tuple(split_of[name] for name in families)
