"""Checks that a matrix holds raw counts: finite, not negative, not scaled, not logged, not normalised.

All ways of reading a matrix use this check. It notes the values of each block and decides after the last block.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from data_prep.errors import NicheLensError

LOG_SCALE_MAX = 20.0
"""log1p of counts per 10,000 is below 9.3, log2 of counts per million below 20. Counts of a real slide are larger."""
CONSTANT_TOTAL_SPREAD = 1e-3
"""Row sums of normalised counts are equal up to rounding; those of raw counts differ several-fold."""
LARGEST_COUNT = 2.0**24
"""Larger whole numbers are rounded in single precision, and no spot has so many molecules of a gene."""
_FAULTS = ("NaN or infinite values", "negative values, so it is scaled data", f"values above {LARGEST_COUNT:.0f}")


class CountsCheck:
    """Checks a matrix block by block.

    Args:
        where: file and slot, for messages.
        spots: names of the spots.
        genes: names of the genes.
        elsewhere: where the counts may be instead, as advice in a message.
        logged: whether the file says that the values are logged.

    Attributes:
        totals: total counts of each spot, float64; complete after the last block.
        note: what people should know of accepted counts; "" if they are whole numbers.
    """

    def __init__(
        self, where: str, spots: Sequence[str], genes: Sequence[str], *, elsewhere: str, logged: bool = False
    ) -> None:
        self.totals = np.zeros(len(spots))
        self.note = ""
        self._where, self._spots, self._genes = where, spots, genes
        self._elsewhere, self._logged = elsewhere, logged
        self._bad = dict.fromkeys(_FAULTS, 0)
        self._first: dict[str, tuple[int, int, float]] = {}
        self._fractions, self._largest = False, 0.0

    def add(self, block: sp.csr_matrix | sp.csc_matrix, first_spot: int = 0, first_gene: int = 0) -> None:
        """Note the values of some spots (CSR) or some genes (CSC), in the precision in which they are stored."""
        values = block.data
        with np.errstate(invalid="ignore"):
            masks = (~np.isfinite(values), values < 0, np.isfinite(values) & (values > LARGEST_COUNT))
            for fault, mask in zip(_FAULTS, masks, strict=True):
                if mask.any():
                    self._note(fault, mask, block, first_spot, first_gene)
            self._fractions = self._fractions or bool((np.rint(values) != values).any())
            self._largest = max(self._largest, float(values.max(initial=0.0)))
            if block.format == "csc":
                self.totals += np.bincount(block.indices, values, len(self.totals))
            else:
                part = np.asarray(block.sum(axis=1, dtype=np.float64)).ravel()
                self.totals[first_spot : first_spot + len(part)] += part

    def finish(self) -> None:
        """Refuse values that are not counts; accept volume-normalised counts (MERFISH) with a note.

        Raises:
            NicheLensError: the values are not raw counts; it names the first wrong value, if single values are wrong.
        """
        for fault, number in self._bad.items():
            if number:
                spot, gene, value = self._first[fault]
                fix = "set them to 0" if fault == _FAULTS[0] else self._elsewhere
                message = (
                    f"{self._where} has {number} {fault} (first {value:g} at spot '{self._spots[spot]}', "
                    f"gene '{self._genes[gene]}'); {fix}"
                )
                raise NicheLensError(message)
        if not self.totals.any():
            message = f"{self._where} is all zeros, the slide is empty; {self._elsewhere}"
            raise NicheLensError(message)
        if not self._fractions:
            return
        if self._logged or self._largest < LOG_SCALE_MAX:
            reason = "uns['log1p'] is present" if self._logged else f"fractions, largest {self._largest:.4g}"
            message = f"{self._where} looks log-normalised ({reason}) where raw counts are needed; {self._elsewhere}"
            raise NicheLensError(message)
        lit = self.totals[self.totals > 0]
        if len(lit) > 1 and np.std(lit) < CONSTANT_TOTAL_SPREAD * np.mean(lit):
            message = (
                f"{self._where} looks normalised (every spot adds up to {lit[0]:.6g}) where raw counts are needed; "
                f"{self._elsewhere}"
            )
            raise NicheLensError(message)
        self.note = f"the counts are fractions (largest {self._largest:.4g}); taken as volume-normalised counts"

    def _note(self, fault: str, mask: np.ndarray, block: sp.spmatrix, first_spot: int, first_gene: int) -> None:
        """Count a fault and keep its first occurrence by spot, then gene, in any order of the blocks."""
        entries = np.flatnonzero(mask)
        major = np.searchsorted(block.indptr, entries, side="right") - 1
        minor = block.indices[entries]
        spot, gene = (minor, major) if block.format == "csc" else (major, minor)
        first = np.lexsort((gene, spot))[0]
        occurrence = (int(spot[first]) + first_spot, int(gene[first]) + first_gene, float(block.data[entries[first]]))
        self._bad[fault] += len(entries)
        self._first[fault] = min(self._first.get(fault, occurrence), occurrence)


def counts_elsewhere(layers: Sequence[str], layer: str | None, *, has_raw: bool) -> str:
    """Where the counts may be, as advice in a message.

    Args:
        layers: names of the file's layers.
        layer: the layer that was asked for.
        has_raw: whether the file has `raw`.
    """
    named = [name for name in layers if "count" in name.lower() or name.lower() == "raw"]
    if named and layer is None:
        return f"pass --layer {named[0]} (layer='{named[0]}')"
    if has_raw:
        return "adata.raw may hold them: save adata.raw.to_adata()"
    return "save the slide with the raw counts in X"
