"""Does `--auto` choose what was planted, and does it help on annotated slides?

    python -m tests.benchmarks.choices                            # the first table of docs/choices.md: 200 slides
    python -m tests.benchmarks.choices --first 0 --slides 20      # other slides
    python -m tests.benchmarks.choices --annotated a.h5ad:region b.h5ad:region    # the second table

A choice is right if it is the planted one, or scores within an error bar of it. The score is the truth, which `--auto`
does not see: the adjusted Rand index with the planted niches for normalisation and number, the Poisson deviance from
the planted rates for the pooling of maps. Its error is that of a block jackknife of the difference.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data_prep import pooling
from data_prep.facts.block_jackknife import jackknife_error, ratio_error
from data_prep.facts.choices.choice_record import MAPS, NORMALISATION, NUMBER, Choices, Value
from data_prep.facts.choices.heldout_deviance import shrunken
from data_prep.facts.choices.map_pooling import POOLS, SPOTS_PER_POOL
from data_prep.facts.choices.preparation_choice import choose_preparation
from data_prep.facts.niche_finding import find_niches
from data_prep.facts.spatial_blocks import spatial_blocks
from data_prep.niche_options import NORMALISATIONS, NicheOptions, Preparation
from data_prep.slide import Slide
from data_prep.synth.planted_choices import PlantedChoices, plant_choices

FIRST = 9000
"""Slides with smaller seeds were looked at while the rules were made."""


@dataclass(frozen=True)
class Verdict:
    """One question on one slide.

    Attributes:
        question: "normalisation", "number of niches" or "pooling of maps".
        planted: what was planted, in words.
        best: the answers that were planted, or that the planted truth makes the best.
        chosen: the choice of `--auto`.
        lost: score of the truth that the choice loses against the planted answer; 0 if it is that.
        error: error of the loss.
    """

    question: str
    planted: str
    best: tuple[Value, ...]
    chosen: Value | None
    lost: float = 0.0
    error: float = 0.0

    @property
    def is_same(self) -> bool:
        """Whether the planted answer was chosen."""
        return self.chosen in self.best

    @property
    def is_right(self) -> bool:
        """Whether it was, or the choice scores within an error of it."""
        return self.is_same or self.lost <= self.error


def judge(planted: PlantedChoices) -> list[Verdict]:
    """Choose on a planted slide and compare with what was planted."""
    choices = choose_preparation([planted.slide])
    return [_normalisation(planted, choices), _number(planted, choices), _maps(planted, choices)]


def _normalisation(planted: PlantedChoices, choices: Choices) -> Verdict:
    chosen = choices.chosen(NORMALISATION)
    told = "depth artefact" if planted.depth_artefact else "even depth"
    best = NORMALISATIONS[1:] if planted.depth_artefact else ("none",)
    verdict = Verdict(NORMALISATION, told, best, chosen)
    if verdict.is_same:
        return verdict
    mine, theirs = (
        _found(planted.slide, NicheOptions(planted.n_niches, preparation=Preparation(normalisation=str(way))))
        for way in (chosen, best[0])
    )
    lost, error = _rand_lost(planted.slide, mine, theirs)
    return replace(verdict, lost=lost, error=error)


def _number(planted: PlantedChoices, choices: Choices) -> Verdict:
    number = planted.n_niches
    told = "3 to 5 niches" if number < 6 else "6 to 8 niches" if number < 9 else "9 to 12 niches"
    verdict = Verdict(NUMBER, told, (number,), choices.chosen(NUMBER))
    if verdict.is_same:
        return verdict
    mine = _found(planted.slide, choices.applied_to(NicheOptions(auto=True)))
    theirs = _found(planted.slide, NicheOptions(number, preparation=choices.preparation))
    if verdict.chosen is None:
        verdict = replace(verdict, chosen=len(np.unique(mine[mine >= 0])))
    lost, error = _rand_lost(planted.slide, mine, theirs)
    return replace(verdict, lost=lost, error=error)


def _maps(planted: PlantedChoices, choices: Choices) -> Verdict:
    slide = planted.slide
    block = spatial_blocks(slide.xy)
    counts, depth = slide.counts.toarray().astype(np.float64), slide.depth
    mean = counts.sum(axis=0) / depth.sum()
    lost = {}
    for pool in (k for k in POOLS if k == 1 or k * SPOTS_PER_POOL <= slide.n_spots):
        matrix = pooling.pooling_matrix(slide.xy, pool)
        rate = shrunken(matrix @ counts, matrix @ depth, np.maximum(mean, 0.5 / depth.sum()))
        true = planted.rates / planted.rates.sum(axis=1, keepdims=True)
        deviance = 2 * (true * np.log(np.maximum(true, 1e-12) / rate) - (true - rate)).sum(axis=1) * depth
        lost[pool] = np.bincount(block, deviance)
    best = min(lost, key=lambda pool: lost[pool].sum())
    chosen = choices.chosen(MAPS)
    exposure = np.bincount(block, depth)
    more = lost[int(chosen or 1)] - lost[best]
    error = float(ratio_error(more, exposure))
    told = f"pooling {planted.pooling}"
    return Verdict(MAPS, told, (best,), chosen, float(more.sum() / exposure.sum()), error)


def _found(slide: Slide, options: NicheOptions) -> np.ndarray:
    return find_niches([slide], options).slides[0].niche


def _rand_lost(slide: Slide, mine: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """How much lower the adjusted Rand index of one partition is, with its block-jackknife error."""
    from sklearn.metrics import adjusted_rand_score

    def lost(kept: np.ndarray) -> float:
        return adjusted_rand_score(slide.niche[kept], theirs[kept]) - adjusted_rand_score(slide.niche[kept], mine[kept])

    block = spatial_blocks(slide.xy)
    without = np.array([lost(block != number) for number in range(block.max() + 1)])
    return lost(np.ones(slide.n_spots, bool)), float(jackknife_error(without, np.ones(len(without), bool)))


def tell_planted(verdicts: list[Verdict]) -> Iterator[str]:
    """Rows of the table by question and what was planted."""
    yield "| question | planted | slides | the planted one | or within an error of it |"
    yield "|---|---|---|---|---|"
    for question in (NORMALISATION, NUMBER, MAPS):
        own = [verdict for verdict in verdicts if verdict.question == question]
        for planted in (*sorted({verdict.planted for verdict in own}), "all"):
            part = [verdict for verdict in own if planted in ("all", verdict.planted)]
            same, right = (sum(getattr(v, name) for v in part) for name in ("is_same", "is_right"))
            yield f"| {question} | {planted} | {len(part)} | {same / len(part):.0%} | {right / len(part):.1%} |"


def tell_annotated(files: list[str]) -> Iterator[str]:
    """Rows of the table of annotated slides: adjusted Rand index with the default and with `--auto`."""
    from sklearn.metrics import adjusted_rand_score

    from data_prep.read.options import ReadOptions
    from data_prep.read.slide_reader import read_slides

    yield "| slide | niches | chosen | ARI, number given: default | `--auto` | number found: default | `--auto` | s |"
    yield "|" + "---|" * 8
    for file in files:
        name, _, key = file.rpartition(":")
        for slide in read_slides(Path(name), ReadOptions((key,), drop_small_niches=True)):
            known, n = slide.niche >= 0, len(slide.niches)
            start = time.process_time()
            choices = choose_preparation([slide])
            taken = time.process_time() - start

            def rand(options: NicheOptions, slide: Slide = slide, known: np.ndarray = known) -> tuple[float, int]:
                (found,) = find_niches([slide], options).slides
                return adjusted_rand_score(slide.niche[known], found.niche[known]), len(found.niches)

            given, auto = NicheOptions(n), choices.applied_to(NicheOptions(n, auto=True))
            searched, decided = NicheOptions(), choices.applied_to(NicheOptions(auto=True))
            default = replace(Preparation(), n_genes=min(Preparation().n_genes, slide.n_genes))
            is_default = choices.preparation == default
            of_given = rand(given)
            of_auto = of_given if is_default else rand(auto)
            of_searched = rand(searched)
            of_decided = of_searched if is_default and decided.n_niches is None else rand(decided)
            yield (
                f"| {slide.name} | {n} | {choices.preparation.words()} | {of_given[0]:.2f} | {of_auto[0]:.2f} | "
                f"{of_searched[0]:.2f} ({of_searched[1]}) | {of_decided[0]:.2f} ({of_decided[1]}) | {taken:.0f} |"
            )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, default=FIRST, help="first seed")
    parser.add_argument("--slides", type=int, default=200)
    parser.add_argument("--annotated", nargs="+", metavar="FILE:COLUMN", default=[])
    parser.add_argument("--mistakes", action="store_true", help="list the choices that were not right")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.annotated:
        for row in tell_annotated(options.annotated):
            print(row, flush=True)
        return
    start, verdicts = time.process_time(), []
    for seed in range(options.first, options.first + options.slides):
        for verdict in judge(plant_choices(seed)):
            verdicts.append(verdict)
            if options.mistakes and not verdict.is_right:
                print(f"{seed}: {verdict}", flush=True)
    print(f"{options.slides} slides from seed {options.first}, {time.process_time() - start:.0f} s of one core")
    for row in tell_planted(verdicts):
        print(row)


if __name__ == "__main__":
    main()
