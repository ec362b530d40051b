"""Calibration: what turns a model's scores into honest probabilities, and decides which of its claims are passed on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from data_prep.errors import NicheLensError
from data_prep.json_files import read_json

CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True)
class Calibration:
    """How raw scores become probabilities, p = sigmoid(logit / temperature + bias), and what is said for certain.

    Attributes:
        temperature: divides logit(yes) - logit(no); above 0.
        bias: is added afterwards.
        sureness: kind of claim → how probable its words must be to the model to be passed on
            (`inference.engine.confidence`).
    """

    temperature: float = 1.0
    bias: float = 0.0
    sureness: Mapping[str, float] = field(default_factory=dict)


def read_calibration(name: str, folder: Path) -> Calibration:
    """The calibration in a model's folder; the identity where there is none.

    Raises:
        NicheLensError: the file is damaged.
    """
    file = folder / CALIBRATION_FILE
    if not file.is_file():
        return Calibration()
    stored = read_json(name, file)
    try:
        sureness = {str(kind): float(least) for kind, least in dict(stored.get("sureness", {})).items()}
        calibration = Calibration(float(stored["temperature"]), float(stored["bias"]), sureness)
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{name}: {CALIBRATION_FILE} needs numbers under 'temperature' and 'bias'; fit it again or delete it"
        raise NicheLensError(msg) from error
    if not calibration.temperature > 0:
        msg = f"{name}: {CALIBRATION_FILE} has temperature {calibration.temperature}; it must be above 0"
        raise NicheLensError(msg)
    return calibration


def save_calibration(calibration: Calibration, folder: str | Path) -> Path:
    """Writes ``calibration.json`` into a model's folder, whole or not at all."""
    file = Path(folder) / CALIBRATION_FILE
    partial = file.with_name(f".{file.name}")
    partial.write_text(json.dumps(asdict(calibration), indent=2) + "\n", encoding="utf-8")
    return partial.replace(file)
