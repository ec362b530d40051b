"""Scorecard: all scores of an evaluation, as one value that can be written as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from inference.evaluation.suites.answers_in_words import WrittenScores
from inference.evaluation.suites.answers_yes_no import AmbiguousVerdicts, YesNoTaskScores
from inference.evaluation.suites.depth import DepthLadder
from inference.evaluation.suites.perception import PerceptionLadder
from inference.evaluation.suites.robustness import Robustness


@dataclass(frozen=True)
class Scorecard:
    """Scores of one model on one split. A part that was not measured is empty and is listed in ``left_out``.

    Attributes:
        model: its name.
        base: the name of its base.
        contract: hash of its figure contract.
        dataset: name of the dataset; "" without one.
        split: name of the split; "" without a dataset.
        seed: of every random draw.
        limit: largest number of questions of a part; None for the limits of the parts.
        yes_no: yes/no task → scores under every condition.
        written: the written answers.
        ambiguous: verdicts on ambiguous genes.
        depth: AUROC by sequencing depth.
        perception: AUROC by the effect that is planted in synthetic tissue.
        robustness: effect of changes of the pictures that must not change the answer.
        left_out: part → why it was not measured.
    """

    model: str
    base: str
    contract: str
    dataset: str = ""
    split: str = ""
    seed: int = 0
    limit: int | None = None
    yes_no: dict[str, YesNoTaskScores] = field(default_factory=dict)
    written: WrittenScores | None = None
    ambiguous: AmbiguousVerdicts | None = None
    depth: DepthLadder | None = None
    perception: PerceptionLadder | None = None
    robustness: Robustness | None = None
    left_out: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A dictionary for JSON; undefined scores are None."""
        return _to_plain(self)


def _to_plain(value: Any) -> Any:
    """Turns dataclasses into dictionaries, rounds numbers, and replaces NaN by None."""
    if is_dataclass(value):
        return {part.name: _to_plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {str(key): _to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value
