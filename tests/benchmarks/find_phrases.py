"""How well phrases find their niches, how well nonsense is refused, and what shuffled niches would find.

    python -m tests.benchmarks.find_phrases --slides FOLDER --knowledge FOLDER

`known/phrases.tsv` has the phrases and the niches that are right, written before anything was scored. The search was
developed on the phrases with odd numbers; those with even numbers were scored when it was done. `known/nonsense.tsv`
has phrases that no search may answer: nonsense, and words for what is not on the slide ("absent").
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.facts.known.search.word_search import find_niches_by_words
from data_prep.knowledge.gene_list import Knowledge
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.knowledge.reading import read_knowledge
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides

PHRASES, NONSENSE = (Path(__file__).parent / "known" / name for name in ("phrases.tsv", "nonsense.tsv"))
SHUFFLES = 5
"""Times that the spots of each slide are shuffled."""
HALVES = ("odd, for development", "even, held out")


@dataclass(frozen=True)
class Asked:
    """A phrase that was looked for.

    Attributes:
        half: one of ``HALVES``, or the kind of nonsense.
        slide: name as in the file of phrases.
        phrase: the words.
        right: niches that are right; none for nonsense.
        rank: of the first right one; 0 for a refusal.
        first: niche that is first; "" for a refusal.
        score: its score.
        is_weak: whether the search calls its answer weak.
        seconds: time of the search.
    """

    half: str
    slide: str
    phrase: str
    right: tuple[str, ...]
    rank: int
    first: str
    score: float
    is_weak: bool
    seconds: float


def rows_of(path: Path) -> dict[tuple[str, str], list[dict[str, str]]]:
    """(slide, column of niches) → rows of a file, each with its number."""
    found: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t"), 1):
            found[row["slide"], row["niche_key"]].append(row | {"number": str(number)})
    return found


def load(slides: Path, name: str, column: str) -> Slide:
    """One slice, "file" or "file:slice", without niches that are too small."""
    file, _, part = name.partition(":")
    options = ReadOptions(niche_keys=(column,), slices=(part,) if part else (), drop_small_niches=True)
    (slide,) = load_slides([slides / f"{file}.h5ad"], options)
    return slide


def ask(facts: Facts, row: dict[str, str], half: str) -> Asked:
    """Looks for one phrase."""
    right = tuple(name.strip() for name in row.get("right", "").split(";") if name.strip())
    start = time.perf_counter()
    try:
        found = find_niches_by_words([facts], row["phrase"])
    except NicheLensError:
        return Asked(half, row["slide"], row["phrase"], right, 0, "", 0.0, False, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    rank = next((niche.rank for niche in found.niches if niche.niche in right), 0)
    first, score = (found.niches[0].niche, found.niches[0].score) if found.niches else ("", 0.0)
    return Asked(half, row["slide"], row["phrase"], right, rank, first, score, found.is_weak, seconds)


def ask_all(slides: Path, knowledge: Knowledge) -> Iterator[tuple[Asked, list[Asked]]]:
    """Every phrase, and the same phrase with shuffled niches, which is empty for nonsense."""
    phrases, nonsense = rows_of(PHRASES), rows_of(NONSENSE)
    rng = np.random.default_rng(0)
    for key in dict.fromkeys([*phrases, *nonsense]):
        slide = with_knowledge(load(slides, *key), knowledge)
        shuffled = [Facts.measure(shuffle(slide, rng)) for _ in range(SHUFFLES if key in phrases else 0)]
        facts = Facts.measure(slide)
        for row in phrases.get(key, ()):
            half = HALVES[(int(row["number"]) + 1) % 2]
            yield ask(facts, row, half), [ask(other, row, half) for other in shuffled]
        for row in nonsense.get(key, ()):
            yield ask(facts, row, row["kind"]), []


def shuffle(slide: Slide, rng: np.random.Generator) -> Slide:
    """The same slide with the niches of its labelled spots in random order."""
    niche = slide.niche.copy()
    labelled = niche >= 0
    niche[labelled] = rng.permutation(niche[labelled])
    return replace(slide, niche=niche)


def share(asked: Sequence[Asked], most: int) -> str:
    """How many phrases have a right niche among the first."""
    n = sum(0 < one.rank <= most for one in asked)
    return f"{n} of {len(asked)} ({100 * n / max(len(asked), 1):.0f} %)"


def main() -> None:
    """Prints every phrase, and the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slides", type=Path, required=True)
    parser.add_argument("--knowledge", type=Path, required=True)
    arguments = parser.parse_args()
    answered: list[Asked] = []
    shuffled: list[Asked] = []
    print("half\tslide\tphrase\trank\tfirst\tscore\tweak\tright")
    for asked, controls in ask_all(arguments.slides, read_knowledge([arguments.knowledge])):
        answered.append(asked)
        shuffled += controls
        rank, right = str(asked.rank or "refused" if not asked.first else asked.rank), "; ".join(asked.right)
        print(
            f"{asked.half}\t{asked.slide}\t{asked.phrase}\t{rank}\t{asked.first}\t{asked.score:.2f}\t"
            f"{'weak' if asked.is_weak else ''}\t{right}",
            flush=True,
        )
    print("\nphrases\tright niche first\tamong three\trefused\tcalled weak")
    for name, group in [*((half, [a for a in answered if a.half == half]) for half in HALVES), ("shuffled", shuffled)]:
        refused = sum(not one.first for one in group)
        weak = sum(one.is_weak and bool(one.first) for one in group)
        print(f"{name}\t{share(group, 1)}\t{share(group, 3)}\t{refused}\t{weak}")
    for kind in ("nonsense", "absent"):
        group = [one for one in answered if one.half == kind]
        refused = sum(not one.first for one in group)
        weak = sum(one.is_weak and bool(one.first) for one in group)
        print(f"{kind}: {refused} of {len(group)} refused, {weak} more called weak")
    seconds = sorted(one.seconds for one in answered)
    print(f"seconds for a search: median {np.median(seconds):.2f}, longest {seconds[-1]:.2f} (with its index)")


if __name__ == "__main__":
    main()
