"""Provisional names of found niches: their strongest markers, "MBP⁺ PLP1⁺", and the cell type that lists suggest.

A gene is in a name only if it is a marker by the rule of `marker_rule` on every slide where the niche is, so the name
says nothing that the counts do not. What a niche is, it does not say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from data_prep.facts.gene_families import HAEMOGLOBIN, MITOCHONDRIAL, RIBOSOMAL, find_families
from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import DETECTED_MIN, LOG2FC_MARKER, MARKER, label_genes, measure_columns
from data_prep.gene_columns import gene_blocks
from data_prep.slide import Slide

GENES_IN_NAME = 2
CANDIDATES = 12
"""Genes of each niche on which the marker rule is tried. The quick statistic agrees with it on most."""
NO_PLACE = (MITOCHONDRIAL, RIBOSOMAL, HAEMOGLOBIN)
"""Families of genes that tell the state of a cell or blood in the tissue, and no place ..."""
MORE_WITHOUT_PLACE = re.compile(r"MTRNR.*|MALAT1|NEAT1", re.IGNORECASE)
"""... and further such genes."""
TYPE_P = 0.01
"""Largest Bonferroni-adjusted p of a hypergeometric test that lets a list of a cell type into a name."""
FEWEST_TYPE_GENES = 2
"""Markers that a list must have in common with the niche."""


@dataclass(frozen=True, eq=False)
class _QuickMarkers:
    """A fast statistic of every gene and niche, over all slides.

    Attributes:
        genes: (n_genes,) names.
        lower: (n_genes, n_niches) log2 ratio of rates, niche over rest, less two Poisson errors.
        detected: (n_genes, n_niches) share of the niche's spots with a count.
    """

    genes: np.ndarray
    lower: np.ndarray
    detected: np.ndarray

    @property
    def is_marker(self) -> np.ndarray:
        """(n_genes, n_niches) whether the gene passes for a marker."""
        return (self.lower >= LOG2FC_MARKER) & (self.detected >= DETECTED_MIN)


def name_niches(slides: Sequence[Slide], cell_type_lists: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """Names for the niches of slides.

    Args:
        slides: slides of one search, whose niches have the same names.
        cell_type_lists: cell type → its marker genes.

    Returns:
        The niche's name → its provisional name. A niche without a marker keeps its name.
    """
    niches = sorted({name for slide in slides for name in slide.niches}, key=_number)
    if len(niches) < 2:
        return {name: name for name in niches}
    quick = _measure(slides, niches)
    confirmed = _confirmed(slides, niches, quick)
    names, taken = dict[str, str](), set[str]()
    for code, niche in enumerate(niches):
        genes = confirmed[code]
        name = " ".join(f"{gene}⁺" for gene in genes[:GENES_IN_NAME])
        more = GENES_IN_NAME
        while name in taken and more < len(genes):
            more += 1
            name = " ".join(f"{gene}⁺" for gene in genes[:more])
        if not name or name in taken:
            name = niche
        taken.add(name)
        cell_type = _cell_type(quick, code, cell_type_lists or {})
        names[niche] = f"{name} ({cell_type}?)" if cell_type else name
    return names


def renamed(slide: Slide, names: Mapping[str, str]) -> Slide:
    """The slide with other names of its niches."""
    return replace(slide, niches=tuple(names[name] for name in slide.niches))


def _number(name: str) -> tuple[int, str]:
    digits = re.search(r"\d+$", name)
    return (int(digits.group()) if digits else 0, name)


def _measure(slides: Sequence[Slide], niches: Sequence[str]) -> _QuickMarkers:
    genes = sorted(set.intersection(*(set(slide.genes.astype(str)) for slide in slides)))
    row = {gene: number for number, gene in enumerate(genes)}
    counts, detected = (np.zeros((len(genes), len(niches))) for _ in range(2))
    depth, size = (np.zeros(len(niches)) for _ in range(2))
    for slide in slides:
        spots, member = _membership(slide, niches)
        size += np.bincount(member, minlength=len(niches))
        depth += np.bincount(member, slide.depth[spots], len(niches))
        entries = (np.ones(len(spots), np.float32), (member, spots))
        belongs = sp.csr_matrix(entries, shape=(len(niches), slide.n_spots))
        for first, block in gene_blocks(slide.counts):
            sums = np.asarray((belongs @ block).todense(), dtype=np.float64).T
            positive = sp.csc_matrix((np.ones_like(block.data), block.indices, block.indptr), shape=block.shape)
            spotted = np.asarray((belongs @ positive).todense(), dtype=np.float64).T
            for offset in range(block.shape[1]):
                at = row.get(str(slide.genes[first + offset]))
                if at is not None:
                    counts[at] += sums[offset]
                    detected[at] += spotted[offset]
    rest, rest_depth = counts.sum(axis=1, keepdims=True) - counts, depth.sum() - depth
    ratio = np.log2((counts + 0.5) / np.maximum(depth, 1)) - np.log2((rest + 0.5) / np.maximum(rest_depth, 1))
    error = np.sqrt(1 / (counts + 0.5) + 1 / (rest + 0.5)) / np.log(2)
    return _QuickMarkers(np.array(genes), ratio - 2 * error, detected / np.maximum(size, 1))


def _membership(slide: Slide, niches: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The labelled spots, and the number of their niche among all."""
    spots = np.flatnonzero(slide.niche >= 0)
    number = np.array([niches.index(name) for name in slide.niches])
    return spots, number[slide.niche[spots]]


