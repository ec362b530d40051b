"""Measure niche matching and comparisons across slides, and write the tables of docs/across.md.

    python docs/across_report.py --set "DLPFC layers" a.h5ad b.h5ad --set "embryo" c.h5ad [--page docs/across.md]

Each set holds slides whose niches have the same labels. Labels are hidden from the matching and only score it. Changes
are looked for where there are none (two halves of the counts of one section), between sections, and where they are
planted.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from data_prep.claims import CONTRADICTED, SUPPORTED, UNCLEAR
from data_prep.facts.facts import Facts
from data_prep.facts.marker_rule import LOG2FC_MARKER, MARKER, NOT_ERRORS
from data_prep.facts.niche_differences import NicheDifferences
from data_prep.facts.niche_matching import similarity
from data_prep.facts.place_similarity import place_similarity
from data_prep.facts.thinning import thin
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides
from data_prep.synth.tissue import make_slide
from inference.answers.across.comparison import compare_slides
from inference.answers.across.markdown_parts import table
from inference.engine.engine import Engine
from inference.engine.load_engine import load_engine

PAGE = Path(__file__).with_name("across.md")
BEGIN, END = "<!-- tables: written by docs/across_report.py -->", "<!-- end of tables -->"
MATCHING = ("slides", "niches", "markers alone", "place alone", "both", "matched: right", "wrong", "flagged")
REMOVED = ("slides", "cut out", "still matched", "others matched right", "others matched wrong")
CHANGES = (
    *("slides", "questions", "changes said", "ticked", "unclear", "contradicted"),
    *("genes × niches", "differ by counts"),
)
PLANTED = (
    *("slides", "planted", "asked", "said, right direction", "ticked", "said, wrong direction"),
    *("only by counts", "others ticked"),
)
N_CUT, N_COMPARED = 8, 2
"""Pairs of slides of a set of which niches are cut out, and pairs that are compared by a model, at most."""
N_PLANTED = 3
"""Genes that are raised, and genes that are lowered, in a niche."""
FOLD = 8.0
"""How much planted genes are raised or lowered."""
SYNTHETIC = range(4)
"""Seeds of the synthetic slides in which changes are planted."""


def main() -> None:
    """Measures the sets, prints the tables and writes them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs="+", action="append", required=True, metavar=("NAME", "SLIDE"))
    parser.add_argument("--niche-key", nargs="+", default=["region", "cell_type"])
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    reading = ReadOptions(tuple(options.niche_key), drop_small_niches=True)
    sets = {
        name: [Facts.measure(slide) for slide in load_slides([Path(path) for path in paths], reading)]
        for name, *paths in options.set
    }
    parts = []
    for part in report(sets, load_engine(None)):
        print(part, flush=True)
        parts.append(part)
    tables = "\n\n".join(parts)
    page = options.page.read_text(encoding="utf-8")
    options.page.write_text(insert_tables(page, tables), encoding="utf-8")


def report(sets: dict[str, list[Facts]], engine: Engine) -> Iterator[str]:
    """The parts of the report as Markdown."""
    yield "### Matching with the labels hidden"
    yield "\n".join(table(MATCHING, [matching_row(name, slides) for name, slides in sets.items()]))
    yield "### A niche is cut out of one of two slides"
    yield "\n".join(table(REMOVED, [removed_row(name, slides) for name, slides in sets.items() if len(slides) > 1]))
    yield "### Two halves of the counts of one section: nothing has changed"
    pairs = {name: [halves(slides[0].slide)] for name, slides in sets.items()}
    yield "\n".join(table(CHANGES, [changes_row(name, of_set, engine) for name, of_set in pairs.items()]))
    yield "### Two sections"
    two = {name: _some(list(combinations(slides, 2)), N_COMPARED) for name, slides in sets.items()}
    yield "\n".join(table(CHANGES, [changes_row(name, of_set, engine) for name, of_set in two.items()]))
    yield "### Planted changes"
    synthetic = [make_slide(seed, n_spots=1500, n_niches=5, layout="hex", pattern="layers") for seed in SYNTHETIC]
    rows = [planted_row("synthetic layers", synthetic, engine)]
    yield "\n".join(
        table(PLANTED, [*rows, *(planted_row(name, [slides[0].slide], engine) for name, slides in sets.items())])
    )


