"""A model that was trained on figures drawn by other rules is refused."""

import json

import pytest

from data_prep.errors import NicheLensError
from data_prep.figures.contract import figure_contract
from inference.model.contract_check import read_contract
from inference.model.model_folder import ModelFolder


@pytest.fixture
def folder(tmp_path):
    return ModelFolder("model", tmp_path)


def write(folder: ModelFolder, contract: object) -> None:
    (folder.path / "figure_contract.json").write_text(json.dumps(contract))


def test_the_contract_of_this_version_is_read(folder):
    assert read_contract(folder) is None
    write(folder, figure_contract(64))
    assert read_contract(folder) == figure_contract(64)


def test_another_contract_is_refused_with_what_differs(folder):
    ours = figure_contract(128)
    write(folder, {**ours, "clip_quantile": 0.5, "hash": "0123456789abcdef"})
    with pytest.raises(NicheLensError, match=rf"^model: .*0123456789abcdef.*{ours['hash']}.*clip_quantile"):
        read_contract(folder)


@pytest.mark.parametrize("missing", ["size", "hash"])
def test_a_contract_without_size_or_hash_is_refused(folder, missing):
    write(folder, {key: value for key, value in figure_contract(128).items() if key != missing})
    with pytest.raises(NicheLensError, match="no 'size' or no 'hash'"):
        read_contract(folder)
