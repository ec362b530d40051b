"""What a model recalls: the marker questions of a niche by name, beside the same questions by the picture alone.

A large model has read about genes. Asked "Is MBP a marker of WM?" with a blank picture it can only recall. The share of
its answers that agree with the counts says how far recall alone goes; beside it stands the share by the picture alone,
and by both. What is recalled is no evidence, so none of these answers is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_prep.claims import DECIDED, SUPPORTED, check
from data_prep.facts.facts import Facts
from data_prep.tasks import claim_question
from data_prep.tasks.question import blank_pictures
from inference.answers.blind_twin import name_question
from inference.answers.claim_answers import ClaimAnswer
from inference.engine.engine import Engine

ENRICHED = "enriched"


@dataclass(frozen=True)
class RecalledMarkers:
    """How many marker questions have the answer of the counts, by what the model was given.

    Attributes:
        n_asked: questions that the counts decide.
        by_picture: right answers with the picture, without names.
        by_both: with the picture and the names.
        by_name: with the names and a blank picture: what is recalled.
    """

    n_asked: int
    by_picture: int
    by_both: int
    by_name: int

    @property
    def words(self) -> str:
        """The result in plain words."""
        if not self.n_asked:
            return ""
        return (
            f"Of {self.n_asked} marker questions the model answers {self.by_picture} as the counts do by the picture "
            f"alone, {self.by_both} with the names given as well, and {self.by_name} by the names with a blank "
            "picture: that is what it recalls. What it recalls is no evidence and is not said."
        )


NOTHING_RECALLED = RecalledMarkers(0, 0, 0, 0)
"""Where nothing was asked by name."""


def recall_markers(engine: Engine, facts: Facts, asked: Sequence[ClaimAnswer]) -> RecalledMarkers:
    """Asks the marker questions of an interview again by name.

    Args:
        engine: a model that knows names; the bundled one does not (`Engine.writes_prose`).
        facts: of the slide, with a canvas of the engine's image size.
        asked: answers of the interview; those about markers that the counts decide are asked again.
    """
    given = [(answer, check(answer.claim, facts).verdict) for answer in asked if answer.claim.kind == ENRICHED]
    given = [(answer, verdict) for answer, verdict in given if verdict in DECIDED]
    if not given:
        return NOTHING_RECALLED
    is_marker = np.array([verdict == SUPPORTED for _, verdict in given])
    named = [name_question(claim_question(facts.canvas, answer.claim)) for answer, _ in given]
    seen = np.array([answer.p_yes for answer, _ in given])
    both = engine.yes_probability(named)
    recalled = engine.yes_probability([blank_pictures(question) for question in named])
    n_right = [int(((p_yes > 0.5) == is_marker).sum()) for p_yes in (seen, both, recalled)]
    return RecalledMarkers(len(given), *n_right)