def matching_row(name: str, slides: Sequence[Facts]) -> list[str]:
    """Of the niches whose label is on the other slide too: how many have it as their best, and as their match."""
    right = np.zeros(3, int)
    n_niches, verdicts = 0, {"right": 0, "wrong": 0, "flagged": 0}
    for a, b in permutations(slides, 2):
        alike = similarity(a, b)
        scores = (alike.markers, place_similarity(a.shapes, b.shapes), alike.score)
        for i, found in enumerate(alike.best_matches()):
            if found.niche not in alike.niches_b:
                continue
            n_niches += 1
            right += [alike.niches_b[int(score[i].argmax())] == found.niche for score in scores]
            verdict = "flagged" if not found.is_match else "right" if found.best == found.niche else "wrong"
            verdicts[verdict] += 1
    return [name, str(n_niches), *(f"{n / max(n_niches, 1):.0%}" for n in right), *map(str, verdicts.values())]


def removed_row(name: str, slides: Sequence[Facts]) -> list[str]:
    """The spots of a niche are cut out of the second slide; it must come out without a match."""
    n_cut, still, right, wrong = 0, 0, 0, 0
    for a, b in _some(list(permutations(slides, 2)), N_CUT):
        both = [niche for niche in a.shapes if niche in b.shapes]
        for niche in both if len(b.shapes) > 2 else ():
            for found in similarity(a, Facts.measure(cut_out(b.slide, niche))).best_matches():
                if found.niche == niche:
                    n_cut, still = n_cut + 1, still + found.is_match
                elif found.niche in both and found.is_match:
                    right, wrong = right + (found.best == found.niche), wrong + (found.best != found.niche)
    return [name, *map(str, (n_cut, still, right, wrong))]


def changes_row(name: str, pairs: Sequence[tuple[Facts, Facts]], engine: Engine) -> list[str]:
    """The changes that are said of the niches that two slides have in common, and those that the counts show."""
    n_questions, n_genes, by_counts = 0, 0, 0
    said: list[str] = []
    for a, b in pairs:
        for niche in (niche for niche in a.shapes if niche in b.shapes):
            found = compare_slides(engine, a, b, niche, niche)
            n_questions += found.n_asked
            said += [finding.verdict for finding in found.changes]
            differences = NicheDifferences.of_slides(a, niche, b, niche)
            n_genes += len(differences.genes)
            by_counts += int(((differences.higher == MARKER) | (differences.lower == MARKER)).sum())
    verdicts = [said.count(verdict) for verdict in (SUPPORTED, UNCLEAR, CONTRADICTED)]
    return [name, f"{n_questions:,}", str(len(said)), *map(str, verdicts), f"{n_genes:,}", str(by_counts)]


def planted_row(name: str, slides: Sequence[Slide], engine: Engine) -> list[str]:
    """Genes are raised and lowered in one niche after the other of the second half of the counts."""
    n_planted, asked, right, ticked, wrong, by_counts, others = 0, 0, 0, 0, 0, 0, 0
    for slide in slides:
        a, b = halves(slide)
        for niche in a.shapes:
            planted = choose_genes(a, niche)
            changed = b.slide
            for gene, change in planted.items():
                changed = plant(changed, gene, niche, FOLD if change == "gained" else 1 / FOLD)
            found = compare_slides(engine, a, Facts.measure(changed), niche, niche)
            n_planted += len(planted)
            asked += sum(row.gene in planted for row in found.genes)
            for finding in found.changes:
                if finding.about in planted:
                    is_right = finding.change == planted[finding.about]
                    right, wrong = right + is_right, wrong + (not is_right)
                    ticked += is_right and finding.verdict == SUPPORTED
                else:
                    others += finding.verdict == SUPPORTED
            by_counts += sum(finding.about in planted for finding in found.found)
    return [name, *map(str, (n_planted, asked, right, ticked, wrong, by_counts, others))]


