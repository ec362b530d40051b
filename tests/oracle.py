"""Engines that answer yes/no questions about claims without a model: by any rule, or from the facts of the slide."""

from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np

from data_prep.claims import (
    CLAIM_TYPES,
    CONTRADICTED,
    FIRST_GENE,
    SECOND_GENE,
    SUPPORTED,
    THE_NICHE,
    THE_OTHER_NICHE,
    THIS_CELL_TYPE,
    THIS_GENE,
    Claim,
    check,
    resolve,
)
from data_prep.claims.vocabulary import KNOWN_KINDS
from data_prep.facts.facts import Facts
from data_prep.tasks import Question
from inference.engine.engine import Engine
from inference.model.calibration import Calibration

SURE = {SUPPORTED: 4.0, CONTRADICTED: -4.0}
"""Verdict of the counts → logit of the answer; 0 where the counts cannot tell."""


class Answering(Engine):
    """Answers yes/no questions by a rule, and writes no prose.

    Args:
        logit: claim → logit of its answer.
        calibration: of the engine.
        image_size: side of the figures in pixels.

    Attributes:
        asked: every claim that was asked about, one list for each batch.
    """

    name = base = "oracle"
    is_adapter = False
    contract = None
    writes_prose = False

    def __init__(
        self, logit: Callable[[Claim], float], calibration: Calibration | None = None, image_size: int = 128
    ) -> None:
        self.logit = logit
        self.calibration = calibration or Calibration()
        self.image_size = image_size
        self.asked: list[list[Claim]] = []

    @property
    def claims(self) -> list[Claim]:
        """All claims that were asked about, in their order."""
        return [claim for batch in self.asked for claim in batch]

    def yes_logit(self, questions: Sequence[Question], batch_size=None, progress=None) -> np.ndarray:
        """As ``Engine.yes_logit``."""
        claims = [claim_in(question) for question in questions]
        self.asked.append(claims)
        return np.array([self.logit(claim) for claim in claims])

    def stream(self, question, max_new_tokens=0):
        """No prose."""
        raise AssertionError

    def log_likelihood(self, question, completions):
        """No prose."""
        raise AssertionError

    def load_base(self) -> None:
        """It has none."""
        return

    def _generate(self, questions, batch_size, max_new_tokens, progress, *, with_confidence):
        raise AssertionError


class Oracle(Answering):
    """Answers what the counts say, with noise.

    Args:
        facts: facts of the slide.
        noise: standard deviation of the noise on each logit. It depends on the claim alone.
        calibration: of the engine.
    """

    def __init__(self, facts: Facts, noise: float = 0.0, calibration: Calibration | None = None) -> None:
        super().__init__(self._noisy_truth, calibration, facts.canvas.size)
        self.facts = facts
        self.noise = noise

    def truth(self, claim: Claim) -> float:
        """The logit of the right answer."""
        return SURE.get(check(claim, self.facts).verdict, 0.0)

    def _noisy_truth(self, claim: Claim) -> float:
        normal = np.random.default_rng(crc32(repr(claim).encode())).normal()
        return self.truth(claim) + self.noise * float(normal)


def claim_in(question: Question) -> Claim:
    """The claim that a yes/no question is about, from what the model is shown, with real names.

    A question about what is known does not show which list it is about.
    """
    if question.asked is not None and question.asked.kind in KNOWN_KINDS:
        return resolve(question.asked, question.names)
    names, claim_type = question.names, CLAIM_TYPES[question.kind]
    asked = claim_type.question
    assert asked is not None
    assert len(question.images) == 1
    values = [
        value
        for value in claim_type.asked_values
        if question.prompt == asked.prompt(Claim(question.kind, value=value), claim_type.values)
    ]
    (value,) = values
    others = {
        "gene": names.genes.get(SECOND_GENE, ""),
        "niche": names.niches.get(THE_OTHER_NICHE, ""),
        "cell type": names.cell_types.get(THIS_CELL_TYPE, ""),
    }
    gene = names.genes.get(THIS_GENE, names.genes.get(FIRST_GENE, ""))
    return Claim(question.kind, gene, names.niches.get(THE_NICHE, ""), value, others[claim_type.other])
