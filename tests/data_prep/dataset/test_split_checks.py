"""The checks of splits refuse leaks, imbalance and words that give answers away."""

from dataclasses import replace

import pytest

from data_prep.dataset import split_checks
from data_prep.dataset.rows import Row
from data_prep.errors import NicheLensError

QUAD = (("s", "g1", "n1", "yes"), ("s", "g1", "n2", "no"), ("s", "g2", "n1", "no"), ("s", "g2", "n2", "yes"))


def _rows(*rows: tuple[str, str, str, str], donor: str = "A", kind: str = "", value: str = "") -> list[Row]:
    task = kind or "marker"
    return [
        Row(
            [],
            "Is it?",
            "",
            task,
            label,
            slide,
            donor,
            niche,
            [gene] if gene else [],
            "[]",
            "[]",
            "{}",
            "",
            kind,
            value,
            "",
        )
        for slide, gene, niche, label in rows
    ]


def test_leaks_are_refused() -> None:
    train = _rows(*QUAD)
    split_checks.check_splits({"train": train})
    with pytest.raises(NicheLensError, match="gene 'g1' in niche 'n1' of slide 's' stands in both"):
        split_checks.check_splits({"train": train, "validation": train})
    split_checks.check_splits({"train": train, "ambiguous": _rows(("s", "g1", "n1", ""))})
    forms = _rows(("s", "", "n1", "yes"), ("s", "", "n2", "no"), kind="form", value="band")
    with pytest.raises(NicheLensError, match="niche 'n1' of slide 's' stands in both train and validation"):
        split_checks.check_splits({"train": forms, "validation": forms})
    other_slide = _rows(*(("t", *rest) for _, *rest in QUAD))
    with pytest.raises(NicheLensError, match="donor 'A' is both learned from and held out"):
        split_checks.check_splits({"train": train, "test_slide": other_slide})
    capitals = _rows(*(("t", gene.upper(), *rest) for _, gene, *rest in QUAD), donor="B")
    with pytest.raises(NicheLensError, match="gene 'G1' is both learned from and held out"):
        split_checks.check_splits({"train": train, "test_both": capitals})


def test_imbalance_is_refused() -> None:
    with pytest.raises(NicheLensError, match="gene 'g1' of slide 's' has 2 more yes"):
        split_checks.check_splits({"train": _rows(("s", "g1", "n1", "yes"), ("s", "g1", "n2", "yes"))})
    with pytest.raises(NicheLensError, match="niche 'n1' of slide 's' has 1 more yes"):
        split_checks.check_splits({"train": _rows(("s", "g1", "n1", "yes"), ("s", "g1", "n2", "no"))})
    bands = _rows(("s", "", "n1", "yes"), ("s", "", "n2", "yes"), kind="form", value="band")
    rings = _rows(("s", "", "n1", "no"), ("s", "", "n2", "no"), kind="form", value="ring")
    with pytest.raises(NicheLensError, match="form 'band' of slide 's' has 2 more yes"):
        split_checks.check_splits({"train": bands + rings})


def test_words_that_tell_the_answer_fail_the_build() -> None:
    rows = [row for i in range(40) for row in _rows(*(("s", f"{g}-{i}", n, label) for _, g, n, label in QUAD))]
    split_checks.check_splits({"train": rows})
    told = [replace(row, prompt=f"Is it {'really' if row.label == 'yes' else 'maybe'} a marker?") for row in rows]
    with pytest.raises(NicheLensError, match=r"100\.0% of 160 without a picture .*'it (really|maybe)'"):
        split_checks.check_splits({"train": told})
