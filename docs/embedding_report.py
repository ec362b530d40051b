"""Measure vectors of genes, spots and niches beside plain statistics, and write the tables of docs/embeddings.md.

    python docs/embedding_report.py --set "DLPFC" a.h5ad b.h5ad --set "embryo" c.h5ad [--page docs/embeddings.md]

Each set holds slides whose niches have the same labels. Genes are measured on the first slide of a set, and between the
first two. Labels of niches only score what was found.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
from gene_vector_scores import (
    DEPTHS,
    PLAIN_PAIRS,
    SAME,
    TOWER,
    WAYS,
    auroc,
    centred_rows,
    cosines,
    pair_rows,
    pair_scores,
    same_rows,
    way_rows,
)

from data_prep import pooling
from data_prep.facts.facts import Facts
from data_prep.facts.niche_matching import SlideSimilarity, similarity
from data_prep.facts.niche_profiles import NicheProfiles
from data_prep.facts.normalisation import log_normalised
from data_prep.facts.shared_genes import genes_on_all
from data_prep.facts.spot_vectors import SpotVectors
from data_prep.facts.variable_genes import variable_genes
from data_prep.read.options import ReadOptions
from data_prep.slide import Slide
from data_prep.slide_loading import load_slides
from data_prep.tasks import marker_question
from inference.answers.across.markdown_parts import table
from inference.engine.load_engine import load_engine
from inference.engine.local import LocalEngine

PAGE = Path(__file__).with_name("embeddings.md")
BEGIN, END = "<!-- tables: written by docs/embedding_report.py -->", "<!-- end of tables -->"
TOWER_GENES = 40
"""Genes whose `focus` pictures make the tower's vector of a niche."""
N_CUT = 2
"""Ordered pairs of slides of a set, at most, of which niches are left out."""
NICHES = (
    *("fold changes", "marker similarity", "markers and place", "mean spot vector"),
    *("fold changes of 40 genes", "tower, the same 40 genes"),
)