def choose_genes(facts: Facts, niche: str) -> dict[str, str]:
    """Genes to raise ("gained": even in the niche) and to lower ("lost": certain markers), with few counts.

    A gene with many counts would change the depth of the niche, and with it all other genes.
    """
    column, markers = facts.slide.niche_index(niche), facts.markers
    fold, error = markers.log2fc[:, column], markers.error[:, column]
    total = np.asarray(facts.slide.counts.sum(axis=0)).ravel()
    small = (total > np.quantile(total, 0.5)) & (total < 0.01 * total.sum())
    even = np.flatnonzero(
        small & (np.abs(fold) + NOT_ERRORS * error < LOG2FC_MARKER) & (markers.frac_in[:, column] > 0.1)
    )
    high = np.flatnonzero(small & (fold - NOT_ERRORS * error > LOG2FC_MARKER))
    rng = np.random.default_rng(0)
    chosen = {str(facts.slide.genes[row]): "gained" for row in rng.permutation(even)[:N_PLANTED]}
    return chosen | {str(facts.slide.genes[row]): "lost" for row in rng.permutation(high)[:N_PLANTED]}


def plant(slide: Slide, gene: str, niche: str, fold: float) -> Slide:
    """A slide on which a gene has other counts in a niche: Poisson around the old ones times the fold."""
    counts = sp.lil_matrix(slide.counts)
    inside, column = np.flatnonzero(slide.spots_of(niche)), slide.gene_index(gene)
    expected = slide.counts[:, [column]].toarray().ravel()[inside] * fold
    counts[inside, column] = np.random.default_rng(0).poisson(expected)[:, None]
    return slide.with_counts(counts.tocsc())


def halves(slide: Slide) -> tuple[Facts, Facts]:
    """Two slides that share the counts of one: each count goes to one of them by chance."""
    first = thin(slide.counts, np.full(slide.n_spots, 0.5), seed=0)
    return Facts.measure(slide.with_counts(first)), Facts.measure(slide.with_counts(_rest(slide.counts, first)))


def cut_out(slide: Slide, niche: str) -> Slide:
    """A slide without the spots of a niche."""
    kept = ~slide.spots_of(niche)
    names = tuple(name for name in slide.niches if name != niche)
    code = np.array([*(names.index(name) if name in names else -1 for name in slide.niches), -1], np.int32)
    return replace(
        slide,
        counts=slide.counts[kept],
        xy=slide.xy[kept],
        niche=code[slide.niche[kept]],
        niches=names,
        cell_type=slide.cell_type[kept] if len(slide.cell_type) else slide.cell_type,
        spot_names=slide.spot_names[kept] if len(slide.spot_names) else slide.spot_names,
    )


def insert_tables(page: str, tables: str) -> str:
    """The page with other tables between its two comments."""
    return re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n\n{tables}\n\n{END}", page)


def _rest(counts: sp.csc_matrix, part: sp.csc_matrix) -> sp.csc_matrix:
    """Counts without a part of them; fractions that rounding made negative are none."""
    rest = sp.csc_matrix(counts - part)
    rest.data = np.maximum(rest.data, 0.0)
    rest.eliminate_zeros()
    return rest


def _some(pairs: list[tuple[Facts, Facts]], n: int) -> list[tuple[Facts, Facts]]:
    """At most n pairs, evenly spread."""
    return pairs[:: -(-len(pairs) // n)] if pairs else []


if __name__ == "__main__":
    main()
