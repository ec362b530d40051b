"""The terms of a model: what a server that has its weights does not say, but its folder does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from data_prep.errors import NicheLensError, first_line
from inference.model.calibration import Calibration, read_calibration
from inference.model.contract_check import read_contract
from inference.model.families import ANY_SIZE, family_of
from inference.model.model_folder import ModelFolder, find_model

_FILES = ("*.json",)
"""What is fetched of a model on the Hub: no weights."""


@dataclass(frozen=True)
class Terms:
    """What a model was trained on, and how its answers are to be read.

    Attributes:
        contract: the figure contract; None where its folder does not say.
        calibration: the identity where there is none.
        image_size: edge length of the figures in pixels.
    """

    contract: dict[str, object] | None = None
    calibration: Calibration = field(default_factory=Calibration)
    image_size: int = ANY_SIZE


def find_terms(model: str | Path, *, must_exist: bool) -> Terms | None:
    """The terms in a model's folder, or in its files on the Hub.

    Args:
        model: folder or Hub id, or only a name.
        must_exist: refuse what is only a name; else there is None for it.

    Raises:
        NicheLensError: no such model, damaged files, or figures drawn by another contract.
    """
    try:
        folder = find_model(model, _FILES)
    except NicheLensError:
        if must_exist or Path(model).expanduser().exists():
            raise
        return None
    contract = read_contract(folder)
    size = int(str(contract["size"])) if contract else _native_size(folder)
    return Terms(contract, read_calibration(folder.name, folder.path), size)


def _native_size(folder: ModelFolder) -> int:
    """Edge length of the figures by the model's configuration."""
    if not (folder.path / "config.json").is_file():
        return ANY_SIZE
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder.path, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError) as error:
        message = f"{folder.name}: config.json cannot be read: {first_line(error)}"
        raise NicheLensError(message) from error
    return family_of(config).figure_size(config)