def main() -> None:
    """Measures the sets, prints the tables and writes them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", nargs="+", action="append", required=True, metavar=("NAME", "SLIDE"))
    parser.add_argument("--niche-key", nargs="+", default=["region", "cell_type"])
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    page = options.page.read_text(encoding="utf-8")  # before hours of work
    reading = ReadOptions(tuple(options.niche_key), drop_small_niches=True)
    sets = {name: load_slides([Path(path) for path in paths], reading) for name, *paths in options.set}
    engine = load_engine(None)
    assert isinstance(engine, LocalEngine)
    parts = []
    for part in report(sets, engine):
        print(part, flush=True)
        parts.append(part)
    options.page.write_text(insert_tables(page, "\n\n".join(parts)), encoding="utf-8")


def report(sets: dict[str, list[Slide]], engine: LocalEngine) -> Iterator[str]:
    """The parts of the report as Markdown."""
    pairs = {name: found for name, slides in sets.items() if (found := pair_scores(slides[0], slides[0], engine))}
    others = {
        f"{name}, truth of the second slide": found
        for name, slides in sets.items()
        if len(slides) > 1 and (found := pair_scores(slides[0], slides[1], engine))
    }
    yield "### Pairs of genes that share their place (AUROC)"
    best = [(way, WAYS[1]) for way in TOWER]
    head = ("slide", "counts", "pairs (yes)", *PLAIN_PAIRS, *(f"tower: {way}" for way in TOWER))
    yield "\n".join(
        table(head, [row for name, found in (pairs | others).items() for row in pair_rows(name, found, best)])
    )
    yield "### Ways of taking the tower's vectors (mean AUROC of the slides above)"
    found = [scores for scores, _, _ in (pairs | others).values()]
    yield "\n".join(table(("vectors", *(f"{way}, {d:.0%}" for way in WAYS for d in DEPTHS)), way_rows(found)))
    yield "### The same gene on another slide (top 1 / top 10)"
    rows = [row for name, slides in sets.items() if len(slides) > 1 for row in same_rows(name, slides[:2], engine)]
    yield "\n".join(table(("slides", "counts", "genes", *SAME, *(f"tower: {way}" for way in TOWER)), rows))
    measured = {name: [Facts.measure(slide) for slide in slides] for name, slides in sets.items() if len(slides) > 1}
    yield "### Niches with the same label on another slide (top 1)"
    yield "\n".join(
        table(("slides", "niches", *NICHES), [niche_row(name, one, engine) for name, one in measured.items()])
    )
    yield "### Spots like a niche of another slide (mean AUROC)"
    head = ("slides", "queries", "spot vectors", "along the profile", "50 markers, pooled", "50 markers")
    yield "\n".join(table(head, [query_row(name, one) for name, one in measured.items()]))
    yield "### A niche that the other slide does not have"
    head = ("slides", "present", "left out", "flagged: present", "left out", *(f"AUROC: {name}" for name in NOVELTY))
    yield "\n".join(table(head, [novelty_row(name, one) for name, one in measured.items()]))


def niche_row(name: str, slides: Sequence[Facts], engine: LocalEngine) -> list[str]:
    """Of the niches whose label is on the other slide too, how many have it as their best."""
    genes = tower_genes(slides)
    seen = [niche_pictures(one, genes, engine) for one in slides]
    vectors = SpotVectors.of([one.slide for one in slides])
    means = [
        np.stack([of_slide[one.slide.spots_of(niche)].mean(axis=0) for niche in one.shapes])
        for one, of_slide in zip(slides, vectors.of_slide, strict=True)
    ]
    right, n = np.zeros(len(NICHES), int), 0
    for i, j in permutations(range(len(slides)), 2):
        a, b = slides[i], slides[j]
        alike = similarity(a, b)
        shared = genes_on_all([a.slide, b.slide])
        scores = (
            cosines(centred_rows(folds(a, shared)), centred_rows(folds(b, shared))),
            *(alike.markers, alike.score, cosines(means[i], means[j])),
            cosines(centred_rows(folds(a, genes)), centred_rows(folds(b, genes))),
            cosines(seen[i], seen[j]),
        )
        for row, niche in enumerate(alike.niches_a):
            if niche in alike.niches_b:
                n += 1
                right += [alike.niches_b[int(score[row].argmax())] == niche for score in scores]
    return [name, str(n), *(f"{hits / max(n, 1):.0%}" for hits in right)]


def tower_genes(slides: Sequence[Facts]) -> list[str]:
    """The genes that vary most on all slides, by the sum of their ranks."""
    rank: dict[str, int] = dict.fromkeys(genes_on_all([one.slide for one in slides]), 0)
    for one in slides:
        for place, gene in enumerate(variable_genes(one.slide)):
            if gene in rank:
                rank[gene] += place
    return sorted(rank, key=lambda gene: (rank[gene], gene))[:TOWER_GENES]


def niche_pictures(facts: Facts, genes: Sequence[str], engine: LocalEngine) -> np.ndarray:
    """What the tower makes of the `focus` pictures of some genes in each niche, less the mean over the niches.

    Returns:
        (n_niches, n_genes × n_features) mean image tokens of each picture.
    """
    import torch

    rows = []
    for niche in facts.shapes:
        questions = [marker_question(facts.canvas, gene, niche) for gene in genes]
        with torch.inference_mode():
            pixels = engine.encoder.encode(questions)["pixel_values"]
            tokens = torch.cat(list(engine.model.model.get_image_features(pixel_values=pixels).pooler_output))
        rows.append(tokens.unflatten(0, (len(genes), -1)).reshape(len(genes), -1, tokens.shape[-1]).mean(dim=1))
    stacked = torch.stack(rows).float().numpy().reshape(len(rows), -1)
    return stacked - stacked.mean(axis=0)


def folds(facts: Facts, genes: Sequence[str]) -> np.ndarray:
    """(n_niches, n_genes) log2 fold changes."""
    rows = [facts.slide.gene_index(gene) for gene in genes]
    return facts.markers.log2fc[np.ix_(rows, [facts.slide.niche_index(name) for name in facts.shapes])].T


def query_row(name: str, slides: Sequence[Facts]) -> list[str]:
    """How well spots of another slide with the same label are found: their mean AUROC over niches and slides."""
    vectors = SpotVectors.of([one.slide for one in slides])
    genes = genes_on_all([one.slide for one in slides])
    values = [scaled(one.slide, genes) for one in slides]
    scores = []
    for i, j in permutations(range(len(slides)), 2):
        a, b = slides[i].slide, slides[j].slide
        single, smooth = values[j]
        profiles = NicheProfiles.of(slides[i], genes)
        used = np.searchsorted(np.sort(genes), profiles.genes)
        used = np.argsort(genes)[used]
        known = b.niche >= 0
        for niche in (niche for niche in profiles.niches if niche in slides[j].shapes):
            profile = profiles.shrunken[:, profiles.niches.index(niche)]
            top = used[np.argsort(-profile, kind="stable")[:50]]
            found = (
                cosines(vectors.of_slide[j], vectors.of_slide[i][a.spots_of(niche)].mean(axis=0)[None])[:, 0],
                smooth[:, used] @ profile,
                *(part[:, top].mean(axis=1) for part in (smooth, single)),
            )
            scores.append([auroc(b.spots_of(niche)[known], score[known]) for score in found])
    return [name, str(len(scores)), *(f"{score:.3f}" for score in np.mean(scores, axis=0))]


def scaled(slide: Slide, genes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """(n_spots, n_genes) log-normalised values over the slide's mean and spread, and their means over pools."""
    values = log_normalised(slide.counts[:, [slide.gene_index(gene) for gene in genes]], slide.depth).toarray()
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-6)
    size = pooling.largest_pool(slide.n_spots, 19)
    return values, pooling.pooling_matrix(slide.xy, size) @ values / size


