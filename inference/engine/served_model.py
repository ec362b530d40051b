"""What the folder of a model on a server says about it, and the server does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from data_prep.errors import NicheLensError, first_line
from data_prep.json_files import read_json
from inference.model.answer_length import GENERATION_FILE, writes_prose
from inference.model.calibration import Calibration, read_calibration
from inference.model.contract_check import read_contract
from inference.model.families import ANY_SIZE, family_of
from inference.model.model_folder import ModelFolder, find_model

_FILES = ("*.json",)
"""Files that are fetched from the Hub: no weights."""


@dataclass(frozen=True)
class ServedModel:
    """How to draw figures for a model, and how to read its answers.

    Attributes:
        contract: figure contract of its training; None where it is not known.
        calibration: its calibration; the identity where it is not known.
        image_size: side of the figures in pixels.
        writes_prose: whether it answers in sentences, see `inference.model.answer_length`.
    """

    contract: dict[str, object] | None = None
    calibration: Calibration = field(default_factory=Calibration)
    image_size: int = ANY_SIZE
    writes_prose: bool = True


def read_served_model(model: str | Path, *, must_exist: bool) -> ServedModel | None:
    """Reads the folder of a model, or its files on the Hub.

    Args:
        model: a folder or a Hub id, or only the name of a model on its server.
        must_exist: whether a mere name is an error.

    Returns:
        None for a mere name.

    Raises:
        NicheLensError: there is no such model, its files are damaged, or it was trained on figures of another contract.
    """
    try:
        folder = find_model(model, _FILES)
    except NicheLensError:
        if must_exist or Path(model).expanduser().exists():
            raise
        return None
    contract = read_contract(folder)
    size = int(str(contract["size"])) if contract else _native_size(folder)
    settings = folder.path / GENERATION_FILE
    longest = read_json(folder.name, settings).get("max_new_tokens") if settings.is_file() else None
    return ServedModel(contract, read_calibration(folder.name, folder.path), size, writes_prose(longest))


def _native_size(folder: ModelFolder) -> int:
    """Side of the figures in pixels by the configuration of the model."""
    if not (folder.path / "config.json").is_file():
        return ANY_SIZE
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder.path, trust_remote_code=False, local_files_only=True)
    except (OSError, ValueError) as error:
        message = f"{folder.name}: config.json cannot be read: {first_line(error)}"
        raise NicheLensError(message) from error
    return family_of(config).figure_size(config)
