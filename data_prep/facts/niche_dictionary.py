"""The niche dictionary of several slides: which niches are the same, with stable names and ids.

    dictionary = match_niches([facts_a, facts_b, facts_c])
    for entry in dictionary.entries:
        print(entry.id, entry.name, [f"{member.slide}: {member.niche}" for member in entry.members])

Matching niches (`niche_matching`) of each two slides form entries. The pair with the highest score is joined first, and
an entry has at most one niche of a slide. Slides are put in an order of their own, so the order in which they are given
changes nothing: neither names nor ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import MARKER
from data_prep.facts.niche_matching import ERRORS, PLACE_WEIGHT, BestMatch, SlideSimilarity, all_similarities

N_NAME_MARKERS = 2
"""Markers in the name of an entry without a common label, as in "MBP+ PLP1+"."""
N_MARKERS = 8
"""Shared markers that an entry lists."""
FROM_LABELS, FROM_MARKERS, FROM_PLACE = "labels", "shared markers", "slide and label"
"""What an entry is named by."""


@dataclass(frozen=True)
class Member:
    """A niche of a slide that belongs to an entry.

    Attributes:
        slide: name of the slide, unique in the dictionary.
        niche: name of the niche on that slide.
        share: of the labelled spots of the slide, 0..1.
    """

    slide: str
    niche: str
    share: float


@dataclass(frozen=True)
class SharedMarker:
    """A gene that marks every member of an entry.

    Attributes:
        gene: symbol.
        log2fc: mean log2 fold change of the members.
        error: its standard error.
    """

    gene: str
    log2fc: float
    error: float


@dataclass(frozen=True)
class NicheEntry:
    """One niche of the dictionary.

    Attributes:
        id: "N1", "N2", ...: first the entries of most slides, of these the largest.
        name: unique in the dictionary.
        named_by: `FROM_LABELS` where all members have the same label, else `FROM_MARKERS`, or `FROM_PLACE` where the
            members have no marker in common.
        members: in the order of the slides, at most one of each.
        markers: genes that mark all members, the strongest first.
        unmatched: name of each slide without this niche, with the reason.
    """

    id: str
    name: str
    named_by: str
    members: tuple[Member, ...]
    markers: tuple[SharedMarker, ...]
    unmatched: dict[str, str]

    @property
    def is_matched(self) -> bool:
        """Whether the niche is on two slides or more."""
        return len(self.members) > 1

    def niche_on(self, slide: str) -> str:
        """The name that the niche has on a slide; "" if it is not there."""
        return next((member.niche for member in self.members if member.slide == slide), "")


@dataclass(frozen=True)
class Match:
    """The best match of a niche on another slide.

    Attributes:
        slide: name of the slide of the niche.
        other: name of the other slide.
        n_genes: number of genes that were compared.
        found: the match, its score, margin and errors, and why it is none.
    """

    slide: str
    other: str
    n_genes: int
    found: BestMatch


@dataclass(frozen=True)
class NicheDictionary:
    """The niches of several slides.

    Attributes:
        slides: names of the slides, in the dictionary's order.
        entries: by id.
        matches: the best match of each niche on each other slide.
    """

    slides: tuple[str, ...]
    entries: tuple[NicheEntry, ...]
    matches: tuple[Match, ...]

    def entry_of(self, slide: str, niche: str) -> NicheEntry:
        """The entry of a niche.

        Raises:
            NicheLensError: the dictionary has no such slide or niche.
        """
        for entry in self.entries:
            if niche and entry.niche_on(slide) == niche:
                return entry
        message = f"the dictionary has no niche '{niche}' of slide '{slide}'; its slides: {', '.join(self.slides)}"
        raise NicheLensError(message)


def match_niches(slides: Sequence[Facts], place_weight: float = PLACE_WEIGHT) -> NicheDictionary:
    """Match the niches of several slides.

    Args:
        slides: facts of at least two slides with niches.
        place_weight: weight of the place in the score, 0..1; 0 matches by markers alone.

    Raises:
        NicheLensError: there are fewer than two slides, or two of them share too few genes.
    """
    if len(slides) < 2:
        message = f"{len(slides)} slide given; a dictionary needs at least two (of one file, its slices)"
        raise NicheLensError(message)
    names, slides = slides_in_order(slides)
    similarities = all_similarities(slides, place_weight)
    best: dict[tuple[int, int], list[BestMatch]] = {}
    for (i, j), pair in similarities.items():
        best[i, j], best[j, i] = pair.best_matches(), pair.turned().best_matches()
    groups = _join(slides, best)
    entries = [_entry(names, slides, group, best) for group in groups]
    entries.sort(key=lambda entry: (-len(entry.members), -_mean_share(entry), entry.name, entry.members[0].slide))
    return NicheDictionary(
        slides=tuple(names),
        entries=tuple(_with_ids(entries)),
        matches=tuple(
            Match(names[i], names[j], _pair(similarities, i, j).n_genes, found)
            for i, j in permutations(range(len(slides)), 2)
            for found in best[i, j]
        ),
    )


def _pair(similarities: dict[tuple[int, int], SlideSimilarity], i: int, j: int) -> SlideSimilarity:
    return similarities[min(i, j), max(i, j)]


def slides_in_order(slides: Sequence[Facts]) -> tuple[list[str], list[Facts]]:
    """The slides in an order that does not depend on the given one, with names that are unique."""

    def content(facts: Facts) -> tuple[float, ...]:
        slide = facts.slide
        return slide.n_spots, slide.n_genes, float(slide.depth.sum()), *slide.xy.sum(axis=0).tolist()

    def label(facts: Facts) -> str:
        return facts.slide.meta.slice or facts.slide.name

    frequent = Counter(label(facts) for facts in slides)
    full = [label(facts) if frequent[label(facts)] == 1 else facts.slide.name for facts in slides]
    order = sorted(range(len(slides)), key=lambda i: (full[i], content(slides[i])))
    names: list[str] = []
    for i in order:
        n_before = sum(full[j] == full[i] for j in order[: len(names)])
        names.append(f"{full[i]} ({n_before + 1})" if n_before else full[i])
    return names, [slides[i] for i in order]


def _join(slides: Sequence[Facts], best: dict[tuple[int, int], list[BestMatch]]) -> list[dict[int, str]]:
    """Groups of niches, slide number → niche: matches are joined from the highest score down, one niche of a slide."""
    group_of = {(i, niche): {i: niche} for i, facts in enumerate(slides) for niche in facts.shapes}
    matches = [
        (-found.score, i, found.niche, j, found.best)
        for (i, j), of_pair in best.items()
        if i < j
        for found in of_pair
        if found.is_match
    ]
    for _, i, niche, j, other in sorted(matches):
        one, two = group_of[i, niche], group_of[j, other]
        if one is two or one.keys() & two.keys():
            continue
        one |= two
        for member in two.items():
            group_of[member] = one
    return list({id(group): group for group in group_of.values()}.values())


def _entry(
    names: Sequence[str],
    slides: Sequence[Facts],
    group: dict[int, str],
    best: dict[tuple[int, int], list[BestMatch]],
) -> NicheEntry:
    members = tuple(Member(names[i], group[i], slides[i].shapes[group[i]].area_fraction) for i in sorted(group))
    markers = _shared_markers(slides, group)
    name, named_by = _name([slides[i] for i in sorted(group)], members, markers)
    unmatched = {names[j]: _why_not(group, j, best) for j in range(len(slides)) if j not in group}
    return NicheEntry("", name, named_by, members, tuple(markers[:N_MARKERS]), unmatched)


def _why_not(group: dict[int, str], missing: int, best: dict[tuple[int, int], list[BestMatch]]) -> str:
    """Why a group has no niche on a slide: the reason of its most similar pair."""
    found = [next(match for match in best[i, missing] if match.niche == niche) for i, niche in group.items()]
    nearest = max(found, key=lambda match: match.score)
    reason = nearest.reason or "it belongs to another entry, whose score is higher"
    return f"nearest is {nearest.best}, score {nearest.score:.2f}: {reason}"


def _shared_markers(slides: Sequence[Facts], group: dict[int, str]) -> list[SharedMarker]:
    """Genes that mark all niches of a group, by falling mean fold change less two errors."""
    folds: dict[str, list[tuple[float, float]]] = {}
    for i, niche in group.items():
        markers, slide = slides[i].markers, slides[i].slide
        column = slide.niche_index(niche)
        for row in np.flatnonzero(markers.label[:, column] == MARKER):
            measured = float(markers.log2fc[row, column]), float(markers.error[row, column])
            folds.setdefault(str(slide.genes[row]), []).append(measured)
    found = []
    for gene, of_members in folds.items():
        if len(of_members) == len(group):
            fold, error = np.array(of_members).T
            found.append(SharedMarker(gene, float(fold.mean()), float(np.sqrt((error**2).sum())) / len(group)))
    return sorted(found, key=lambda marker: (ERRORS * marker.error - marker.log2fc, marker.gene))


def _name(slides: Sequence[Facts], members: Sequence[Member], markers: Sequence[SharedMarker]) -> tuple[str, str]:
    """The name of an entry and what it is named by. Labels that were computed are no names that people gave."""
    labels = {" ".join(member.niche.split()).casefold() for member in members}
    given = all(facts.slide.meta.niches_from.startswith("obs[") or not facts.slide.meta.niches_from for facts in slides)
    if len(labels) == 1 and given:
        return members[0].niche, FROM_LABELS
    if markers:
        return " ".join(f"{marker.gene}+" for marker in markers[:N_NAME_MARKERS]), FROM_MARKERS
    return f"{members[0].slide}: {members[0].niche}", FROM_PLACE


def _with_ids(entries: Sequence[NicheEntry]) -> list[NicheEntry]:
    """The entries in their order, with ids, and with the slide or a number in names that occur twice."""
    frequent = Counter(entry.name for entry in entries)
    taken: Counter[str] = Counter()
    numbered = []
    for number, entry in enumerate(entries, 1):
        name = entry.name
        if frequent[name] > 1 and not entry.is_matched:
            name = f"{name} ({entry.members[0].slide})"
        taken[name] += 1
        name = f"{name} #{taken[name]}" if taken[name] > 1 else name
        numbered.append(replace(entry, id=f"N{number}", name=name))
    return numbered


def _mean_share(entry: NicheEntry) -> float:
    return round(float(np.mean([member.share for member in entry.members])), 6)