NOVELTY = ("score", "marker similarity", "margin", "lead back", "score + lead back")


def novelty(found: SlideSimilarity, niche: str) -> tuple[bool, list[float]]:
    """Whether a niche is flagged, and numbers that are low for a niche that the other slide does not have.

    The lead back is the score with its best less that of the best other niche of its slide with that one.
    """
    row = found.niches_a.index(niche)
    best = found.best_matches()[row]
    column = found.niches_b.index(best.best)
    lead = best.score - float(np.delete(found.score[:, column], row).max())
    return not best.is_match, [best.score, best.markers, best.margin, lead, best.score + lead]


def novelty_row(name: str, slides: Sequence[Facts]) -> list[str]:
    """Niches of one slide, while another slide has their label, and after that niche was left out of it."""
    pairs = [pair for pair in permutations(slides, 2) if len(pair[1].shapes) > 2]
    present, absent = [], []
    for a, b in pairs[:: max(1, -(-len(pairs) // N_CUT))]:
        whole = similarity(a, b)
        for niche in (niche for niche in a.shapes if niche in b.shapes):
            present.append(novelty(whole, niche))
            without = np.where(b.slide.spots_of(niche), -1, b.slide.niche).astype(np.int32)
            absent.append(novelty(similarity(a, Facts.measure(replace(b.slide, niche=without))), niche))
    if not absent:
        return [name, "0", "0", *["–"] * (2 + len(NOVELTY))]
    truth = np.r_[np.ones(len(present)), np.zeros(len(absent))]
    scores = np.array([numbers for _, numbers in (*present, *absent)]).T
    flagged = [f"{np.mean([flag for flag, _ in part]):.0%}" for part in (present, absent)]
    return [name, str(len(present)), str(len(absent)), *flagged, *(f"{auroc(truth, score):.3f}" for score in scores)]


def insert_tables(page: str, tables: str) -> str:
    """The page with other tables between its two comments."""
    return re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n\n{tables}\n\n{END}", page)


if __name__ == "__main__":
    main()
