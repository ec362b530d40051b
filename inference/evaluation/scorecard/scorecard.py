"""Scorecard: all scores of an evaluation, as one value that can be written as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from inference.evaluation.scores.score_json import to_plain
from inference.evaluation.suites.answers_in_words import WrittenTaskScores
from inference.evaluation.suites.claim_kinds import KindScores, UnclearVerdicts
from inference.evaluation.suites.depth import DepthLadder
from inference.evaluation.suites.interview_scores import InterviewScores
from inference.evaluation.suites.perception import PerceptionLadder
from inference.evaluation.suites.robustness import Robustness


@dataclass
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
        kinds: kind of claim (or yes/no task of prose) → its scores.
        unclear: verdicts on claims that the counts leave open.
        interview: what is said of each niche.
        depth: AUROC by sequencing depth.
        perception: AUROC by the effect that is planted in synthetic tissue.
        robustness: effect of changes of the pictures that must not change the answer.
        written: prose task → condition → scores of the answers in words.
        left_out: part → why it was not measured.
    """

    model: str
    base: str
    contract: str
    dataset: str = ""
    split: str = ""
    seed: int = 0
    limit: int | None = None
    kinds: dict[str, KindScores] = field(default_factory=dict)
    unclear: UnclearVerdicts | None = None
    interview: InterviewScores | None = None
    depth: DepthLadder | None = None
    perception: PerceptionLadder | None = None
    robustness: Robustness | None = None
    written: dict[str, dict[str, WrittenTaskScores]] | None = None
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured."""
        parts = (self.unclear, self.interview, self.depth, self.perception, self.robustness, self.written)
        return not self.kinds and not any(parts)

    def to_json(self) -> dict[str, Any]:
        """A dictionary for JSON; undefined scores are None."""
        return to_plain(self)
