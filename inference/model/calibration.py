"""Calibration of a model: turns its scores into honest probabilities, and decides which of its claims are said.

A model that is asked one yes/no question per claim is calibrated for each kind of claim. A model that writes prose is
also calibrated for its sentences.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.json_files import read_json

CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True)
class KindCalibration:
    """Calibration of the yes/no questions about one kind of claim: p = sigmoid(logit / temperature + bias).

    Without a fit, the model abstains between the default thresholds: there even a calibrated answer is wrong more than
    one time in three.

    Attributes:
        temperature: divides logit(yes) - logit(no); above 0.
        bias: is added afterwards.
        yes_from: least p at which the claim is said; ``inf`` for a claim that is never said.
        no_up_to: greatest p at which the claim is denied; ``-inf`` for a claim that is never denied.
    """

    temperature: float = 1.0
    bias: float = 0.0
    yes_from: float = 0.65
    no_up_to: float = 0.35

    @property
    def is_asked(self) -> bool:
        """Whether any answer to such a question is said."""
        return math.isfinite(self.yes_from) or math.isfinite(self.no_up_to)

    def probability(self, logit: np.ndarray) -> np.ndarray:
        """Calibrated probabilities in 0..1 of (n,) raw scores, which may be infinite."""
        from scipy.special import expit

        return expit(np.asarray(logit, np.float64) / self.temperature + self.bias)

    def verdict(self, p_yes: float) -> str:
        """``yes``, ``no`` or ``abstain`` for a calibrated probability."""
        if p_yes >= self.yes_from:
            return "yes"
        return "no" if p_yes <= self.no_up_to else "abstain"


UNFITTED = KindCalibration()
"""Calibration of every kind for a model that was not calibrated."""
NEVER_SAID = KindCalibration(yes_from=math.inf, no_up_to=-math.inf)
"""Calibration of a kind of which no answer is said."""


@dataclass(frozen=True)
class Calibration:
    """Calibration of every kind of claim.

    Attributes:
        kinds: kind of claim → calibration of its yes/no questions.
        least_confidence: kind of claim → confidence from which its sentences in prose are shown
            (`inference.engine.confidence`).
    """

    kinds: Mapping[str, KindCalibration] = field(default_factory=dict)
    least_confidence: Mapping[str, float] = field(default_factory=dict)

    def of(self, kind: str) -> KindCalibration:
        """The calibration of one kind.

        A model without any calibration is asked about every kind (``UNFITTED``). A kind that a calibration lacks is one
        that the model has not learnt, so no answer about it is said (``NEVER_SAID``).
        """
        return self.kinds.get(kind, NEVER_SAID if self.kinds else UNFITTED)

    def probability(self, logit: np.ndarray, kinds: Sequence[str]) -> np.ndarray:
        """Calibrated probabilities of (n,) raw scores, each by the kind of claim that its question is about."""
        logit, names = np.asarray(logit, np.float64), np.array(kinds, dtype=object)
        p_yes = np.empty(len(logit))
        for kind in dict.fromkeys(kinds):
            asked = names == kind
            p_yes[asked] = self.of(kind).probability(logit[asked])
        return p_yes


def read_calibration(name: str, folder: Path) -> Calibration:
    """Reads the calibration in the folder of a model; an empty one where there is none.

    Raises:
        NicheLensError: the file is damaged, or an earlier version wrote it.
    """
    file = folder / CALIBRATION_FILE
    if not file.is_file():
        return Calibration()
    stored = read_json(name, file)
    try:
        kinds = {str(kind): _read_kind(numbers) for kind, numbers in stored["kinds"].items()}
        least = {str(kind): float(value) for kind, value in stored.get("sentences", {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        message = (
            f"{name}: {CALIBRATION_FILE} needs 'temperature', 'bias', 'yes_from' and 'no_up_to' for each kind of claim "
            "under 'kinds'; fit it again (nichelens calibrate) or delete it"
        )
        raise NicheLensError(message) from error
    for kind, calibration in kinds.items():
        if not calibration.temperature > 0:
            message = (
                f"{name}: {CALIBRATION_FILE} has temperature {calibration.temperature} for {kind}; it must be above 0"
            )
            raise NicheLensError(message)
    return Calibration(kinds, least)


def save_calibration(calibration: Calibration, folder: str | Path) -> Path:
    """Writes ``calibration.json`` into the folder of a model, all of it or nothing. ``null`` stands for never."""
    kinds = {
        kind: {name: value if math.isfinite(value) else None for name, value in asdict(numbers).items()}
        for kind, numbers in calibration.kinds.items()
    }
    content = {"kinds": kinds, "sentences": dict(calibration.least_confidence)}
    file = Path(folder) / CALIBRATION_FILE
    partial = file.with_name(f".{file.name}")
    partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return partial.replace(file)


def _read_kind(numbers: Mapping[str, Any]) -> KindCalibration:
    yes_from, no_up_to = numbers["yes_from"], numbers["no_up_to"]
    return KindCalibration(
        temperature=float(numbers["temperature"]),
        bias=float(numbers["bias"]),
        yes_from=math.inf if yes_from is None else float(yes_from),
        no_up_to=-math.inf if no_up_to is None else float(no_up_to),
    )
