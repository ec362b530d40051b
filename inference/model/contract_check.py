"""Reads the figure contract of a model, and refuses a model that was trained on figures drawn by other rules."""

from __future__ import annotations

import json
from typing import Any

from data_prep.dataset.loading import CONTRACT_FILE
from data_prep.errors import NicheLensError
from data_prep.figures.contract import figure_contract
from data_prep.json_files import read_json
from inference.model.model_folder import ModelFolder


def read_contract(model: ModelFolder) -> dict[str, object] | None:
    """Reads the figure contract in the folder of a model.

    Returns:
        The contract; None where the folder has none.

    Raises:
        NicheLensError: the file is damaged, or this version draws figures by another contract.
    """
    file = model.path / CONTRACT_FILE
    if not file.is_file():
        return None
    theirs = read_json(model.name, file)
    if not isinstance(theirs.get("size"), int) or "hash" not in theirs:
        message = (
            f"{model.name}: {CONTRACT_FILE} has no 'size' or no 'hash'; copy it from the dataset it was trained on"
        )
        raise NicheLensError(message)
    ours = figure_contract(theirs["size"])
    if theirs["hash"] != ours["hash"]:
        differing = sorted(
            key for key in theirs.keys() | ours.keys() if key != "hash" and theirs.get(key) != ours.get(key)
        )
        message = (
            f"{model.name}: trained on figures of contract {_show(theirs, differing)}, this version draws "
            f"{_show(ours, differing)}; train it again, or use the version it was made with"
        )
        raise NicheLensError(message)
    return theirs


def _show(contract: dict[str, Any], differing: list[str]) -> str:
    """The hash of a contract and its values, shortened, of the keys in which two contracts differ."""
    if not differing:
        return f"{contract['hash']} (nothing else differs)"
    values = [f"{key} {json.dumps(contract[key])[:60] if key in contract else 'absent'}" for key in differing]
    return f"{contract['hash']} ({', '.join(values)})"
