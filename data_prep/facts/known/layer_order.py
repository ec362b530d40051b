"""Names layers by their order: L1, L2, ... lie beside each other, and one end is known.

Numbers say nothing to marker lists, but the layers of a cortex lie in order. The niches are put in the row in which
each borders the next one; of all rows the one with the longest borders is taken. It is turned by what lies at its ends:
white matter lies under the deepest layer. Without it, the first layer is the one that holds few neurons. Where the row
is broken or neither end is known, nothing is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, permutations

import numpy as np

from data_prep.facts.facts import Facts
from data_prep.facts.known.known_facts import BORDERING

FEWEST_LAYERS, MOST_LAYERS = 3, 7
"""Two layers have no order, and more than seven have too many rows to try."""
MOST_OTHERS = 2
"""Niches beside the layers that may have no name either."""
FEW_NEURONS = 2.0
"""By so much less the score of neurons must be at one end than at the other."""
_LAYER = re.compile(r"(?:cortical\s+)?(?:layer|lamina|l)[\s_-]*(\d+)(?:[/-]\d+)?", re.IGNORECASE)
_WHITE_MATTER = re.compile(r"wm|cc|(?:.*\b)?(?:white matter|corpus callosum)(?:\b.*)?", re.IGNORECASE)


def layer_numbers(names: Sequence[str]) -> dict[str, int]:
    """The names that number layers → their (first) number, in order; {} if two have one number."""
    numbers = {name: int(match[1]) for name in names if (match := _LAYER.fullmatch(name.strip()))}
    if len(set(numbers.values())) < len(numbers):
        return {}
    return dict(sorted(numbers.items(), key=lambda item: item[1]))


def order_layers(facts: Facts, niches: Sequence[str], layers: Sequence[str], named: dict[str, str]) -> dict[str, str]:
    """Niche → name of a layer; {} where their order is not certain.

    Args:
        facts: of a slide with knowledge.
        niches: those that have no name yet.
        layers: names, the first layer first.
        named: niche → name of those that have one.
    """
    n_others = len(niches) - len(layers)
    if not 0 <= n_others <= MOST_OTHERS or not FEWEST_LAYERS <= len(layers) <= MOST_LAYERS:
        return {}
    row = _longest_borders(facts, niches, len(layers))
    if row is None:
        return {}
    below = [niche for niche, name in named.items() if _WHITE_MATTER.fullmatch(name.strip())]
    turned = _turned_by_white_matter(facts, row, below) if below else _turned_by_neurons(facts, row)
    return dict(zip(turned, layers, strict=True)) if turned else {}


def _border(facts: Facts, one: str, other: str) -> float:
    """Share of the edges that leave a niche and end in the other, from the side where it is larger."""
    return max(facts.shapes[a].contacts.get(b, 0.0) for a, b in ((one, other), (other, one)))


def _longest_borders(facts: Facts, niches: Sequence[str], n_layers: int) -> list[str] | None:
    """The row of so many niches in which each borders the next one, with the longest borders; None for none."""
    border = np.array([[_border(facts, one, other) if one != other else 0.0 for other in niches] for one in niches])
    best: tuple[float, tuple[int, ...]] | None = None
    for row in permutations(range(len(niches)), n_layers):
        if row[0] < row[-1]:  # the same row backwards is no other row
            shares = [border[one, other] for one, other in pairwise(row)]
            if min(shares) >= BORDERING and (best is None or sum(shares) > best[0]):
                best = sum(shares), row
    return None if best is None else [niches[at] for at in best[1]]


def _turned_by_white_matter(facts: Facts, row: list[str], below: list[str]) -> list[str]:
    """The row with its deepest layer last, which borders white matter; [] if both ends or neither do."""
    first, last = (max(_border(facts, end, niche) for niche in below) for end in (row[0], row[-1]))
    if (first >= BORDERING) == (last >= BORDERING):
        return []
    return row if last >= BORDERING else row[::-1]


def _turned_by_neurons(facts: Facts, row: list[str]) -> list[str]:
    """The row with the layer first that holds few neurons; [] if both ends are alike or nobody knows neurons."""
    if facts.known is None or (at := facts.known.types.types.index("neurons")) is None:
        return []
    first, last = (float(facts.known.types.scores[at, facts.slide.niche_index(end)]) for end in (row[0], row[-1]))
    if not np.isfinite([first, last]).all() or abs(first - last) < FEW_NEURONS:
        return []
    return row if first < last else row[::-1]
