"""The card, the provenance and the figure contract of a dataset."""

import json
from pathlib import Path

import pandas as pd

from data_prep.dataset.dataset_card import dataset_card
from data_prep.figures.contract import figure_contract
from tests.data_prep.dataset.built_datasets import SMALL


def test_contract_and_card_travel(folder: Path, table: pd.DataFrame) -> None:
    contract = json.loads((folder / "figure_contract.json").read_text())
    assert contract == figure_contract(SMALL.size)
    assert set(table["contract"]) == {contract["hash"]}
    provenance = json.loads((folder / "provenance.json").read_text())
    assert provenance["splits"] == table["split"].value_counts().to_dict()
    assert [slide["name"] for slide in provenance["slides"]] == ["toy:S1", "toy:S2", "toy:S3"]
    assert provenance["marker_rule"]["q_marker"] == 0.01
    card = (folder / "README.md").read_text()
    assert "train: A, C; test: B" in card
    assert "No donor is held out" not in card


def test_the_card_says_how_preprocessing_was_chosen(folder: Path) -> None:
    provenance = json.loads((folder / "provenance.json").read_text())
    assert "count splitting" not in dataset_card(provenance)
    provenance["slides"][0]["choices"] = {"repeat": "--normalisation depth --n-niches 4"}
    assert "`--normalisation depth --n-niches 4`" in dataset_card(provenance)
