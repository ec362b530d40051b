"""Synthetic tissue with planted truth, for tests, for the demo and for the training of the bundled base.

A slide has a layout of spots (`layout`), niches (`niche_patterns`), genes (`planted_genes`) and counts. The counts are
negative binomial; their mean is the share of the gene times the depth of the spot. Equal seeds give equal slides.

    slide = make_slide(7)
    slide, truth = make_tissue(7, n_spots=800, pattern="rings")
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from data_prep import anndata_keys as keys
from data_prep.errors import NicheLensError
from data_prep.slide import MIN_NICHE_SPOTS, Slide, SlideMeta
from data_prep.synth.layout import LAYOUTS, Layout, draw_layout, smooth_fields
from data_prep.synth.niche_patterns import PATTERNS, draw_niches
from data_prep.synth.planted_genes import plant_genes

if TYPE_CHECKING:
    from anndata import AnnData

MAX_NICHES = 25
MIN_GENES = 8

_ARRAYS = ("hex", "square")
_LAYOUT_ODDS = (0.28, 0.17, 0.20, 0.15, 0.10, 0.10)
# A spot of an array contains many cells, so its niches are regions. Single cells are often labelled with their type.
_ARRAY_PATTERN_ODDS = (0.21, 0.22, 0.17, 0.12, 0.13, 0.04, 0.11)
_CELL_PATTERN_ODDS = (0.15, 0.16, 0.14, 0.09, 0.10, 0.19, 0.17)
# Distance between neighbouring spots, in micrometres: Visium, legacy ST, cells.
_PITCH = {"hex": 100.0, "square": 200.0}
_CELL_PITCH = 12.0
_N_NEIGHBOURS = 6
# Range of the typical dispersion within a niche. Measured: 0.07 to 0.1 on Visium and legacy ST sections, where a spot
# averages over cells; 0.3 (seqFISH) to 4 (STARmap) on single cells, where a region contains several cell types.
_ARRAY_DISPERSION = (0.03, 0.25)
_CELL_DISPERSION = (0.12, 4.0)


@dataclass(frozen=True, eq=False)
class SynthTruth:
    """The planted truth of a synthetic slide.

    Attributes:
        seed: the seed.
        layout: one of `LAYOUTS`.
        pattern: one of `PATTERNS`.
        kind: kind of each gene, a key of `planted_genes.GENE_KINDS` or "ubiquitous", shape (n_genes,).
        niches: names of the planted niches of each gene, length n_genes.
        log2fc: log2 ratio of the mean expected share of a gene inside a niche to outside, before depth, bleeding, noise
            and wrong labels; float32 (n_genes, n_niches).
        niche: the true niche of each spot, int32 (n_spots,). The labels of the slide differ at some borders.
        deep_niche: name of the niche that was sequenced deeper than the rest; '' if there is none.
        bleed: share of the counts of a spot that come from its neighbours.
        edge_loss: log2 fold by which the outermost spots lost depth; 0 on most slides.
    """

    seed: int
    layout: str
    pattern: str
    kind: np.ndarray
    niches: tuple[tuple[str, ...], ...]
    log2fc: np.ndarray
    niche: np.ndarray
    deep_niche: str
    bleed: float
    edge_loss: float


def make_slide(
    seed: int,
    *,
    n_spots: int | None = None,
    n_niches: int | None = None,
    n_genes: int = 96,
    layout: str | None = None,
    pattern: str | None = None,
) -> Slide:
    """Draw a synthetic slide. See `make_tissue`, which also returns the planted truth."""
    return make_tissue(seed, n_spots=n_spots, n_niches=n_niches, n_genes=n_genes, layout=layout, pattern=pattern)[0]


def make_tissue(
    seed: int,
    *,
    n_spots: int | None = None,
    n_niches: int | None = None,
    n_genes: int = 96,
    layout: str | None = None,
    pattern: str | None = None,
) -> tuple[Slide, SynthTruth]:
    """Draw a synthetic slide and its planted truth. A value of None is drawn from the seed.

    Args:
        seed: equal seeds and arguments give identical slides.
        n_spots: number of spots; drawn from 200 to 20,000, mostly 250 to 5,000.
        n_niches: number of niches; drawn from 2 to 14, or from 2 to 25 for scattered cell types.
        n_genes: number of genes.
        layout: one of `LAYOUTS`.
        pattern: one of `PATTERNS`.

    Raises:
        NicheLensError: an argument is out of range; the message gives the range.
    """
    if seed < 0:
        message = f"synthetic slide: seed {seed} is negative; choose 0 or more"
        raise NicheLensError(message)
    rng = np.random.default_rng(seed)
    drawn_layout = layout or str(rng.choice(LAYOUTS, p=_LAYOUT_ODDS))
    _check_one_of(drawn_layout, LAYOUTS, "layout")
    odds = _ARRAY_PATTERN_ODDS if drawn_layout in _ARRAYS else _CELL_PATTERN_ODDS
    drawn_pattern = pattern or str(rng.choice(PATTERNS, p=odds))
    _check_one_of(drawn_pattern, PATTERNS, "pattern")
    n_spots = _draw_n_spots(rng, drawn_layout) if n_spots is None else n_spots
    n_niches = _draw_n_niches(rng, drawn_pattern, n_spots) if n_niches is None else n_niches
    _check_sizes(n_spots, n_niches, n_genes)

    spots = draw_layout(rng, n_spots, drawn_layout)
    true = draw_niches(rng, spots, drawn_pattern, n_niches)
    neighbours = cKDTree(spots.xy).query(spots.xy, k=_N_NEIGHBOURS + 1)
    gap, near = float(np.median(neighbours[0][:, 1])), neighbours[1][:, 1:]
    depth, deep_code, edge_loss = _draw_depth(rng, spots, true, n_niches)
    genes = plant_genes(rng, spots, true, n_niches, n_genes, depth)
    expected = genes.share * (depth * genes.mean.sum()).astype(np.float32)[:, None]
    expected, bleed = _contaminate(rng, expected, near)
    low, high = _ARRAY_DISPERSION if drawn_layout in _ARRAYS else _CELL_DISPERSION
    counts = _draw_counts(
        rng, expected, genes.kind == "ubiquitous", float(np.exp(rng.uniform(np.log(low), np.log(high))))
    )

    names = tuple(f"Niche {letter}" for letter in string.ascii_uppercase[:n_niches])
    slide = Slide(
        name=f"synth-{seed}",
        counts=counts,
        xy=np.round(spots.xy * (_PITCH.get(drawn_layout, _CELL_PITCH) / gap) + rng.uniform(0.0, 5000.0, 2), 3),
        genes=np.array([f"GENE{number:03d}" for number in range(1, n_genes + 1)]),
        niche=_label(rng, true, near, n_niches),
        niches=names,
        meta=SlideMeta(
            organism="synthetic",
            tissue=f"synthetic {drawn_pattern}",
            technology=f"synthetic {drawn_layout}",
            donor=f"synth-{seed}",
            slice=f"synth-{seed}",
        ),
    )
    truth = SynthTruth(
        seed=seed,
        layout=drawn_layout,
        pattern=drawn_pattern,
        kind=genes.kind,
        niches=tuple(tuple(names[code] for code in codes) for codes in genes.niches),
        log2fc=_log2fc(genes.share, true, n_niches),
        niche=true,
        deep_niche="" if deep_code is None else names[deep_code],
        bleed=bleed,
        edge_loss=edge_loss,
    )
    return slide, truth


def to_anndata(slide: Slide, truth: SynthTruth) -> AnnData:
    """A synthetic slide as AnnData, to be written to a file that `read_slides` reads back as the same slide.

    Writes `X` (int32 CSR), `obsm['spatial']`, `obs['region']`, `obs['slice']`, `obs['donor']`,
    `var['planted_kind']`, `var['planted_niches']`, `var['planted_log2fc']` (in the first planted niche, else the
    strongest), `varm['planted_log2fc']` (per niche), and `uns['source']`.
    """
    import pandas as pd
    from anndata import AnnData

    first = [
        slide.niches.index(niches[0]) if niches else int(np.abs(row).argmax())
        for niches, row in zip(truth.niches, truth.log2fc, strict=True)
    ]
    obs = pd.DataFrame(
        {
            keys.REGION: pd.Categorical.from_codes(slide.niche, categories=list(slide.niches)),
            keys.SLICE: pd.Categorical([slide.meta.slice] * slide.n_spots),
            keys.DONOR: pd.Categorical([slide.meta.donor] * slide.n_spots),
        },
        index=[f"SPOT{number:05d}" for number in range(1, slide.n_spots + 1)],
    )
    var = pd.DataFrame(
        {
            keys.PLANTED_KIND: truth.kind.astype(str),
            keys.PLANTED_NICHES: [", ".join(niches) for niches in truth.niches],
            keys.PLANTED_LOG2FC: truth.log2fc[np.arange(slide.n_genes), first],
        },
        index=slide.genes,
    )
    source = {
        "what": f"synthetic tissue with planted truth, seed {truth.seed}",
        "seed": truth.seed,
        "organism": slide.meta.organism,
        "tissue": slide.meta.tissue,
        "technology": slide.meta.technology,
        "deep_niche": truth.deep_niche,
        "bleed": truth.bleed,
        "x_is": "integer counts",
    }
    return AnnData(
        X=slide.counts.astype(np.int32),
        obs=obs,
        var=var,
        obsm={keys.SPATIAL: slide.xy},
        varm={keys.PLANTED_LOG2FC: pd.DataFrame(truth.log2fc, index=slide.genes, columns=list(slide.niches))},
        uns={keys.SOURCE: source},
    )


def _check_one_of(value: str, allowed: tuple[str, ...], what: str) -> None:
    if value not in allowed:
        message = f"synthetic slide: no {what} '{value}'; choose one of {', '.join(allowed)}"
        raise NicheLensError(message)


def _check_sizes(n_spots: int, n_niches: int, n_genes: int) -> None:
    if not 2 <= n_niches <= MAX_NICHES:
        message = f"synthetic slide: {n_niches} niches asked for; choose 2 to {MAX_NICHES}"
        raise NicheLensError(message)
    fewest = n_niches * (MIN_NICHE_SPOTS + 2)
    if n_spots < fewest:
        message = f"synthetic slide: {n_spots} spots are too few for {n_niches} niches; ask for at least {fewest} spots"
        raise NicheLensError(message)
    if n_genes < MIN_GENES:
        message = f"synthetic slide: {n_genes} genes asked for; ask for at least {MIN_GENES}"
        raise NicheLensError(message)


def _draw_n_spots(rng: np.random.Generator, layout: str) -> int:
    """Draw the number of spots: at most 5,000 for arrays, sometimes up to 20,000 for cells."""
    if layout == "square":
        low, high = 200, 1200
    elif layout == "hex" or rng.random() < 0.9:
        low, high = 250, 5000
    else:
        low, high = 5000, 20000
    return int(np.exp(rng.uniform(np.log(low), np.log(high))))


def _draw_n_niches(rng: np.random.Generator, pattern: str, n_spots: int) -> int:
    most = max(2, min(MAX_NICHES if pattern == "scattered" else 14, n_spots // 25))
    return int(rng.integers(2, most + 1))


def _draw_depth(
    rng: np.random.Generator, spots: Layout, codes: np.ndarray, n_niches: int
) -> tuple[np.ndarray, int | None, float]:
    """Draw the relative depth of each spot (median about 1), the code of a deeper niche or None, the edge's loss."""
    sigma = rng.uniform(0.2, 0.8)
    smooth = rng.uniform(0.0, 0.8)
    log_depth = sigma * np.sqrt(smooth) * smooth_fields(rng, spots.xy, 1, rng.uniform(0.2, 0.8))[:, 0].astype(float)
    log_depth += sigma * np.sqrt(1.0 - smooth) * rng.standard_normal(len(codes))
    edge_loss = 0.0
    if rng.random() < 0.2:
        # Tissue is often thin, torn or dry along its edge.
        edge_loss = rng.uniform(0.3, 1.2)
        log_depth -= edge_loss * np.exp(-spots.level / (0.15 * spots.level.max() + 1e-9))
    deep = None
    if rng.random() < 0.2:
        deep = int(rng.integers(n_niches))
        log_depth += np.log(rng.uniform(2.5, 10.0)) * (codes == deep)
    return np.exp(log_depth), deep, edge_loss / np.log(2.0)


