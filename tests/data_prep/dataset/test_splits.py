"""Splits: donors and genes are held out, and no question is repeated."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data_prep.claims import UNCLEAR, check
from data_prep.dataset import splits
from data_prep.dataset.builder import build_dataset
from data_prep.dataset.loading import load_examples
from data_prep.dataset.rows import asked_claim
from data_prep.errors import NicheLensError
from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from tests.data_prep.dataset.built_datasets import SMALL


def test_limits_are_kept(table: pd.DataFrame) -> None:
    counts = Counter(table[table["task"] == "marker"][["split", "slide"]].itertuples(index=False, name=None))
    for (split, _), count in counts.items():
        assert count <= (SMALL.markers_per_slide if split == "train" else SMALL.held_out_per_slide)
    described = table[table["task"] == "describe"].groupby(["split", "slide", "niche"]).size()
    assert described["train"].max() == SMALL.descriptions_per_niche
    assert described.drop("train").max() == 1


def test_no_question_stands_in_two_splits(table: pd.DataFrame) -> None:
    exploded = table[table["split"] != "ambiguous"].explode("genes").fillna({"genes": ""})
    assert (exploded.groupby(["slide", "genes", "niche"])["split"].nunique() == 1).all()


def test_donors_and_genes_are_held_out(table: pd.DataFrame) -> None:
    exploded = table.explode("genes")
    donors = exploded.groupby("split")["donor"].agg(set)
    genes = exploded.dropna(subset="genes").groupby("split")["genes"].agg(set)
    assert donors["test_slide"] == donors["test_both"] == {"B"}
    assert donors["train"] == donors["validation"] == donors["test_gene"] == {"A", "C"}
    for learned in ("train", "validation"):
        assert not genes[learned] & (genes["test_gene"] | genes["test_both"])
    assert not genes["train"] & genes["validation"]
    assert genes["test_slide"] & genes["train"]


def test_questions_without_genes_stand_in_one_split_of_each_slide(table: pd.DataFrame) -> None:
    bare = table[(table["genes"].str.len() == 0) & (table["split"] != "ambiguous")]
    assert set(bare["task"]) == {"adjacent"}
    assert set(zip(bare["donor"], bare["split"], strict=True)) == {("A", "train"), ("B", "test_slide"), ("C", "train")}


def test_every_gene_niche_and_prompt_is_half_yes(table: pd.DataFrame) -> None:
    asked = table[table["label"] != ""].assign(gene=lambda t: t["genes"].str[0], yes=lambda t: t["label"] == "yes")
    marker = asked[asked["task"] == "marker"]
    for key in ("gene", "niche"):
        assert (marker.groupby(["split", "slide", key])["yes"].mean() == 0.5).all()
    assert (asked[asked["kind"] != ""].groupby(["split", "slide", "kind", "prompt"])["yes"].mean() == 0.5).all()


def test_unclear_claims_are_kept_apart_without_answers(slides: list[Slide], tmp_path: Path) -> None:
    # A slide whose genes are raised only a little: many fold changes fall between the thresholds.
    rng = np.random.default_rng(3)
    weak = [slide.with_counts(_diluted(slide, rng)) for slide in slides]
    build_dataset(weak, tmp_path / "weak", replace(SMALL, tasks=("enriched", "highest"), test_donors=("B",)))
    table = load_examples(tmp_path / "weak", "ambiguous").remove_columns("images").to_pandas()
    assert len(table)
    assert set(table["completion"]) == set(table["label"]) == {""}
    assert set(table["donor"]) == {"B"}
    facts = Facts.measure(weak[1], SMALL.size)
    assert set(table["kind"]) == {"enriched", "highest"}
    for row in table.to_dict("records"):
        assert check(asked_claim(row), facts).verdict == UNCLEAR


def test_one_donor_has_no_unseen_donor(slides: list[Slide], tmp_path: Path) -> None:
    out = tmp_path / "one"
    built = build_dataset(slides[:1], out, SMALL)
    assert {"train", "validation", "test_gene"} <= set(built)
    assert not {"test_slide", "test_both"} & set(built)
    assert "No donor is held out (there is only one)" in (out / "README.md").read_text()
    with pytest.raises(NicheLensError, match=r"no split 'test_slide'.*train"):
        load_examples(out, "test_slide")


def test_validation_donor_replaces_validation_genes(slides: list[Slide], tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "d", replace(SMALL, test_donors=("A",), validation_donors=("B",)))
    assert set(load_examples(tmp_path / "d", "validation")["donor"]) == {"B"}
    assert set(load_examples(tmp_path / "d", "train")["donor"]) == {"C"}


def test_gene_side_does_not_depend_on_slides_or_capitals() -> None:
    sides = splits.partition(
        ["a", "b"], seed=0, test_donors=None, validation_donors=(), test_genes=0.2, validation_genes=0.1
    )
    symbols = [f"Gene{i}" for i in range(3000)]
    found = Counter(sides.gene_side(symbol) for symbol in symbols)
    assert found["test"] / 3000 == pytest.approx(0.2, abs=0.03)
    assert found["validation"] / 3000 == pytest.approx(0.1, abs=0.02)
    assert all(sides.gene_side(symbol) == sides.gene_side(symbol.upper()) for symbol in symbols)
    assert sorted(sides.donors.values()) == ["test", "train"]


def _diluted(slide: Slide, rng: np.random.Generator) -> np.ndarray:
    """Counts with a flat background, so that a tenfold change becomes about twofold, more or less per gene."""
    background = rng.poisson(rng.uniform(1, 12, slide.n_genes), size=slide.counts.shape)
    return slide.counts.toarray() + background
