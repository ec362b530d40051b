"""Choices about preprocessing by count splitting: `choose_preparation`.

    choices = choose_preparation([slide])
    choices.preparation, choices.chosen("number of niches"), choices.notes

Each question is asked with the earlier answers in place: normalisation, components, genes, number of niches. The
default stays where it is level with the best: within one error, or within `choice_record.LEVEL`. Else the answer is the
simplest candidate within one error of the best, in this order: none, depth, log, pearson; fewer components; fewer
genes; fewer pooled spots. Maps have no default.

Splitting cannot choose how many spots to pool for niches. A spot's own counts are predicted best by its cell type, so
they want no pooling on single cells; agreement of the halves wants ever more. The layout of the spots decides instead
(`niche_views.pools_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.choices.choice_record import (
    COMPONENTS,
    GENES,
    MAPS,
    NORMALISATION,
    NUMBER,
    Choice,
    Choices,
    Value,
    choose,
    compared,
)
from data_prep.facts.choices.count_halves import SEED, CountHalves
from data_prep.facts.choices.heldout_deviance import HeldOut
from data_prep.facts.choices.label_scores import LabelScores, middle_pool
from data_prep.facts.choices.map_pooling import FIGURE_RULE, MapScores, score_maps
from data_prep.facts.choices.niche_number import NumberScores, score_numbers
from data_prep.facts.niche_views import Tissue, name_order
from data_prep.facts.variable_genes import gene_variances
from data_prep.niche_options import NORMALISATIONS, NicheOptions, Preparation
from data_prep.slide import Slide

COMPONENT_STEPS = (5, 10, 20, 40)
GENE_STEPS = (250, 500, 1000, 2000, 3000)
FEWEST_SPOTS = 100
"""Fewer spots give blocks of a few spots, and errors that say nothing."""
FEW_MAPS = 0.2
"""With a smaller share of genes whose maps predict, a slide has too few counts for maps of single genes."""

Progress = Callable[[float, str], None]
"""(share that is done, what comes next)."""


def choose_preparation(
    slides: Sequence[Slide], options: NicheOptions | None = None, progress: Progress | None = None, seed: int = SEED
) -> Choices:
    """Choose how to prepare the counts of slides, by count splitting.

    Args:
        slides: one or more, which share genes. The choices are common to them.
        options: what niches are looked for; their number is not chosen if it is given, or a scale is.
        progress: is told the share that is done, 0 to 1, and what comes next.
        seed: of the halves; equal seeds give equal choices.

    Raises:
        NicheLensError: a slide is too small, or the slides share too few genes.
    """
    from threadpoolctl import threadpool_limits

    options = options or NicheOptions()
    for slide in slides:
        if slide.n_spots < FEWEST_SPOTS:
            message = (
                f"{slide.name}: {slide.n_spots} spots are too few to choose by count splitting ({FEWEST_SPOTS}); "
                "prepare the counts as by default"
            )
            raise NicheLensError(message)
    with threadpool_limits(1):  # sums in several threads differ in their last digits from run to run
        return _choose(tuple(sorted(slides, key=name_order)), options, progress or tell_nobody, seed)


def _choose(slides: tuple[Slide, ...], options: NicheOptions, tell: Progress, seed: int) -> Choices:
    tell(0.0, "splitting the counts into halves")
    tissue = Tissue.of(slides, GENE_STEPS[-1])
    halves = CountHalves.of(tissue, seed)
    tell(0.1, "comparing maps")
    maps = score_maps(halves)
    scores = LabelScores(halves, _by_variance(slides, tissue), middle_pool(tissue))
    preparation = Preparation(n_genes=min(Preparation().n_genes, tissue.counts.shape[1]))
    tell(0.2, "comparing normalisations")
    of_way: dict[Value, HeldOut] = {
        way: scores.of_preparation(_with(preparation, normalisation=way)) for way in NORMALISATIONS
    }
    normalisation = _answer(NORMALISATION, of_way, Preparation().normalisation)
    preparation = _with(preparation, normalisation=normalisation.chosen)
    tell(0.5, "comparing numbers of components")
    most = scores.most_components(preparation)
    steps = sorted({min(step, most) for step in COMPONENT_STEPS})
    components = _answer(
        COMPONENTS,
        {step: scores.of_preparation(_with(preparation, n_components=step)) for step in steps},
        min(Preparation().n_components, most),
    )
    preparation = _with(preparation, n_components=components.chosen)
    tell(0.7, "comparing numbers of genes")
    steps = sorted({min(step, tissue.counts.shape[1]) for step in GENE_STEPS})
    genes = _answer(
        GENES,
        {step: scores.of_preparation(_with(preparation, n_genes=step)) for step in steps},
        preparation.n_genes,
    )
    preparation = _with(preparation, n_genes=genes.chosen)
    answers = [normalisation, components, genes]
    if options.n_niches is None and options.scale == "middle":
        tell(0.85, "comparing numbers of niches")
        answers.append(_number(score_numbers(scores, preparation), is_sparse=_is_sparse(of_way)))
    answers.append(_maps(maps))
    pool = max((p for p in maps.overall if p != FIGURE_RULE), key=lambda p: float(maps.overall[p].score))
    n_scored, n_mapped = len(maps.genes), int(maps.predicting(pool).sum())
    tell(1.0, "choices made")
    return Choices(
        tuple(s.name for s in slides), tuple(answers), n_scored, n_mapped, _notes(n_scored, n_mapped, of_way)
    )


def _answer(question: str, held_out: dict[Value, HeldOut], default: Value) -> Choice:
    return choose(question, held_out, [default, *(value for value in held_out if value != default)], default)


def _with(preparation: Preparation, **changes: object) -> Preparation:
    return replace(preparation, **changes)  # type: ignore[arg-type]


def _is_sparse(of_way: dict[Value, HeldOut]) -> bool:
    """Whether no partition surely predicts better than one niche."""
    return all(scored.score <= 2 * scored.error for scored in of_way.values())


def _number(scores: NumberScores, *, is_sparse: bool) -> Choice:
    curve = scores.curve
    if len(curve) < 3:
        return Choice(NUMBER, (), None, None, "the slide is too small to compare numbers; the niche finder chooses")
    number = None if is_sparse else scores.decided()
    if is_sparse:
        reason = "there are too few counts to tell; the niche finder chooses"
    elif number is None:
        reason = "no number is the last whose niche predicts better and lies together; the niche finder chooses"
    else:
        reason = "the largest number whose last niche predicts held-out counts better and lies together"
    return Choice(NUMBER, compared(dict[Value, HeldOut](curve.items())), None, number, reason)


def _maps(maps: MapScores) -> Choice:
    """The figures have a rule of their own, which is scored beside the choice."""
    rule = maps.overall[FIGURE_RULE]
    pools: dict[Value, HeldOut] = {pool: scored for pool, scored in maps.overall.items() if pool != FIGURE_RULE}
    choice = choose(MAPS, pools, list(pools), None)
    best = maps.overall[choice.best.value]
    lost, error = rule.behind(best)
    if lost <= error:
        told = "the pools of the figures, one for each gene, are as good"
    else:
        told = f"the pools of the figures, one for each gene, explain {lost:.2%} less, ± {error:.2%}"
    candidates = compared(maps.overall)
    return Choice(MAPS, candidates, FIGURE_RULE, choice.chosen, f"{choice.reason}; {told}")


def _notes(n_scored: int, n_mapped: int, of_way: dict[Value, HeldOut]) -> tuple[str, ...]:
    notes = []
    if n_scored and n_mapped < FEW_MAPS * n_scored:
        notes.append(
            f"Too few counts for maps of most single genes: of {n_scored} genes, evenly from the rarest to the most "
            f"common, {n_mapped} have a map that predicts held-out counts better than no map."
        )
    if _is_sparse(of_way):
        notes.append("Too few counts for niches: no partition predicts held-out counts surely better than one niche.")
    return tuple(notes)


def _by_variance(slides: Sequence[Slide], tissue: Tissue) -> np.ndarray:
    """Columns of the tissue, the gene with the largest variance over the slides first."""
    total = np.zeros(tissue.counts.shape[1])
    for slide in slides:
        variance = dict(zip(slide.genes.astype(str), gene_variances(slide), strict=True))
        total += [variance[gene] for gene in tissue.genes]
    return np.argsort(-total, kind="stable")


def tell_nobody(share: float, what: str) -> None:
    """Progress that nobody asked for."""
