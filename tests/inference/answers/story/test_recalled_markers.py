"""What a model recalls: the marker questions again by name, with the picture and with a blank one."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from data_prep.tasks import Question
from inference.answers.claim_answers import ClaimAnswer
from inference.answers.story.recalled_markers import NOTHING_RECALLED, RecalledMarkers, recall_markers
from tests.oracle import Answering

GENES = ("GENE0", "GENE4", "GENE8", "GENE1", "GENE2")
"""The first three are markers of Layer 1."""


class Reading(Answering):
    """Says yes to all with the picture, and to GENE0 and GENE1 with a blank one."""

    def __init__(self) -> None:
        super().__init__(lambda claim: 0.0)
        self.prompts: list[str] = []

    def yes_logit(self, questions: Sequence[Question], batch_size: Any = None, progress: Any = None) -> np.ndarray:
        self.prompts += [question.prompt for question in questions]
        is_blank = [all((image == 255).all() for image in question.images) for question in questions]
        names_it = [bool(re.search("GENE[01] ", question.prompt)) for question in questions]
        return np.array([4.0 if not blank or named else -4.0 for blank, named in zip(is_blank, names_it, strict=True)])


@pytest.fixture
def asked() -> list[ClaimAnswer]:
    """Answers of an interview, of which the first is wrong."""
    p_yes = dict(zip(GENES, (0.1, 0.9, 0.9, 0.1, 0.1), strict=True))
    answers = [ClaimAnswer(Claim("enriched", gene, "Layer 1"), p) for gene, p in p_yes.items()]
    return [*answers, ClaimAnswer(Claim("rim", "GENE0", "Layer 1"), 0.9)]


def test_each_way_of_asking_is_counted(asked: list[ClaimAnswer], known_facts: Facts) -> None:
    engine = Reading()
    recalled = recall_markers(engine, known_facts, asked)
    # By both it says yes to all, which is right of three markers; by name it is right of GENE0 and GENE2.
    assert recalled == RecalledMarkers(n_asked=5, by_picture=4, by_both=3, by_name=2)
    assert len(engine.prompts) == 2 * len(GENES)
    assert all("Layer 1" in prompt and "GENE" in prompt for prompt in engine.prompts)
    assert recalled.words.startswith("Of 5 marker questions the model answers 4 as the counts do by the picture alone")


def test_without_marker_questions_nothing_is_asked(asked: list[ClaimAnswer], known_facts: Facts) -> None:
    engine = Reading()
    assert recall_markers(engine, known_facts, asked[-1:]) is NOTHING_RECALLED
    assert engine.prompts == []
    assert NOTHING_RECALLED.words == ""
