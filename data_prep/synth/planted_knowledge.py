"""Knowledge with planted truth: gene sets, signatures, cell types and signals of a synthetic slide, and decoys.

    planted = plant_knowledge(7)
    facts = Facts.measure(with_knowledge(planted.slide, planted.knowledge))

The spots, niches and labels are those of a synthetic tissue (`tissue`), and its total counts are the depth. The counts
of the genes are drawn anew, because sets of genes need more genes than a usual synthetic slide has:

    log2 share = base level + variation between niches + patches that ignore niches + what is planted
    counts     ~ negative binomial(share × depth of the spot)

Each planted list has a decoy: random genes of the same expression. Some decoys share a patch, as the genes of a process
do that ignores niches. The decoys of a signal are raised on one side only, on the same side, apart, or nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import permutations

import numpy as np
import scipy.sparse as sp

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.niche_shapes import measure_niches
from data_prep.knowledge.citation import Citation, Source
from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST, GeneList, Knowledge, LigandReceptor
from data_prep.knowledge.list_parts import labelled
from data_prep.slide import Slide
from data_prep.synth.layout import smooth_fields
from data_prep.synth.tissue import make_tissue

PROCESS, STATE = "PROCESS", "STATE"
"""First words of the labels of gene sets whose genes mark a niche, or are raised in it; of their decoys, too."""
SIDE = 0.2
"""Share of the edges that leave a niche from which on signals are planted across the border. It is more than the claim
asks for, so that the border is certain."""
APART = 0.05
"""Share up to which niches lie apart."""
_GENES, _SPOTS, _NICHES = (700, 1300), (600, 2500), (3, 7)
"""Ranges. Seven hundred genes are enough for all that is planted: no gene is planted twice."""
_UBIQUITOUS, _UBIQUITOUS_SHARE = 0.06, (0.3, 0.6)
"""Share of the genes that are the same everywhere, and of the counts that they hold, as in `planted_genes`."""
_PROGRAMMES, _SIGNATURES, _SIGNALS = 5, 6, 10
"""How many are planted on a slide."""
_MARKERS = (0.1, 0.25)
"""Share of the genes that mark one niche and belong to no planted list."""
_MARKER_FOLD, _TYPE_FOLD, _SIGNAL_FOLD = (1.3, 3.0), (1.0, 2.5), (1.0, 2.5)
"""log2 folds of markers, of the genes of a cell type, and of ligands and receptors."""
_SIGNATURE_FOLD = (1.5, 3.0)
"""Folds of the genes of a signature."""
_DISPERSION = (0.05, 0.6)
"""Range of a slide's typical variance of a gene's rate over spots, relative to its squared mean (`tissue`)."""
_NEAR = 30
"""A decoy gene is one of the so many whose expression is nearest."""


@dataclass(frozen=True, eq=False)
class PlantedKnowledge:
    """A slide, what files say of it, and what is true. Nothing is true where nothing is planted.

    Attributes:
        slide: without knowledge.
        knowledge: planted lists, sets, types and pairs, and decoys.
        programmes: (label of a set, niche) of sets of which many genes are markers.
        signatures: (label of a list, niche) of lists whose genes are raised.
        types: (name of a cell type, niche) of niches that are made of the type.
        signals: (ligand, receptor, sending niche, receiving niche); the parts of a complex are joined by "+".
        decoys: label, name, or "ligand receptor" → kind of decoy.
        expected: float32 (n_spots, n_genes), the counts without noise. By chance a patch or a small variation may raise
            a gene in a niche where nothing was planted: then it is raised, and these numbers say so.
    """

    slide: Slide
    knowledge: Knowledge
    programmes: frozenset[tuple[str, str]]
    signatures: frozenset[tuple[str, str]]
    types: frozenset[tuple[str, str]]
    signals: frozenset[tuple[str, str, str, str]]
    decoys: dict[str, str]
    expected: np.ndarray


def plant_knowledge(seed: int, *, planted: bool = True) -> PlantedKnowledge:
    """Draw a slide and knowledge of it.

    Args:
        seed: equal seeds and arguments give identical slides and files.
        planted: False keeps the slide and the decoys, and leaves out all that was planted: the niches have their
            markers, but no list knows them.
    """
    rng = np.random.default_rng([seed, 53])
    n_genes = int(rng.integers(*_GENES))
    tissue, truth = make_tissue(
        seed,
        n_spots=int(rng.integers(*_SPOTS)),
        n_niches=int(rng.integers(_NICHES[0], _NICHES[1] + 1)),
        pattern=str(rng.choice(("layers", "blobs", "domains", "voronoi", "rings"))),
        n_genes=8,
    )
    tissue = replace(tissue, genes=np.array([f"GENE{number:04d}" for number in range(1, n_genes + 1)]))
    drawn = _Drawn(rng, tissue, n_genes)
    _plant_programmes(drawn)
    _plant_signatures(drawn)
    _plant_types(drawn)
    _plant_signals(drawn)
    expected = _expected_counts(drawn, truth.niche)
    slide = replace(tissue, counts=_draw_counts(drawn, expected))
    return drawn.result(slide, expected, planted=planted)


@dataclass(eq=False)
class _Drawn:
    """The genes of a slide while lists are planted among them.

    Attributes:
        rng: seeded generator.
        slide: its spots and niches.
        n_genes: number of genes.
        mean: (n_genes,) mean counts of a spot.
        level: (n_niches, n_genes) log2 level of each gene in each niche.
        patch: (n_genes,) number of the patches that a gene shares with others; -1 for its own.
        free: genes that nothing was planted in, in random order.
    """

    rng: np.random.Generator
    slide: Slide
    n_genes: int
    lists: list[tuple[GeneList, bool]] = field(default_factory=list)
    pairs: list[tuple[LigandReceptor, bool]] = field(default_factory=list)
    programmes: set[tuple[str, str]] = field(default_factory=set)
    signatures: set[tuple[str, str]] = field(default_factory=set)
    types: set[tuple[str, str]] = field(default_factory=set)
    signals: set[tuple[str, str, str, str]] = field(default_factory=set)
    decoys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rng, n_niches = self.rng, len(self.slide.niches)
        centre = np.exp(rng.uniform(np.log(0.3), np.log(4.0)))
        self.mean = np.clip(centre * np.exp(rng.normal(0.0, 1.0, self.n_genes)), 0.02, 50.0)
        order = rng.permutation(self.n_genes)
        n_even = round(_UBIQUITOUS * self.n_genes)
        self.ubiquitous, self.free = order[:n_even], order[n_even:].tolist()
        share = rng.uniform(*_UBIQUITOUS_SHARE)
        even = rng.dirichlet(np.full(n_even, 4.0)) * share / (1 - share)
        self.mean[self.ubiquitous] = even * self.mean[self.free].sum()
        # Real genes are never constant: each varies a little between niches.
        variation = rng.choice([0.0, 0.15, 0.3]) * np.abs(rng.normal(0.0, 1.0, self.n_genes))
        variation[self.ubiquitous] = 0.0
        self.level = rng.standard_normal((n_niches, self.n_genes)) * variation
        self.patch = np.full(self.n_genes, -1)
        for gene in self.take(round(rng.uniform(*_MARKERS) * self.n_genes)):
            self.level[rng.integers(n_niches), gene] += rng.uniform(*_MARKER_FOLD)

    def take(self, n: int) -> list[int]:
        """Genes that nothing was planted in yet."""
        taken, self.free = self.free[:n], self.free[n:]
        return taken

    def others(self, n: int, but: list[int]) -> list[int]:
        """Random genes that are not ubiquitous, except some."""
        some = np.setdiff1d(np.arange(self.n_genes), np.r_[self.ubiquitous, but])
        return self.rng.choice(some, n, replace=False).tolist()

    def twins(self, genes: list[int], *, flat: bool = False) -> list[int]:
        """For each gene another one of similar expression, all different: those of a decoy.

        Args:
            genes: of what was planted.
            flat: whether the twins must have the same level in all niches. They then are no longer free.
        """
        pool = np.array(self.free) if flat else np.setdiff1d(np.arange(self.n_genes), np.r_[self.ubiquitous, genes])
        found: list[int] = []
        for gene in genes:
            left = pool[~np.isin(pool, found)]
            near = left[np.argsort(np.abs(np.log(self.mean[left] / self.mean[gene])), kind="stable")[:_NEAR]]
            found.append(int(self.rng.choice(near)))
        if flat:
            self.free = [gene for gene in self.free if gene not in found]
            self.level[:, found] = 0.0
        return found

    def add_list(self, name: str, kind: str, genes: list[int], *, is_planted: bool, file: str = "") -> None:
        """Add a list to the files. Its genes stand on lines of their own, in random order."""
        source = Source(file or ("sets.gmt" if kind == GENE_SET else "markers.tsv"), "synthetic")
        first = sum(len(one.genes) for one, _ in self.lists if one.source == source) + 1
        symbols = self.slide.genes[self.rng.permutation(genes)]
        lines = {str(symbol): first + number for number, symbol in enumerate(symbols)}
        self.lists.append((GeneList(name, name, kind, lines, source), is_planted))

    def add_pair(self, ligand: list[int], receptor: list[int], *, is_planted: bool) -> tuple[str, str]:
        """Add a ligand and its receptor; returns their names."""
        parts = [tuple(str(self.slide.genes[gene]) for gene in side) for side in (ligand, receptor)]
        line = Citation(Source("pairs.csv", "synthetic"), len(self.pairs) + 2)
        self.pairs.append((LigandReceptor(parts[0], parts[1], "", line), is_planted))
        return "+".join(parts[0]), "+".join(parts[1])

    def result(self, slide: Slide, expected: np.ndarray, *, planted: bool) -> PlantedKnowledge:
        """The slide and its files, with or without what was planted."""
        lists = [one for one, is_planted in self.lists if planted or not is_planted]
        pairs = tuple(one for one, is_planted in self.pairs if planted or not is_planted)
        knowledge = Knowledge(lists=labelled(lists), interactions=pairs)
        none: frozenset = frozenset()
        return PlantedKnowledge(
            slide=slide,
            knowledge=knowledge,
            programmes=frozenset(self.programmes) if planted else none,
            signatures=frozenset(self.signatures) if planted else none,
            types=frozenset(self.types) if planted else none,
            signals=frozenset(self.signals) if planted else none,
            decoys=self.decoys,
            expected=expected,
        )


def _plant_programmes(drawn: _Drawn) -> None:
    """Gene sets of which a third to two thirds mark one niche, and decoys of any genes."""
    rng = drawn.rng
    for number in range(_PROGRAMMES):
        niche, size = int(rng.integers(len(drawn.slide.niches))), int(rng.integers(15, 41))
        raised = drawn.take(round(rng.uniform(0.35, 0.65) * size))
        drawn.level[niche, raised] += rng.uniform(*_MARKER_FOLD, len(raised))
        genes = raised + drawn.others(size - len(raised), raised)
        name = f"{PROCESS}_{number + 1:02d}"
        drawn.add_list(name, GENE_SET, genes, is_planted=True)
        drawn.programmes.add((name, drawn.slide.niches[niche]))
        drawn.add_list(f"{name}_DECOY", GENE_SET, drawn.twins(genes), is_planted=False)
        drawn.decoys[f"{name}_DECOY"] = "random"


def _plant_signatures(drawn: _Drawn) -> None:
    """Lists of which four fifths are raised in one niche by moderate folds. Every third decoy shares a patch."""
    rng = drawn.rng
    for number in range(_SIGNATURES):
        niche, size = int(rng.integers(len(drawn.slide.niches))), int(rng.integers(6, 21))
        genes = drawn.take(size)
        raised = genes[: round(0.8 * len(genes))]
        drawn.level[niche, raised] += np.log2(rng.uniform(*_SIGNATURE_FOLD, len(raised)))
        name = f"{STATE}_{number + 1:02d}"
        drawn.add_list(name, GENE_SET, genes, is_planted=True)
        drawn.signatures.add((name, drawn.slide.niches[niche]))
        is_patchy = number % 3 == 0
        twins = drawn.twins(genes, flat=is_patchy)
        drawn.patch[twins] = number if is_patchy else drawn.patch[twins]
        drawn.add_list(f"{name}_DECOY", GENE_SET, twins, is_planted=False)
        drawn.decoys[f"{name}_DECOY"] = "patchy" if is_patchy else "random"


def _plant_types(drawn: _Drawn) -> None:
    """Cell types of most niches, each in one to three files that agree in part, and as many decoys."""
    rng = drawn.rng
    for number, niche in enumerate(rng.permutation(len(drawn.slide.niches))):
        genes = drawn.take(int(rng.integers(10, 21)))
        raised = genes[: round(rng.uniform(0.6, 0.9) * len(genes))]
        is_there = rng.random() < 0.75
        if is_there:
            drawn.level[niche, raised] += rng.uniform(*_TYPE_FOLD, len(raised))
        name = f"Type-{number + 1:02d} cells"
        if is_there:
            drawn.types.add((name, drawn.slide.niches[niche]))
        else:
            drawn.decoys[name] = "absent"
        decoy = drawn.twins(genes)
        drawn.decoys[f"Kind-{number + 1:02d} cells"] = "random"
        for file in range(int(rng.integers(1, 4))):
            for title, of_type, planted in ((name, genes, is_there), (f"Kind-{number + 1:02d} cells", decoy, False)):
                # Each file knows most of the genes, and calls the type what it likes.
                kept = [gene for gene in of_type if rng.random() < 0.8] or of_type
                spelled = title if file == 0 else title.replace("-", " ").removesuffix("s").lower()
                strays = drawn.others(max(len(kept) // 10, 1), genes)
                drawn.add_list(spelled, MARKER_LIST, kept + strays, is_planted=planted, file=f"markers_{file + 1}.tsv")


def _plant_signals(drawn: _Drawn) -> None:
    """Ligands raised in one niche with receptors raised in a bordering one; the last receptor is a complex."""
    rng, niches = drawn.rng, drawn.slide.niches
    contacts = {name: shape.contacts for name, shape in measure_niches(LabelledTissue.of(drawn.slide)).items()}
    beside = [
        (one, other)
        for one in range(len(niches))
        for other in range(len(niches))
        if one != other and contacts[niches[one]].get(niches[other], 0.0) >= SIDE
    ]
    apart = [
        (one, other)
        for one in range(len(niches))
        for other in range(len(niches))
        if one != other and max(contacts[a].get(b, 0.0) for a, b in permutations((niches[one], niches[other]))) < APART
    ]

    def raise_in(niche: int, genes: list[int]) -> None:
        drawn.level[niche, genes] += rng.uniform(*_SIGNAL_FOLD, len(genes))

    for number in range(_SIGNALS if beside else 0):
        sender, receiver = beside[rng.integers(len(beside))]
        genes = drawn.take(3 if number == _SIGNALS - 1 else 2)
        raise_in(sender, genes[:1])
        raise_in(receiver, genes[1:])
        names = drawn.add_pair(genes[:1], genes[1:], is_planted=True)
        drawn.signals.add((*names, niches[sender], niches[receiver]))
        far = [other for one, other in apart if one == sender]
        kind = ("flat", "one side", "same side", "apart" if far else "one side")[number % 4]
        twins = drawn.twins(genes, flat=True)
        if kind != "flat":
            raise_in(sender, twins[:1])
        if kind == "same side":
            raise_in(sender, twins[1:])
        if kind == "apart":
            raise_in(far[rng.integers(len(far))], twins[1:])
        drawn.decoys[" ".join(drawn.add_pair(twins[:1], twins[1:], is_planted=False))] = kind


def _expected_counts(drawn: _Drawn, niche: np.ndarray) -> np.ndarray:
    """Expected counts, float32 (n_spots, n_genes), of spots in these niches."""
    rng, slide = drawn.rng, drawn.slide
    depth = slide.depth / np.median(slide.depth)
    xy = slide.xy - slide.xy.mean(axis=0)
    xy = xy / np.abs(xy).max()
    log2 = drawn.level[niche]
    strength = rng.uniform(0.0, 0.5, drawn.n_genes)
    strength[drawn.ubiquitous] = 0.0
    log2 += smooth_fields(rng, xy, drawn.n_genes, rng.uniform(0.15, 0.6)) * strength
    for patch in np.unique(drawn.patch[drawn.patch >= 0]):
        log2[:, drawn.patch == patch] += smooth_fields(rng, xy, 1, rng.uniform(0.1, 0.2)) * rng.uniform(0.6, 1.2)
    share = np.exp2(log2) * drawn.mean
    share /= share.sum(axis=1, keepdims=True)
    return (share * (np.clip(depth, 0.05, 20.0) * drawn.mean.sum())[:, None]).astype(np.float32)


def _draw_counts(drawn: _Drawn, expected: np.ndarray) -> sp.csc_matrix:
    """Negative binomial counts (n_spots, n_genes), of which each spot has some."""
    rng = drawn.rng
    spread = np.exp(rng.uniform(*np.log(_DISPERSION))) * np.exp(rng.normal(0.0, 0.6, drawn.n_genes))
    spread[drawn.ubiquitous] *= 0.15
    shape = 1 / np.clip(spread, 0.01, 6.0)
    counts = rng.poisson(expected * rng.standard_gamma(shape, expected.shape) / shape).astype(np.float32)
    counts[counts.sum(axis=1) == 0, int(drawn.mean.argmax())] = 1.0
    return sp.csc_matrix(counts)
