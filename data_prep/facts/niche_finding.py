"""Niche finding: the niches of slides without labels.

Steps: several views of the counts around each spot (`niche_views`), mixtures of Gaussians on each view
(`niche_mixture`), their vote (`niche_consensus`). Several slides are looked at together, so that a niche has the same
name on all of them. The same slides always give the same niches, in whatever order they and their spots stand.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError
from data_prep.facts.choices.choice_record import NUMBER, Choices
from data_prep.facts.choices.preparation_choice import Progress, choose_preparation, tell_nobody
from data_prep.facts.niche_consensus import NumberScore, choose_number, explained, shares, vote
from data_prep.facts.niche_mixture import Mixture, fit_mixture, smooth_labels
from data_prep.facts.niche_views import Tissue, View, make_views, name_order
from data_prep.facts.provisional_names import name_niches, renamed
from data_prep.facts.spot_graph import spot_graph
from data_prep.niche_options import FEWEST, MOST, NicheOptions
from data_prep.slide import MIN_NICHE_SPOTS, Slide, SlideMeta

logger = logging.getLogger(__name__)

COMPONENT_STEPS = (0.4, 0.7, 1.0)
"""Mixtures see these shares of the components."""
LONE_VIEW_STEPS = (0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
"""A single view votes with more partitions."""
SPAN = 1
"""Partitions with one niche less and one niche more vote too."""
VOTE_NEIGHBOURS = 7
"""A pooled spot votes together with its nearest neighbours, itself counted."""
LEAST_CONFIDENCE = 0.3
"""A spot on which the partitions agree less belongs to no niche."""
FOUND_NOTE = "niches were found by clustering, they are no annotation ({} niches; {})"
_FOUND = FOUND_NOTE.partition("{")[0]
"""How a note of an earlier search begins."""
_CHOICE_SHARE = 0.4
"""Share of the time after which the preparation is chosen, if it is."""
_VIEW_SHARE, _SEARCH_SHARE = 0.35, 0.85
"""Share of the time after which the views stand, and after which the number is found."""


@dataclass(frozen=True, eq=False)
class FoundNiches:
    """The niches of one or several slides.

    Attributes:
        slides: the slides with niches, from the largest to the smallest over all slides. They have provisional names
            ("MBP⁺ PLP1⁺"); one without markers is called "niche 3" by its place. -1 is a spot that belongs nowhere.
        confidence: for each slide, (n_spots,) float32: the share of the partitions that put a spot into its niche, or
            into the likeliest one if it belongs nowhere; 0 for a spot apart from the tissue.
        curve: scores of the numbers that were tried; empty if the number was given.
        reason: why this number.
        options: what was looked for; with `auto`, what was chosen.
        choices: how the options were chosen by count splitting; None without `auto`.
    """

    slides: tuple[Slide, ...]
    confidence: tuple[np.ndarray, ...]
    curve: tuple[NumberScore, ...]
    reason: str
    options: NicheOptions
    choices: Choices | None = None

    @property
    def n_niches(self) -> int:
        """How many niches were found over all slides."""
        return len({name for slide in self.slides for name in slide.niches})


def find_niches(
    slides: Sequence[Slide], options: NicheOptions | None = None, progress: Progress | None = None
) -> FoundNiches:
    """Find the niches of slides.

    Args:
        slides: one or more, with or without niches, which share genes.
        options: what to look for; None finds the number of niches.
        progress: is told the share that is done, 0 to 1, and what comes next; what it raises ends the search.

    Raises:
        NicheLensError: a slide is too small, for the niches or for the pool, its spots are all alike, or the slides
            share too few genes.
    """
    from threadpoolctl import threadpool_limits

    options, tell = options or NicheOptions(), progress or tell_nobody
    for slide in slides:
        _check(slide, options)
    order = sorted(range(len(slides)), key=lambda number: name_order(slides[number]))
    ordered = tuple(slides[number] for number in order)
    with threadpool_limits(1):  # sums in several threads differ in their last digits from run to run
        found = _chosen(ordered, options, tell) if options.auto else _Search(ordered, options, tell).run()
    given = np.argsort(order)
    return replace(
        found,
        slides=tuple(found.slides[number] for number in given),
        confidence=tuple(found.confidence[number] for number in given),
    )


def _chosen(slides: tuple[Slide, ...], options: NicheOptions, tell: Progress) -> FoundNiches:
    """The niches of a search whose preparation is chosen first."""
    choices = choose_preparation(slides, options, lambda share, what: tell(share * _CHOICE_SHARE, what))
    chosen, number = choices.applied_to(options), choices.of(NUMBER)
    search = _Search(slides, chosen, lambda share, what: tell(_CHOICE_SHARE + (1 - _CHOICE_SHARE) * share, what))
    if number is not None and number.chosen is not None:
        search.reason = f"held-out counts tell so many apart: {number.reason}"
    found = search.run()
    labelled = tuple(_with_choices(slide, choices) for slide in found.slides)
    return replace(found, slides=labelled, options=replace(chosen, n_niches=options.n_niches), choices=choices)


def _with_choices(slide: Slide, choices: Choices) -> Slide:
    notes = (*slide.meta.notes, *choices.all_notes)
    return replace(slide, meta=replace(slide.meta, notes=notes, choices=choices.to_json()))


def _without_search(meta: SlideMeta) -> SlideMeta:
    """What is known of a slide, without what an earlier search told of its niches."""
    earlier = None if meta.choices is None else Choices.from_json(meta.choices)
    told = () if earlier is None else (earlier.note, *earlier.notes)
    notes = tuple(note for note in meta.notes if note not in told and not note.startswith(_FOUND))
    return replace(meta, notes=notes, choices=None)


def _check(slide: Slide, options: NicheOptions) -> None:
    needed = max(4, options.n_niches or 0) * MIN_NICHE_SPOTS
    if slide.n_spots < needed:
        niches = f"{options.n_niches} niches" if options.n_niches else "niches"
        message = f"{slide.name}: {slide.n_spots} spots are too few to find {niches} in; at least {needed} are needed"
        raise NicheLensError(message)
    pool = options.preparation.pool
    if pool and pool > slide.n_spots // 2:
        message = f"{slide.name}: --pool is {pool}, and the slide has {slide.n_spots} spots; pool at most half of them"
        raise NicheLensError(message)


@dataclass(eq=False)
class _Search:
    slides: tuple[Slide, ...]
    options: NicheOptions
    tell: Progress
    reason: str = "their number was given"
    fitted: dict[tuple[int, int, int], tuple[Mixture, np.ndarray]] = field(default_factory=dict)

    def run(self) -> FoundNiches:
        self.tell(0.0, "comparing the most variable genes")
        self.tissue = Tissue.of(self.slides, self.options.preparation.n_genes)
        self.views: list[View] = []
        for view in make_views(self.tissue, self.options.preparation):
            self.views.append(view)
            self.tell(min(_VIEW_SHARE, 0.05 * len(self.views)), f"looking at {view.way} of {view.pool} spots")
        if all(np.ptp(view.values) < 1e-3 for view in self.views):
            message = f"{self.slides[0].name}: no niches can be found, its spots are all alike; check its counts"
            raise NicheLensError(message)
        curve: tuple[NumberScore, ...] = ()
        n_niches, reason = self.options.n_niches or 0, self.reason
        if not n_niches:
            curve = self._curve()
            n_niches, reason = choose_number(curve, self.options.scale)
        self.tell(_SEARCH_SHARE, f"letting the partitions vote on {n_niches} niches")
        code, confidence = self._settled(n_niches)
        self.tell(1.0, "niches found")
        return self._named(code, confidence, curve, reason)

    def _curve(self) -> tuple[NumberScore, ...]:
        from sklearn.metrics import adjusted_rand_score

        marks, scores = self.tissue.landmarks, []
        most = min(MOST, len(self.tissue) // MIN_NICHE_SPOTS)
        for number in range(FEWEST, most + 1):
            done = (number - FEWEST) / (most - FEWEST + 1)
            self.tell(_VIEW_SHARE + (_SEARCH_SHARE - _VIEW_SHARE) * done, f"trying {number} niches")
            parts = [self._marked(view, step, number) for view, step in self._searchers]
            codes = vote(np.stack(parts, axis=1), number, self._mark_neighbours)
            gain = [explained(self.views[v].values[marks], p) for (v, _), p in zip(self._searchers, parts, strict=True)]
            agree = [adjusted_rand_score(codes, part) for part in parts]
            scores.append(NumberScore(number, float(np.mean(gain)), float(np.mean(agree))))
        return tuple(scores)

    @cached_property
    def _voters(self) -> list[tuple[int, int]]:
        """(view, components) of all partitions of one number of niches."""
        steps = LONE_VIEW_STEPS if len(self.views) == 1 else COMPONENT_STEPS
        width = [view.values.shape[1] for view in self.views]
        return [(v, d) for v in range(len(width)) for d in sorted({max(2, round(step * width[v])) for step in steps})]

    @cached_property
    def _searchers(self) -> list[tuple[int, int]]:
        """Those that score a number of niches: every second one."""
        return self._voters[:: 2 if len(self._voters) > 6 else 1]

    @cached_property
    def _is_pooled(self) -> bool:
        return self.views[-1].pool > 6

    @cached_property
    def _adjacency(self) -> sp.csr_matrix:
        graphs = [spot_graph(slide.xy[places]) for slide, places in zip(self.slides, self.tissue.order, strict=True)]
        graph = sp.block_diag(graphs, format="csr")
        return sp.csr_matrix((np.ones(graph.nnz), graph.indices, graph.indptr), shape=graph.shape)

    @cached_property
    def _neighbours(self) -> np.ndarray | None:
        return self.tissue.nearest(VOTE_NEIGHBOURS) if self._is_pooled else None

    @cached_property
    def _mark_neighbours(self) -> np.ndarray | None:
        """Neighbours of landmarks among the landmarks, as rows of them; None if not every spot is a landmark."""
        return self._neighbours if len(self.tissue.landmarks) == len(self.tissue) else None

    def _marked(self, view: int, components: int, number: int) -> np.ndarray:
        """Labels of the landmarks."""
        return self._fit(view, components, number)[1]

    def _fit(self, view: int, components: int, number: int) -> tuple[Mixture, np.ndarray]:
        key = (view, components, number)
        if key not in self.fitted:
            values = self.views[view].values[self.tissue.landmarks, :components]
            mixture = fit_mixture(values, number, seed=components)
            if self._is_smoothed:
                labels = smooth_labels(mixture, values, self._adjacency)
            else:
                labels = mixture.labels(values.astype(np.float64))
            self.fitted[key] = mixture, labels
        return self.fitted[key]

    @cached_property
    def _is_smoothed(self) -> bool:
        """Whether a Potts prior smooths the labels: pooled views and votes are smooth already."""
        return not self._is_pooled and len(self.tissue.landmarks) == len(self.tissue)

    def _labels(self, view: int, components: int, number: int) -> np.ndarray:
        """Labels of all spots."""
        mixture, labels = self._fit(view, components, number)
        if len(labels) < len(self.tissue):
            labels = mixture.labels(self.views[view].values[:, :components].astype(np.float64))
        return labels

    def _settled(self, n_niches: int) -> tuple[np.ndarray, np.ndarray]:
        """(n,) niche of each spot, and (n,) share of the partitions that put it there."""
        numbers = range(max(2, n_niches - SPAN), min(n_niches + SPAN, len(self.tissue) // MIN_NICHE_SPOTS) + 1)
        labels = np.stack(
            [self._labels(*voter, number).astype(np.uint8) for number in numbers for voter in self._voters], axis=1
        )
        marks = self.tissue.landmarks
        nearest = None if self._neighbours is None else self._neighbours[marks]
        codes = vote(labels if nearest is not None else labels[marks], n_niches, nearest)
        share = shares(labels, marks, codes, n_niches)
        if self._neighbours is not None:
            share = share[self._neighbours].mean(axis=1)
        code = share.argmax(axis=1)
        code[marks] = codes
        return code, share[np.arange(len(share)), code]

    def _named(
        self, code: np.ndarray, confidence: np.ndarray, curve: tuple[NumberScore, ...], reason: str
    ) -> FoundNiches:
        confidence = np.where(_in_tissue(self._adjacency), confidence, 0.0)
        code[confidence < LEAST_CONFIDENCE] = -1
        code = _by_size(code, self.tissue.slide_of)
        n_found = int(code.max()) + 1
        if self.options.n_niches and n_found < self.options.n_niches:
            where = " on each slide" if len(self.slides) > 1 else ""
            fewer = self.options.n_niches - n_found
            reason += f", but {fewer} would have fewer than {MIN_NICHE_SPOTS} spots{where}"
        note = FOUND_NOTE.format(n_found, reason)
        logger.warning("%s: %s", ", ".join(slide.name for slide in self.slides), note)
        slides, sure = [], []
        for number, (slide, places) in enumerate(zip(self.slides, self.tissue.order, strict=True)):
            own = self.tissue.slide_of == number
            codes, certain = np.empty(len(places), np.int32), np.empty(len(places), np.float32)
            codes[places], certain[places] = code[own], confidence[own]
            kept = np.unique(codes[codes >= 0])
            table = np.full(max(int(code.max()) + 2, 2), -1, np.int32)
            table[kept] = np.arange(len(kept))
            how = f"niche finding ({self.options.preparation.words()}; {reason})"
            meta = _without_search(slide.meta)
            meta = replace(meta, niches_from=how, notes=(*meta.notes, note))
            names = tuple(f"niche {k + 1}" for k in kept)
            slides.append(replace(slide, niche=table[codes], niches=names, meta=meta))
            sure.append(certain)
        provisional = name_niches(slides, self.options.cell_type_lists)
        return FoundNiches(
            tuple(renamed(slide, provisional) for slide in slides), tuple(sure), curve, reason, self.options
        )


def _in_tissue(adjacency: sp.csr_matrix) -> np.ndarray:
    """Which spots hang together with enough others: boolean, (n,)."""
    from scipy.sparse.csgraph import connected_components

    part = connected_components(adjacency, directed=False)[1]
    return np.bincount(part)[part] >= MIN_NICHE_SPOTS


def _by_size(code: np.ndarray, slide_of: np.ndarray) -> np.ndarray:
    """The codes from the largest niche to the smallest; the spots of a niche that is too small on a slide get -1."""
    code = code.copy()
    for slide in np.unique(slide_of):
        own = np.flatnonzero((slide_of == slide) & (code >= 0))
        code[own[np.bincount(code[own])[code[own]] < MIN_NICHE_SPOTS]] = -1
    size = np.bincount(code[code >= 0], minlength=1)
    order = np.argsort(-size, kind="stable")
    order = order[size[order] > 0]
    table = np.full(len(size) + 1, -1)
    table[order] = np.arange(len(order))
    return table[code]
