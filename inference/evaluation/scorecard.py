"""Scorecard: everything that an evaluation found, as one JSON-able value."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from inference.evaluation.depth_ladder import DepthLadder
from inference.evaluation.free_text import WrittenAnswers
from inference.evaluation.perception_ladder import PerceptionLadder
from inference.evaluation.robustness import Robustness
from inference.evaluation.yes_no import Ambiguous, YesNo


@dataclass(frozen=True)
class Scorecard:
    """Scores of one model on one split; a part that was not measured is empty and stands in ``left_out``.

    Attributes:
        model: its name.
        base: the name of its base.
        contract: hash of its figure contract.
        dataset: name of the dataset; "" without one.
        split: name of the split; "" without a dataset.
        seed: of every draw.
        limit: largest number of questions of a part; None for the parts' own limits.
        yes_no: yes/no task → scores under every condition.
        written: the written answers.
        ambiguous: what the model says of ambiguous genes.
        depth: AUROC by sequencing depth.
        perception: AUROC by what is planted in synthetic tissue.
        robustness: what harmless changes of the pictures do.
        left_out: part → why it was not measured.
    """

    model: str
    base: str
    contract: str
    dataset: str = ""
    split: str = ""
    seed: int = 0
    limit: int | None = None
    yes_no: dict[str, YesNo] = field(default_factory=dict)
    written: WrittenAnswers | None = None
    ambiguous: Ambiguous | None = None
    depth: DepthLadder | None = None
    perception: PerceptionLadder | None = None
    robustness: Robustness | None = None
    left_out: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A JSON-able dictionary; scores that are not defined are None."""
        return _plain(self)


def _plain(value: Any) -> Any:
    """Dataclasses as dictionaries, numbers rounded, NaN as None."""
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value
