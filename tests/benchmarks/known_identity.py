"""How well niches are named from the list of their own names, which the method does not know the places of.

    python -m tests.benchmarks.known_identity --slides FOLDER --knowledge FOLDER

Beside it the control: the same with the niches' labels shuffled over the spots, where every name is wrong.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from data_prep.facts.facts import Facts
from data_prep.facts.known.name_choice import choose_names, name_scores
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide_loading import load_slides
from tests.benchmarks.known_naming import RULES


def main() -> None:
    """Prints names and right ones for each slide."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slides", type=Path, required=True)
    parser.add_argument("--knowledge", type=Path, required=True)
    arguments = parser.parse_args()
    knowledge, rng = read_knowledge([arguments.knowledge]), np.random.default_rng(0)
    with RULES.open(encoding="utf-8") as file:
        keys = sorted({(row["slide"], row["niche_key"]) for row in csv.DictReader(file, delimiter="\t")})
    totals: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    for file_name, column in keys:
        options = ReadOptions(niche_keys=(column,), drop_small_niches=True)
        for slide in load_slides([arguments.slides / f"{file_name}.h5ad"], options):
            facts = Facts.measure(with_knowledge(slide, knowledge))
            names = [str(name) for name in rng.permutation(list(facts.shapes))]
            chosen = choose_names(facts, names)
            niche = slide.niche.copy()
            niche[slide.niche >= 0] = rng.permutation(niche[slide.niche >= 0])
            shuffled = Facts.measure(replace(facts.slide, niche=niche))
            numbers = (
                len(chosen),
                len(name_scores(facts, names)),
                sum(bool(one.name) for one in chosen),
                sum(one.name == one.niche for one in chosen),
                sum(bool(one.name) for one in choose_names(shuffled, names)),
            )
            for name in (f"{file_name} {column}", "all"):
                totals[name] = [a + b for a, b in zip(totals[name], numbers, strict=True)]
    print("slide\tniches\tnames that say something\tnamed\tright\tnamed with shuffled spots")
    for name in [*(name for name in totals if name != "all"), "all"]:
        print("\t".join([name, *map(str, totals[name])]))


if __name__ == "__main__":
    main()