def _confirmed(slides: Sequence[Slide], niches: Sequence[str], quick: _QuickMarkers) -> list[list[str]]:
    """For each niche the best candidates that are markers on every slide that has the niche and another one."""
    plain = np.array([not MORE_WITHOUT_PLACE.fullmatch(gene) for gene in quick.genes])
    families = find_families(quick.genes)
    for family in NO_PLACE:
        plain[families[family]] = False
    candidates = []
    for code in range(len(niches)):
        score = np.where(quick.is_marker[:, code] & plain, quick.lower[:, code] * quick.detected[:, code], 0.0)
        best = np.argsort(-score, kind="stable")[:CANDIDATES]
        candidates.append([str(quick.genes[at]) for at in best if score[at] > 0])
    asked = sorted({gene for genes in candidates for gene in genes})
    is_marker = np.ones((len(asked), len(niches)), bool)
    for slide in slides:
        if len(slide.niches) < 2 or not asked:
            continue
        tissue = LabelledTissue.of(slide)
        block = measure_columns(tissue, np.array([slide.gene_index(gene) for gene in asked]))
        # Bonferroni over all genes of the slide is stricter than the adjusted p of the full table.
        p_value = np.minimum(_two_sided(block.log2fc / block.error) * slide.n_genes, 1.0)
        label = label_genes(block.log2fc, block.error, p_value, block.frac_in)
        for own, name in enumerate(slide.niches):
            is_marker[:, niches.index(name)] &= label[:, own] == MARKER
    at = {gene: number for number, gene in enumerate(asked)}
    return [[gene for gene in genes if is_marker[at[gene], code]] for code, genes in enumerate(candidates)]


def _two_sided(z: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    return 2 * ndtr(-np.abs(z.astype(float)))


def _cell_type(quick: _QuickMarkers, code: int, lists: Mapping[str, Sequence[str]]) -> str:
    """The cell type whose list the niche's markers are over-represented in; "" if none or two fit alike."""
    from scipy.stats import hypergeom

    measured = {gene.upper() for gene in quick.genes.tolist()}
    markers = {gene.upper() for gene in quick.genes[quick.is_marker[:, code]].tolist()}
    scored = []
    for cell_type, genes in sorted(lists.items()):
        known = {gene.upper() for gene in genes} & measured
        shared = len(known & markers)
        if shared >= FEWEST_TYPE_GENES:
            p = float(hypergeom.sf(shared - 1, len(measured), len(known), len(markers))) * len(lists)
            scored.append((p, cell_type))
    scored.sort()
    if not scored or scored[0][0] > TYPE_P or (len(scored) > 1 and scored[1][0] <= scored[0][0]):
        return ""
    return scored[0][1]
