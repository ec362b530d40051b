"""Rows: their figures, labels, claims and names belong together."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from data_prep.claims import Claim, hear
from data_prep.dataset.builder import build_dataset
from data_prep.dataset.loading import load_examples
from data_prep.dataset.rows import asked_claim, read_specs
from data_prep.facts.facts import Facts
from data_prep.slide import Slide
from tests.data_prep.dataset.built_datasets import SMALL


def test_images_are_the_figures_of_their_specs(folder: Path, slides: list[Slide]) -> None:
    canvases = {slide.name: Facts.measure(slide, SMALL.size).canvas for slide in slides}
    rows = load_examples(folder, "test_slide")
    assert set(rows["task"]) == set(SMALL.tasks)
    for row in rows:
        specs = read_specs(row["specs"])
        assert len(row["images"]) == len(specs)
        for image, spec in zip(row["images"], specs, strict=True):
            canvas = canvases[row["slide"]]
            drawn = canvas.draw(spec)
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), np.asarray(drawn))


def test_labels_and_answers_are_true_of_the_planted_niches(table: pd.DataFrame) -> None:
    asked = table[(table["label"] != "") & table["task"].isin(["marker", "enriched"])]
    assert set(asked["task"]) == {"marker", "enriched"}
    assert len(asked) > 200
    for row in asked.itertuples():
        marked = f"Layer {int(row.genes[0].removeprefix('GENE')) % 4 + 1}"
        assert row.label == ("yes" if row.niche == marked else "no")
        assert row.completion.startswith("Yes." if row.label == "yes" else "No.")


def test_claims_are_what_the_completion_says(table: pd.DataFrame) -> None:
    for row in table[table["completion"] != ""].itertuples():
        assert hear(row.completion) == [Claim(**claim) for claim in json.loads(row.claims)]


def test_names_resolve_what_the_model_is_shown(table: pd.DataFrame) -> None:
    for row in table.itertuples():
        names = json.loads(row.names)
        if row.task == "identity":
            assert all(gene in row.prompt for gene in row.genes)
        else:
            assert list(names["genes"].values()) == list(row.genes)
        if row.kind:
            claim = asked_claim(row._asdict())
            assert (claim.kind, claim.niche, claim.other) == (row.task, row.niche, row.other)
            assert not row.other or row.other in (*names["niches"].values(), *row.genes)
        assert not row.niche or names["niches"]["the niche"] == row.niche
        for text in (*row.genes, row.niche or "Layer"):
            assert row.task == "identity" or text not in row.prompt
            assert text not in row.completion


def test_named_questions_say_the_names(slides: list[Slide], tmp_path: Path) -> None:
    build_dataset(slides, tmp_path / "named", replace(SMALL, tasks=("marker",), named=1.0))
    for row in load_examples(tmp_path / "named", "train").select_columns(["prompt", "genes", "niche"]):
        assert row["genes"][0] in row["prompt"]
        assert row["niche"] in row["prompt"]
