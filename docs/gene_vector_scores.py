"""Scores of gene vectors beside plain statistics, for docs/embedding_report.py.

Pairs of genes that share their place must have like vectors, and a gene on another slide must be like itself. The plain
statistics are the pooled maps themselves, `GeneVectors` (their leading components), and the loadings of a principal
component analysis of single spots. The vectors of the vision tower are taken in five ways, each as it is, less the mean
picture, and whitened.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from unittest.mock import patch

import numpy as np
import scipy.sparse as sp

from data_prep.claims import CONTRADICTED, SUPPORTED, Claim, check
from data_prep.claims.names import Names
from data_prep.facts.facts import Facts
from data_prep.facts.gene_vectors import GeneVectors
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.pooled_maps import PooledMaps
from data_prep.facts.thinning import thin
from data_prep.facts.variable_genes import variable_genes
from data_prep.figures.canvas import Canvas
from data_prep.slide import Slide
from data_prep.tasks import MARKER_PROMPT, Question
from inference.engine.local import LocalEngine

N_GENES, FEWEST_COUNTS = 150, 60
"""Genes of a slide that make pairs: half the most variable ones, half others with so many counts in the first half."""
FEWEST_PAIRS = 20
"""Pairs of a slide that share their place: with fewer it is left out."""
N_SAME, FEWEST_COUNTS_SAME = 500, 100
"""Genes that are looked up in another section, each with so many counts."""
DEPTHS = (0.5, 0.1, 0.05)
"""Shares of all counts of a slide on which vectors are made. The other half of the counts gives the truth."""
WAYS = ("as it is", "less the mean picture", "whitened")
PLAIN_PAIRS = ("pooled maps", "gene vectors", "PCA loadings of spots")
TOWER = ("patches, mean", "patches, all", "image tokens, mean", "image tokens, all", "decoder's state")
SAME = ("correlations with all genes", "the same of gene vectors", "map in 16 × 16 fields")

PairScores = tuple[dict[tuple[str, str], list[float]], int, int]
"""(vectors, way) → AUROC at each depth; number of pairs; number of those that share their place."""


def pair_scores(slide: Slide, of_truth: Slide, engine: LocalEngine) -> PairScores | None:
    """How well vectors on one half of the counts tell pairs that share their place from others.

    The truth is the verdict of `colocalised` on the other half, or on another slide. Pairs without a clear verdict are
    left out. None if too few pairs share their place.
    """
    counts = thin(slide.counts, np.ones(slide.n_spots), seed=2)  # rounds fractional counts
    first = thin(counts, np.full(slide.n_spots, 0.5), seed=0)
    second = sp.csc_matrix(counts - first)
    is_other = of_truth is not slide
    facts = Facts.measure(of_truth if is_other else slide.with_counts(first))
    genes = choose_genes(slide.with_counts(first), set(map(str, of_truth.genes)), N_GENES, FEWEST_COUNTS)
    facts.gene_maps.prefetch_pairs(genes)
    pairs = list(combinations(range(len(genes)), 2))
    verdicts = [check(Claim("colocalised", genes[i], other=genes[j]), facts).verdict for i, j in pairs]
    clear = [
        (i, j, v == SUPPORTED) for (i, j), v in zip(pairs, verdicts, strict=True) if v in (SUPPORTED, CONTRADICTED)
    ]
    n_yes = sum(yes for *_, yes in clear)
    if n_yes < FEWEST_PAIRS:
        return None
    i, j, truth = np.array(clear).T
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for depth in DEPTHS:
        counts = thin(second, np.full(slide.n_spots, 2 * depth), seed=1)
        for name, products in gene_products(slide.with_counts(counts), genes, engine).items():
            scores[name].append(auroc(truth, products[i, j]))
    return scores, len(clear), n_yes


def gene_products(slide: Slide, genes: Sequence[str], engine: LocalEngine) -> dict[tuple[str, str], np.ndarray]:
    """(vectors, way) → (n, n) cosines of the vectors of genes."""
    own = np.array([slide.gene_index(gene) for gene in genes])
    vectors = GeneVectors.of([slide], genes).vectors
    tissue = LabelledTissue.of(slide)
    single = np.log1p(tissue.counts(own).toarray() / tissue.depth[:, None] * tissue.median_depth).T
    plain = {
        PLAIN_PAIRS[0]: centred_rows(pooled(slide, own)),
        PLAIN_PAIRS[1]: np.nan_to_num(vectors),
        PLAIN_PAIRS[2]: leading(centred_rows(single), 20),
    }
    found = {(name, WAYS[0]): cosines(rows, rows) for name, rows in plain.items()}
    for name, rows in tower_rows(engine, slide, genes).items():
        for way, changed in ways(rows).items():
            found[name, way] = cosines(changed, changed)
    return found


def same_rows(name: str, slides: Sequence[Slide], engine: LocalEngine) -> Iterator[list[str]]:
    """Whether a gene of a slide finds itself among all genes of another one."""
    for depth in (1.0, 0.1):
        thinned = [
            s if depth == 1 else s.with_counts(thin(s.counts, np.full(s.n_spots, depth), seed))
            for seed, s in enumerate(slides)
        ]
        genes = choose_genes(slides[0], set(map(str, slides[1].genes)), N_SAME, FEWEST_COUNTS_SAME)
        own = [np.array([slide.gene_index(gene) for gene in genes]) for slide in slides]
        maps = [centred_rows(pooled(slide, codes)) for slide, codes in zip(thinned, own, strict=True)]
        vectors = [np.nan_to_num(GeneVectors.of([slide], genes).vectors) for slide in thinned]
        found = {
            SAME[0]: without_diagonal([cosines(rows, rows) for rows in maps]),
            SAME[1]: without_diagonal([rows @ rows.T for rows in vectors]),
            SAME[2]: [centred_rows(fields(slide, genes)) for slide in thinned],
        }
        tower = [tower_rows(engine, slide, genes) for slide in thinned]
        found |= {way: [rows[way] - rows[way].mean(axis=0) for rows in tower] for way in TOWER}
        cells = []
        for first, second in found.values():
            score = cosines(first, second)
            rank = (score > np.diag(score)[:, None]).sum(axis=1)
            cells.append(f"{np.mean(rank == 0):.0%} / {np.mean(rank < 10):.0%}")
        yield [name, f"{depth:.0%}", str(len(genes)), *cells]


def choose_genes(slide: Slide, known: set[str], n: int, least: int) -> list[str]:
    """Half the most variable genes, half others by chance, all with enough counts and known."""
    total = np.asarray(slide.counts.sum(axis=0)).ravel()
    genes = [g for g in variable_genes(slide) if total[slide.gene_index(g)] >= least and g in known]
    return genes[: n // 2] + [str(g) for g in np.random.default_rng(0).permutation(genes[n // 2 :])[: n - n // 2]]


def tower_rows(engine: LocalEngine, slide: Slide, genes: Sequence[str]) -> dict[str, np.ndarray]:
    """What the model makes of the `expression` picture of each gene, in five ways, (n_genes, n_features) each."""
    import torch

    canvas, trunk = Canvas(slide, engine.image_size), engine.model.model
    patches, tokens, states = [], [], []
    for start in range(0, len(genes), 16):
        questions = [Question((p,), MARKER_PROMPT, Names(), ()) for p in canvas.expression(genes[start : start + 16])]
        inputs = engine.encoder.encode(questions)
        with torch.inference_mode():
            seen = trunk.get_image_features(pixel_values=inputs["pixel_values"])
            with patch.object(trunk, "get_image_features", return_value=seen):  # so that each picture is seen once
                whole = engine.model(**inputs, output_hidden_states=True, use_cache=False, logits_to_keep=1)
        patches.append(seen.last_hidden_state.float().numpy())
        tokens.append(torch.cat(list(seen.pooler_output)).unflatten(0, (len(questions), -1)).float().numpy())
        states.append(whole.hidden_states[-1][:, -1].float().numpy())
    patch_states, image_tokens = np.concatenate(patches), np.concatenate(tokens).reshape(len(genes), -1, 256)
    rows = (patch_states.mean(axis=1), patch_states, image_tokens.mean(axis=1), image_tokens, np.concatenate(states))
    return {name: values.reshape(len(values), -1) for name, values in zip(TOWER, rows, strict=True)}


def ways(rows: np.ndarray) -> dict[str, np.ndarray]:
    """Vectors as they are, less their mean, and whitened to 32 components."""
    less = rows - rows.mean(axis=0)
    whitened = np.linalg.svd(less, full_matrices=False)[0][:, :32]
    return dict(zip(WAYS, (rows, less, whitened), strict=True))


def pooled(slide: Slide, columns: np.ndarray) -> np.ndarray:
    """(n_genes, n) log1p of the pooled rates per median depth."""
    tissue = LabelledTissue.of(slide)
    return np.log1p(PooledMaps(tissue, within_niche=False).rates(tissue.counts(columns)) * tissue.median_depth).T


def fields(slide: Slide, genes: Sequence[str]) -> np.ndarray:
    """(n_genes, 256) mean darkness of 16 × 16 fields of the picture, less the mean picture."""
    dark = 255.0 - Canvas(slide, 128).expression(list(genes)).mean(axis=-1)
    flat = dark.reshape(len(dark), 16, 8, 16, 8).mean(axis=(2, 4)).reshape(len(dark), -1)
    return flat - flat.mean(axis=0)


def without_diagonal(squares: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Square matrices with zeros on the diagonal: a gene is always like itself."""
    return [square - np.diag(np.diag(square)) for square in squares]


