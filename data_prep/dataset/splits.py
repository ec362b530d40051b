"""Splits: which donors and genes a model learns from. Donors are divided first, then genes.

|                   | training genes | validation genes | test genes |
|-------------------|----------------|------------------|------------|
| training donors   | train          | validation       | test_gene  |
| validation donors | validation     | -                | -          |
| test donors       | test_slide     | -                | test_both  |

Genes are held out for validation only if no donor is. Questions without a gene (adjacent, form, ...) stand in the first
split of each donor only. Claims that the counts cannot decide have a split of their own, `ambiguous`. It asks about
test donors, or about training donors if no donor is tested.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data_prep.errors import NicheLensError, suggest
from data_prep.split_names import TEST_BOTH, TEST_GENE, TEST_SLIDE, TRAIN, VALIDATION

# Share of the donors that are held out for testing if the caller names none.
_TEST_DONOR_SHARE = 0.2


@dataclass(frozen=True)
class Partition:
    """The sides ("train", "validation" or "test") of donors and genes.

    Attributes:
        donors: donor → its side.
        seed: seed of the gene hash.
        test_genes: share of the genes that are used for testing only.
        validation_genes: share of the genes that are used for validation only; 0 if donors are.
    """

    donors: Mapping[str, str]
    seed: int
    test_genes: float
    validation_genes: float

    def gene_side(self, symbol: str) -> str:
        """The side of a gene.

        It depends on a hash of the symbol in capitals only. So a gene has the same side on all slides, and mouse and
        human genes of the same name have the same side.
        """
        digest = hashlib.sha256(f"{self.seed}:{symbol.upper()}".encode()).digest()
        fraction = int.from_bytes(digest[:8], "big") / 2**64
        if fraction < self.test_genes:
            return "test"
        return "validation" if fraction < self.test_genes + self.validation_genes else "train"

    def genes_by_split(self, donor: str, genes: Iterable[str]) -> dict[str, list[int]]:
        """For each split that gets questions about a donor's slide: indices of the genes of that split."""
        split_of_side = {
            "train": {"train": TRAIN, "validation": VALIDATION, "test": TEST_GENE},
            "validation": {"train": VALIDATION},
            "test": {"train": TEST_SLIDE, "test": TEST_BOTH},
        }[self.donors[donor]]
        indices: dict[str, list[int]] = {split: [] for split in split_of_side.values()}
        for index, gene in enumerate(genes):
            split = split_of_side.get(self.gene_side(str(gene)))
            if split is not None:
                indices[split].append(index)
        return indices

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Partition:
        """The partition whose fields ``dataclasses.asdict`` gave."""
        return cls(
            donors=dict(record["donors"]),
            seed=record["seed"],
            test_genes=record["test_genes"],
            validation_genes=record["validation_genes"],
        )

    def asks_ambiguous(self, donor: str) -> bool:
        """Whether the ambiguous split asks about this donor's slides."""
        return self.donors[donor] == ("test" if "test" in self.donors.values() else "train")


def partition(
    donors: Iterable[str],
    *,
    seed: int,
    test_donors: Sequence[str] | None,
    validation_donors: Sequence[str],
    test_genes: float,
    validation_genes: float,
) -> Partition:
    """Assign every donor to one side.

    Args:
        donors: donors of all slides; a donor can occur several times.
        seed: draws the donors that are not named, and the genes.
        test_donors: donors held out for testing; None draws a fifth of the donors, at least one if there are two.
        validation_donors: donors held out for validation.
        test_genes: share of the genes held out for testing.
        validation_genes: share of the genes held out for validation if no donor is.

    Raises:
        NicheLensError: a named donor is unknown or on two sides, or no donor is left to train on.
    """
    known = sorted(set(donors))
    for donor in (*(test_donors or ()), *validation_donors):
        if donor not in known:
            message = f"no slide has the donor '{donor}'; {suggest(donor, known, kind='donors', show_all=True)}"
            raise NicheLensError(message)
    both = sorted(set(test_donors or ()) & set(validation_donors))
    if both:
        message = f"donor '{both[0]}' is named both for testing and for validation; name it once"
        raise NicheLensError(message)
    drawn = np.random.default_rng(seed).permutation(known).tolist()
    free = [donor for donor in drawn if donor not in (*(test_donors or ()), *validation_donors)]
    if test_donors is None:
        n_test = max(1, round(_TEST_DONOR_SHARE * len(known))) if len(free) > 1 else 0
        test_donors, free = free[:n_test], free[n_test:]
    if not free:
        message = f"every donor ({', '.join(known)}) is held out and none is left to train on; hold out fewer"
        raise NicheLensError(message)
    sides = dict.fromkeys(free, "train") | dict.fromkeys(validation_donors, "validation")
    sides |= dict.fromkeys(test_donors, "test")
    return Partition(
        donors={donor: sides[donor] for donor in known},
        seed=seed,
        test_genes=test_genes,
        validation_genes=0.0 if validation_donors else validation_genes,
    )