def _contaminate(rng: np.random.Generator, expected: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, float]:
    """On some slides counts bleed into neighbouring spots, or every spot contains ambient RNA of the whole tissue."""
    bleed = 0.0
    if rng.random() < 0.3:
        bleed = float(rng.uniform(0.05, 0.4))
        n_spots = len(expected)
        weights = np.full(near.size, bleed / near.shape[1], dtype=np.float32)
        mixing = sp.csr_matrix((weights, near.ravel(), np.arange(0, near.size + 1, near.shape[1])), (n_spots, n_spots))
        expected = (1.0 - bleed) * expected + mixing @ expected
    if rng.random() < 0.15:
        ambient = rng.uniform(0.02, 0.15)
        expected = (1.0 - ambient) * expected + ambient * expected.mean(axis=0)
    return expected, bleed


def _draw_counts(
    rng: np.random.Generator, expected: np.ndarray, ubiquitous: np.ndarray, spread: float
) -> sp.csc_matrix:
    """Draw negative binomial counts (gamma-Poisson): variance mean + dispersion * mean^2, one dispersion per gene."""
    dispersion = spread * np.exp(rng.normal(0.0, 0.8, expected.shape[1]))
    # Ubiquitous genes are expressed evenly.
    dispersion[ubiquitous] *= 0.15
    shape = (1.0 / np.clip(dispersion, 0.01, 12.0)).astype(np.float32)
    rate = rng.standard_gamma(shape, expected.shape, dtype=np.float32)
    rate *= expected / shape
    counts = rng.poisson(rate).astype(np.float32)
    # Spots without any count are dropped when a file is read.
    counts[counts.sum(axis=1) == 0, int(expected.mean(axis=0).argmax())] = 1.0
    return sp.csc_matrix(counts)


