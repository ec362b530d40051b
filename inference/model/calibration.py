"""Calibration of a model: turns its scores into honest probabilities, and decides which of its claims are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data_prep.errors import NicheLensError
from data_prep.json_files import read_json

CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True)
class Calibration:
    """Turns raw scores into probabilities, p = sigmoid(logit / temperature + bias), and filters claims.

    Attributes:
        temperature: divides logit(yes) - logit(no); above 0.
        bias: is added afterwards.
        least_confidence: kind of claim → confidence from which its sentences are shown
            (`inference.engine.confidence`). The file calls it "sureness".
    """

    temperature: float = 1.0
    bias: float = 0.0
    least_confidence: Mapping[str, float] = field(default_factory=dict)


def read_calibration(name: str, folder: Path) -> Calibration:
    """Reads the calibration in the folder of a model; the identity where there is none.

    Raises:
        NicheLensError: the file is damaged.
    """
    file = folder / CALIBRATION_FILE
    if not file.is_file():
        return Calibration()
    stored = read_json(name, file)
    try:
        least = {str(kind): float(value) for kind, value in dict(stored.get("sureness", {})).items()}
        calibration = Calibration(float(stored["temperature"]), float(stored["bias"]), least)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{name}: {CALIBRATION_FILE} needs numbers under 'temperature' and 'bias'; fit it again or delete it"
        raise NicheLensError(message) from error
    if not calibration.temperature > 0:
        message = f"{name}: {CALIBRATION_FILE} has temperature {calibration.temperature}; it must be above 0"
        raise NicheLensError(message)
    return calibration


def save_calibration(calibration: Calibration, folder: str | Path) -> Path:
    """Writes ``calibration.json`` into the folder of a model, all of it or nothing."""
    content = {
        "temperature": calibration.temperature,
        "bias": calibration.bias,
        "sureness": dict(calibration.least_confidence),
    }
    file = Path(folder) / CALIBRATION_FILE
    partial = file.with_name(f".{file.name}")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return partial.replace(file)
