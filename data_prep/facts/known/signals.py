"""Signals: a ligand is raised in one niche and its receptor in a niche that borders it.

The statistic is the mean of two log2 fold changes, of the ligand in the sending niche and of the receptor in the
receiving one (`marker_rule`); of a complex its least raised part counts. Niches are compared with chance by permutation
(as in CellPhoneDB, Efremova et al. 2020): the product of both rates, with the niches' names exchanged. Whole pieces of
tissue are exchanged, the spots of one niche in one spatial block: neighbouring spots are no independent samples. The p
value is that of the log product in the normal distribution that the permutations give, adjusted by Benjamini-Hochberg
over all pairs of genes and of bordering niches.

Counts show that the two could signal. They do not show that they do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.facts.labelled_tissue import LabelledTissue
from data_prep.facts.marker_rule import MarkerTable
from data_prep.facts.measurement import Measurement

PERMUTATIONS = 400
"""They give the mean and the spread of a normal distribution, each to 4 %."""
SEED = 0
_TINY = 0.5
"""Counts that are added to each rate, so that its logarithm exists."""
_AT_ONCE = 50


@dataclass(frozen=True, eq=False)
class PairColumns:
    """Ligands and receptors as columns of the slide.

    Attributes:
        ligand: for each pair the columns of the parts of its ligand.
        receptor: likewise.
    """

    ligand: tuple[tuple[int, ...], ...]
    receptor: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.ligand)


@dataclass(frozen=True)
class Signal:
    """One ligand and receptor from one niche to another.

    Attributes:
        log2_fold: mean of the two log2 fold changes, with its error.
        ligand: log2 fold change of the ligand's least raised part in the sending niche.
        receptor: the same of the receptor in the receiving niche.
        detected: the smaller share of spots with the ligand in the sending, with the receptor in the receiving niche.
        q_value: adjusted p of the permutations.
    """

    log2_fold: Measurement
    ligand: Measurement
    receptor: Measurement
    detected: float
    q_value: float


@dataclass(frozen=True, eq=False)
class Signals:
    """All pairs of genes between all bordering niches.

    Attributes:
        pairs: the ligands and receptors.
        borders: (sending niche, receiving niche), by code, of niches that border.
        q_value: (n_pairs, n_borders) adjusted p.
        markers: marker statistics of the slide.
    """

    pairs: PairColumns
    borders: tuple[tuple[int, int], ...]
    q_value: np.ndarray
    markers: MarkerTable

    @classmethod
    def measure(
        cls, tissue: LabelledTissue, markers: MarkerTable, pairs: PairColumns, borders: Sequence[tuple[int, int]]
    ) -> Signals:
        """Tests all pairs.

        Args:
            tissue: the labelled spots.
            markers: marker statistics of the slide.
            pairs: ligands and receptors.
            borders: (sending niche, receiving niche) of niches that border, by code.
        """
        from scipy.special import ndtr
        from scipy.stats import false_discovery_control

        borders = tuple(borders)
        shape = (len(pairs), len(borders))
        if not len(pairs) or not borders:
            return cls(pairs, borders, np.ones(shape), markers)
        z = _permutation_z(tissue, pairs, borders)
        q_value = false_discovery_control(ndtr(-z).ravel()).reshape(shape)
        return cls(pairs, borders, q_value, markers)

    def of(self, pair: int, sender: int, receiver: int) -> Signal | None:
        """One pair of genes between two niches; None if the niches do not border."""
        if (sender, receiver) not in self.borders:
            return None
        at = self.borders.index((sender, receiver))
        ligand, receptor = (
            self._least(columns, niche)
            for columns, niche in ((self.pairs.ligand[pair], sender), (self.pairs.receptor[pair], receiver))
        )
        mean = Measurement(
            (ligand.value + receptor.value) / 2,
            float(np.hypot(ligand.error, receptor.error)) / 2,
            (ligand.noise + receptor.noise) / 2,
        )
        detected = min(
            float(self.markers.frac_in[list(columns), niche].min())
            for columns, niche in ((self.pairs.ligand[pair], sender), (self.pairs.receptor[pair], receiver))
        )
        return Signal(mean, ligand, receptor, detected, float(self.q_value[pair, at]))

    def _least(self, columns: tuple[int, ...], niche: int) -> Measurement:
        """The log2 fold change of the least raised part."""
        at = min(columns, key=lambda column: float(self.markers.log2fc[column, niche]))
        table = self.markers
        return Measurement(*(float(part[at, niche]) for part in (table.log2fc, table.error, table.noise)))


def _permutation_z(tissue: LabelledTissue, pairs: PairColumns, borders: Sequence[tuple[int, int]]) -> np.ndarray:
    """(n_pairs, n_borders) log product of the two rates, in standard deviations above its mean over permutations."""
    ligands, receptors = _Complexes.of(pairs.ligand), _Complexes.of(pairs.receptor)
    genes = np.unique(np.concatenate([ligands.columns, receptors.columns]))
    pieces = _Pieces.of(tissue, genes)
    sender, receiver = (np.array(codes) for codes in zip(*borders, strict=True))
    ligands, receptors = (part.among(genes) for part in (ligands, receptors))

    def products(label: np.ndarray) -> np.ndarray:
        """(n, n_pairs, n_borders) log products for (n, n_pieces) niches of the pieces."""
        rates = pieces.log_rates(label, tissue.n_niches)
        return ligands.least(rates)[:, :, sender] + receptors.least(rates)[:, :, receiver]

    rng = np.random.default_rng(SEED)
    total, squares, observed = (np.zeros((len(pairs), len(borders))) for _ in range(3))
    observed = products(pieces.niche[None])[0]
    for start in range(0, PERMUTATIONS, _AT_ONCE):
        n = min(_AT_ONCE, PERMUTATIONS - start)
        drawn = products(np.stack([rng.permutation(pieces.niche) for _ in range(n)])) - observed
        total += drawn.sum(axis=0)
        squares += (drawn**2).sum(axis=0)
    mean = total / PERMUTATIONS
    spread = np.sqrt(np.maximum(squares / PERMUTATIONS - mean**2, 1e-12))
    return -mean / spread


@dataclass(frozen=True, eq=False)
class _Complexes:
    """Parts of ligands or receptors, one after the other.

    Attributes:
        columns: (n_parts,) column of each part.
        start: (n_pairs,) number of each pair's first part.
    """

    columns: np.ndarray
    start: np.ndarray

    @classmethod
    def of(cls, parts: Sequence[tuple[int, ...]]) -> _Complexes:
        sizes = [len(part) for part in parts]
        return cls(np.array([code for part in parts for code in part]), np.r_[0, np.cumsum(sizes)[:-1]].astype(int))

    def among(self, genes: np.ndarray) -> _Complexes:
        """The same with positions among sorted columns."""
        return _Complexes(np.searchsorted(genes, self.columns), self.start)

    def least(self, rates: np.ndarray) -> np.ndarray:
        """(n, n_pairs, n_niches) smallest of the parts' (n, n_genes, n_niches) rates."""
        return np.minimum.reduceat(rates[:, self.columns], self.start, axis=1)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The spots of one niche in one block, for each niche and block that have some.

    Attributes:
        niche: (n_pieces,) their niche.
        counts: (n_pieces, n_genes) summed counts.
        depth: (n_pieces,) summed depth.
    """

    niche: np.ndarray
    counts: np.ndarray
    depth: np.ndarray

    @classmethod
    def of(cls, tissue: LabelledTissue, columns: np.ndarray) -> _Pieces:
        import scipy.sparse as sp

        cells, piece = np.unique(tissue.niche.astype(np.int64) * tissue.n_blocks + tissue.block, return_inverse=True)
        member = sp.csr_matrix((np.ones(len(tissue)), (piece, np.arange(len(tissue)))), shape=(len(cells), len(tissue)))
        counts = np.asarray((member @ tissue.counts(columns)).todense(), dtype=np.float64)
        return cls(cells // tissue.n_blocks, counts, np.bincount(piece, tissue.depth, len(cells)))

    def log_rates(self, label: np.ndarray, n_niches: int) -> np.ndarray:
        """(n, n_genes, n_niches) log rates for (n, n_pieces) niches of the pieces."""
        n, n_pieces = label.shape
        onto = np.zeros((n, n_niches, n_pieces))
        onto[np.arange(n)[:, None], label, np.arange(n_pieces)] = 1.0
        flat = onto.reshape(-1, n_pieces)
        counts = (flat @ self.counts).reshape(n, n_niches, -1)
        depth = np.maximum(flat @ self.depth, 1e-9).reshape(n, n_niches, 1)
        return np.log((counts + _TINY) / depth).transpose(0, 2, 1)
