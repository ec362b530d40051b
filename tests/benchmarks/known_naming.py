"""How well niches are named by marker lists, beside names for niches of shuffled spots.

    python -m tests.benchmarks.known_naming --slides FOLDER --knowledge FOLDER

The rules, which names are right for which niche, are in `known/naming_rules.tsv`; they were written before the method
was tried. A niche whose rule is empty has no counterpart in the lists, so any name is wrong.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data_prep.claims.kinds.looks_like import named_type
from data_prep.facts.facts import Facts
from data_prep.knowledge.gene_list import Knowledge
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides

RULES = Path(__file__).parent / "known" / "naming_rules.tsv"
SHUFFLES = 3
"""Times that the spots of each slide are shuffled."""


@dataclass(frozen=True)
class Named:
    """A niche and its name.

    Attributes:
        slide: name of the slide.
        column: obs column of the niches.
        niche: the annotated name.
        name: what it looks like; "" if none fits.
        best: the type with the highest score, said or not.
        score: its score.
        margin: by which it leads.
        is_right: whether the rule allows ``best``.
    """

    slide: str
    column: str
    niche: str
    name: str
    best: str
    score: float
    margin: float
    is_right: bool


def name_all(slides: Path, knowledge: Knowledge) -> Iterator[Named]:
    """Names every niche that has a rule."""
    rules: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    with RULES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            rules[row["slide"], row["niche_key"]][row["niche"]] = row["right"] or ""
    for (file_name, column), of_slide in rules.items():
        for slide in _load(slides / f"{file_name}.h5ad", column):
            facts = Facts.measure(with_knowledge(slide, knowledge))
            for niche in slide.niches:
                if niche in of_slide and facts.known is not None:
                    types = facts.known.types
                    found = types.looks_like(slide.niche_index(niche))
                    best = found.best.name if found.best else ""
                    right = bool(of_slide[niche]) and re.fullmatch(of_slide[niche], best) is not None
                    score = found.best.score if found.best else float("-inf")
                    name = named_type(facts, niche)
                    yield Named(slide.name, column, niche, name, best, score, found.margin, right)


def shuffled_share(slides: Path, knowledge: Knowledge) -> tuple[int, int]:
    """Niches of shuffled spots that are named, and all of them."""
    with RULES.open(encoding="utf-8") as file:
        keys = sorted({(row["slide"], row["niche_key"]) for row in csv.DictReader(file, delimiter="\t")})
    rng = np.random.default_rng(0)
    n_named = n_all = 0
    for file_name, column in keys:
        for slide in _load(slides / f"{file_name}.h5ad", column):
            known = with_knowledge(slide, knowledge)
            labelled = slide.niche >= 0
            for _ in range(SHUFFLES):
                niche = slide.niche.copy()
                niche[labelled] = rng.permutation(niche[labelled])
                facts = Facts.measure(replace(known, niche=niche))
                names = [named_type(facts, name) for name in facts.shapes]
                n_named += sum(map(bool, names))
                n_all += len(names)
    return n_named, n_all


def _load(path: Path, column: str) -> list[Slide]:
    return load_slides([path], ReadOptions(niche_keys=(column,), drop_small_niches=True))


def main() -> None:
    """Prints every name, and the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slides", type=Path, required=True)
    parser.add_argument("--knowledge", type=Path, required=True)
    arguments = parser.parse_args()
    knowledge = read_knowledge([arguments.knowledge])
    found = list(name_all(arguments.slides, knowledge))
    print("slide\tcolumn\tniche\tname\tright\tscore\tmargin")
    for one in found:
        said = one.name or f"none fits (best: {one.best})"
        print(f"{one.slide}\t{one.column}\t{one.niche}\t{said}\t{one.is_right}\t{one.score:.1f}\t{one.margin:.1f}")
    by_column: dict[str, list[Named]] = defaultdict(list)
    for one in found:
        by_column[f"{one.slide.partition(':')[0]} {one.column}"].append(one)
    print("\nslide\tniches\tnamed\tright of the named")
    for name, group in [*by_column.items(), ("all", found)]:
        answered = [one for one in group if one.name]
        print(f"{name}\t{len(group)}\t{len(answered)}\t{sum(one.is_right for one in answered)}")
    n_named, n_all = shuffled_share(arguments.slides, knowledge)
    print(f"\nshuffled spots: {n_named} of {n_all} niches named")


if __name__ == "__main__":
    main()
