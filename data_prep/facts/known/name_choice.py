"""Names niches from a list of names, by marker lists, gene texts and place. It abstains where no name surely fits.

Each name is looked for as a phrase (`facts.known.search`): its score in every niche is the evidence. What a name has in
all niches alike says nothing, so its mean is taken off. Names and niches are then matched one to one, so that the sum
of the scores is largest (Kuhn 1955). A pair stands if the name is raised in the niche, and if neither another name for
the niche nor another niche for the name comes near.

Numbers say nothing to the files. Layers ("L2") are named by their order (`layer_order`), and "cluster 4" not at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.known.layer_order import layer_numbers, order_layers
from data_prep.facts.known.search.slide_search import RAISED, search_slide

WORDS, ORDER = "words", "order"
LEAD = 0.25
"""By how much a pair must lead (`python -m tests.benchmarks.known_identity` counts names and right ones)."""
_LABEL = re.compile(
    r"\d+|[a-z]{1,2}\d+(?:[/-]\d+)?|(?:cluster|niche|domain|region|group|type|layer)[\s_.:-]*\d+", re.IGNORECASE
)
"""Names that number niches and do not say what they are."""
_ABBREVIATIONS = {
    "wm": "white matter",
    "gm": "grey matter",
    "cc": "corpus callosum white matter",
    "hpc": "hippocampus",
    "astro": "astrocytes",
    "oligo": "oligodendrocytes",
    "od": "oligodendrocytes",
    "opc": "oligodendrocyte progenitor cells",
    "endo": "endothelial cells",
    "micro": "microglia",
    "smc": "smooth muscle cells",
    "sst": "SST interneurons",
    "vip": "VIP interneurons",
    "pvalb": "PVALB interneurons",
}
"""Usual short forms of annotators → words."""


@dataclass(frozen=True)
class ChosenName:
    """The name of one niche.

    Attributes:
        niche: as the slide calls it.
        name: of the list; "" where none fits for certain.
        score: of the name in the niche, less its mean over the niches; NaN for no name.
        lead: by which the pair leads; NaN for no name.
        reason: why there is no name; "" for a name.
        by: `WORDS` or `ORDER`: whether the words of the name decided, or the order of layers.
    """

    niche: str
    name: str
    score: float = float("nan")
    lead: float = float("nan")
    reason: str = ""
    by: str = WORDS


def choose_names(facts: Facts, names: Sequence[str]) -> list[ChosenName]:
    """A name for each niche, in the slide's order.

    Args:
        facts: of a slide with knowledge.
        names: to choose from; each is given to one niche at most.

    Raises:
        NicheLensError: no name is given, or the slide has no knowledge.
    """
    if facts.known is None:
        message = f"{facts.slide.name}: has no knowledge, so no name can be chosen; give --knowledge FOLDER"
        raise NicheLensError(message)
    if not names:
        message = "no name to choose from; give at least one"
        raise NicheLensError(message)
    niches = list(facts.shapes)
    scores = name_scores(facts, list(dict.fromkeys(names)))
    if scores:
        raw = np.array(list(scores.values()))
        chosen = _match(niches, list(scores), raw, raw - raw.mean(axis=1, keepdims=True))
    else:
        chosen = [ChosenName(niche, "", reason="no name says anything to the files") for niche in niches]
    named = {one.niche: one.name for one in chosen if one.name}
    rest = [niche for niche in niches if niche not in named]
    layers = order_layers(facts, rest, list(layer_numbers(names)), named)
    return [ChosenName(one.niche, layers[one.niche], by=ORDER) if one.niche in layers else one for one in chosen]


def name_scores(facts: Facts, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Name → its score in each niche of ``facts.shapes``; names that say nothing to the files are left out."""
    columns = [facts.slide.niche_index(niche) for niche in facts.shapes]
    scores = {}
    for name in names:
        if _LABEL.fullmatch(name.strip()):
            continue
        try:
            found = search_slide(facts, _spelled_out(name))
        except NicheLensError:  # the words are in no file
            continue
        if np.isfinite(found.score[columns]).all():
            scores[name] = found.score[columns]
    return scores


def _match(niches: list[str], names: list[str], raw: np.ndarray, relative: np.ndarray) -> list[ChosenName]:
    from scipy.optimize import linear_sum_assignment

    matched = dict(zip(*(part.tolist() for part in reversed(linear_sum_assignment(-relative))), strict=True))
    chosen = []
    for column, niche in enumerate(niches):
        row = matched.get(column)
        if row is None:
            chosen.append(ChosenName(niche, "", reason="other niches fit the names better"))
            continue
        rivals = np.concatenate([np.delete(relative[:, column], row), np.delete(relative[row], column)])
        lead = float(relative[row, column] - rivals.max(initial=-np.inf))
        if raw[row, column] < RAISED:
            chosen.append(ChosenName(niche, "", reason="no name is raised in it"))
        elif lead < LEAD:
            chosen.append(ChosenName(niche, "", reason=f"'{names[row]}' fits no better than another name or niche"))
        else:
            chosen.append(ChosenName(niche, names[row], float(relative[row, column]), lead))
    return chosen


def _spelled_out(name: str) -> str:
    """A name without numbers before it, with short forms written out: "OD Mature 2" → "oligodendrocytes Mature"."""
    words = re.split(r"[\s_]+", re.sub(r"^\d+\s*[:.)-]\s*", "", name.strip()))
    return " ".join(_ABBREVIATIONS.get(word.lower(), word) for word in words if not word.isdigit()) or name
