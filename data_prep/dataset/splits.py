"""Which examples a model may learn from: by donor first, then by gene.

|                   | training genes | validation genes | test genes |
|-------------------|----------------|------------------|------------|
| training donors   | train          | validation       | test_gene  |
| validation donors | validation     | -                | -          |
| test donors       | test_slide     | -                | test_both  |

Genes are held out for validation only where no donor is. Ambiguous genes (neither markers nor not, by the marker rule)
are a bucket of their own, `ambiguous`, asked of the test donors, or of the training donors where there are no others.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.dataset.lint.leaks import lint
from data_prep.dataset.rows import Row
from data_prep.errors import NicheLensError, suggest

TRAIN, VALIDATION = "train", "validation"
TEST_SLIDE, TEST_GENE, TEST_BOTH = "test_slide", "test_gene", "test_both"
AMBIGUOUS = "ambiguous"
SPLITS = (TRAIN, VALIDATION, TEST_SLIDE, TEST_GENE, TEST_BOTH, AMBIGUOUS)

# Of the donors, this share is held out for testing where the caller names none.
_TEST_DONOR_SHARE = 0.2


@dataclass(frozen=True)
class Partition:
    """Sides of donors and genes.

    Attributes:
        donors: donor → "train", "validation" or "test".
        seed: of the gene hash.
        test_genes: share of the genes that are only tested.
        validation_genes: share of the genes that only validate; 0 where a donor does.
    """

    donors: Mapping[str, str]
    seed: int
    test_genes: float
    validation_genes: float

    def gene_side(self, symbol: str) -> str:
        """Side of a gene: "train", "validation" or "test".

        By a hash of the symbol in capitals, so that a gene stands on one side in all slides, whatever other slides
        there are, and so do mouse and human genes of one name.
        """
        digest = hashlib.sha256(f"{self.seed}:{symbol.upper()}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        if place < self.test_genes:
            return "test"
        return "validation" if place < self.test_genes + self.validation_genes else "train"

    def genes_by_split(self, donor: str, genes: Iterable[str]) -> dict[str, list[int]]:
        """For each split that a donor's slide feeds: indices of the genes that it may ask."""
        names = {
            "train": {"train": TRAIN, "validation": VALIDATION, "test": TEST_GENE},
            "validation": {"train": VALIDATION},
            "test": {"train": TEST_SLIDE, "test": TEST_BOTH},
        }[self.donors[donor]]
        found: dict[str, list[int]] = {split: [] for split in names.values()}
        for index, gene in enumerate(genes):
            split = names.get(self.gene_side(str(gene)))
            if split is not None:
                found[split].append(index)
        return found

    def asks_ambiguous(self, donor: str) -> bool:
        """Whether this donor's slides fill the ambiguous bucket."""
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
    """Put every donor on one side.

    Args:
        donors: donors of all slides, repeats allowed.
        seed: decides donors that are not named, and genes.
        test_donors: held out for testing; None draws a fifth of them, at least one if there are two.
        validation_donors: held out for validation.
        test_genes: share of the genes that are only tested.
        validation_genes: share of the genes held out for validation where no donor is.

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


def check_splits(splits: Mapping[str, Sequence[Row]]) -> dict[str, dict[str, float]]:
    """Refuse splits that leak, marker questions that are not balanced, and words that give answers away.

    Returns:
        For each yes/no task: number of questions, and how many of them their words answer, with genes held out
        (``by_gene``) and with plain folds (``plain``), all within the limit.

    Raises:
        NicheLensError: names the first leak or the n-grams that tell the answers.
    """
    import pandas as pd

    _check_leaks(splits)
    _check_balance(
        {split: [row for row in rows if row.label and row.task == "marker"] for split, rows in splits.items()}
    )
    asked = [
        {"question": row.prompt, "label": row.label, "gene": row.genes[0], "task": row.task}
        for rows in splits.values()
        for row in rows
        if row.label
    ]
    if not asked:
        return {}
    report = lint(pd.DataFrame(asked), groups="gene", task="task")
    report.raise_if_leaking()
    return {
        found.task: {"n": found.n, "by_gene": round(found.probe.by_gene, 4), "plain": round(found.probe.plain, 4)}
        for found in report.tasks
    }


def _check_leaks(splits: Mapping[str, Sequence[Row]]) -> None:
    where: dict[tuple[str, str, str], str] = {}
    donors: dict[str, set[str]] = defaultdict(set)
    genes: dict[str, set[str]] = defaultdict(set)
    for split, rows in splits.items():
        for row in rows:
            donors[split].add(row.donor)
            genes[split].update(gene.upper() for gene in row.genes)
            for gene in row.genes:
                earlier = where.setdefault((row.slide, gene, row.niche), split)
                if earlier != split:
                    message = (
                        f"gene '{gene}' in niche '{row.niche}' of slide '{row.slide}' stands in both {earlier} "
                        f"and {split}; a split must not repeat another's questions"
                    )
                    raise NicheLensError(message)
    learned = (TRAIN, VALIDATION)
    for kind, held_out, found in (
        ("donor", (TEST_SLIDE, TEST_BOTH), donors),
        ("gene", (TEST_GENE, TEST_BOTH), genes),
    ):
        shared = set().union(*(found[split] for split in learned)) & set().union(*(found[split] for split in held_out))
        if shared:
            message = f"{kind} '{min(shared)}' is both learned from and held out ({', '.join(held_out)})"
            raise NicheLensError(message)


def _check_balance(splits: Mapping[str, Sequence[Row]]) -> None:
    """In every split and slide, each gene and each niche is asked exactly half yes."""
    for split, rows in splits.items():
        surplus: Counter[tuple[str, str, str]] = Counter()
        for row in rows:
            vote = 1 if row.label == "yes" else -1
            surplus["gene", row.slide, row.genes[0]] += vote
            surplus["niche", row.slide, row.niche] += vote
        for (kind, slide, name), votes in surplus.items():
            if votes:
                message = (
                    f"{split}: {kind} '{name}' of slide '{slide}' has {abs(votes)} more "
                    f"{'yes' if votes > 0 else 'no'} than the other answer; ask in whole checkerboard quads"
                )
                raise NicheLensError(message)