def _label(rng: np.random.Generator, true: np.ndarray, near: np.ndarray, n_niches: int) -> np.ndarray:
    """Draw annotated labels: 2-5 % of the spots are wrong at borders of niches; on some slides a few have no label."""
    labels = true.copy()
    if rng.random() < 0.7:
        picked = near[np.arange(len(true)), rng.integers(near.shape[1], size=len(true))]
        at_border = rng.permutation(np.flatnonzero(true[picked] != true))
        wrong = at_border[: int(rng.uniform(0.02, 0.05) * len(true))]
        labels[wrong] = true[picked[wrong]]
    if rng.random() < 0.2:
        labels[rng.random(len(true)) < rng.uniform(0.003, 0.04)] = -1
    sizes = np.bincount(labels[labels >= 0], minlength=n_niches)
    return labels if sizes.min() >= MIN_NICHE_SPOTS else true.copy()


def _log2fc(share: np.ndarray, codes: np.ndarray, n_niches: int) -> np.ndarray:
    """log2 ratio of the mean share inside each niche to the mean share outside it, (n_genes, n_niches)."""
    member = np.zeros((n_niches, len(codes)), dtype=np.float32)
    member[codes, np.arange(len(codes))] = 1.0
    inside = member @ share
    outside = share.sum(axis=0) - inside
    sizes = member.sum(axis=1, keepdims=True)
    return np.log2((inside / sizes) / (outside / (len(codes) - sizes))).T.astype(np.float32)