def pair_rows(name: str, found: PairScores, tower: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
    """A row for each depth."""
    scores, n_pairs, n_yes = found
    for number, depth in enumerate(DEPTHS):
        chosen = [*((plain, WAYS[0]) for plain in PLAIN_PAIRS), *tower]
        yield [name, f"{depth:.0%}", f"{n_pairs:,} ({n_yes})", *(f"{scores[key][number]:.3f}" for key in chosen)]


def way_rows(found: Sequence[dict[tuple[str, str], list[float]]]) -> Iterator[list[str]]:
    """A row for each kind of the tower's vectors."""
    for vectors in TOWER:
        mean = [np.mean([scores[vectors, way] for scores in found], axis=0) for way in WAYS]
        yield [vectors, *(f"{value:.3f}" for of_way in mean for value in of_way)]


def centred_rows(rows: np.ndarray) -> np.ndarray:
    """Rows less their mean."""
    return rows - rows.mean(axis=1, keepdims=True)


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n_a, n_b) cosines of rows; 0 for a row without length."""
    first, second = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12) for rows in (a, b))
    return first @ second.T


def leading(rows: np.ndarray, n: int) -> np.ndarray:
    """(n_rows, n) leading components of rows of length 1."""
    left, size, _ = np.linalg.svd(
        rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), full_matrices=False
    )
    return left[:, :n] * size[:n]


def auroc(truth: np.ndarray, score: np.ndarray) -> float:
    """AUROC of scores; NaN if only one answer is right."""
    from sklearn.metrics import roc_auc_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(roc_auc_score(truth.astype(bool), score))
