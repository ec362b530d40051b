"""The settings of a dataset: bad ones are refused, and they survive JSON."""

import json
from dataclasses import replace

import pytest

from data_prep.dataset.prep_config import PrepConfig
from data_prep.errors import NicheLensError
from tests.data_prep.dataset.built_datasets import SMALL


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"tasks": ("markers",)}, "unknown task 'markers'; did you mean 'marker'"),
        ({"tasks": ()}, "no task given"),
        ({"named": 1.5}, "named is 1.5"),
        ({"test_genes": 0.7, "validation_genes": 0.3}, "no gene is left"),
        ({"size": 8}, "size is 8"),
        ({"markers_per_slide": 0}, "markers_per_slide is 0"),
    ],
)
def test_bad_settings_are_refused(settings: dict, words: str) -> None:
    with pytest.raises(NicheLensError, match=words):
        PrepConfig(**settings)


def test_settings_survive_json() -> None:
    config = replace(SMALL, test_donors=("B",), validation_donors=("C",), tasks=("marker", "pattern"), store="specs")
    assert PrepConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert PrepConfig.from_json(json.loads(json.dumps(PrepConfig().to_json()))) == PrepConfig()


def test_the_stored_word_for_specs_stays() -> None:
    # Datasets on disk say "recipes". New datasets must have the same bytes.
    assert replace(SMALL, store="specs").to_json()["store"] == "recipes"
    with pytest.raises(NicheLensError, match="unknown store 'recipes'"):
        replace(SMALL, store="recipes")
