"""Calibrate a model on questions about slides that it was not trained on.

After calibration, answers with a probability of 80 % are right eight times in ten, and each kind of claim is said only
from the probability on from which 95 % of the claims said are right.

    fit = calibrate(engine, "dataset")                  # on the validation split, which is not used for training
    save_calibration(fit.calibration, "adapter")        # the engine uses it from then on
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np

from data_prep.errors import NicheLensError
from data_prep.split_names import VALIDATION
from data_prep.tasks import CLAIM_TASKS
from inference.engine.engine import Engine
from inference.evaluation.kind_fit import MIN_EACH, MIN_QUESTIONS, PRECISION, Answers, KindFit, fit_kind
from inference.evaluation.questions.altered_slides import open_alterable_slides
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, Progress
from inference.evaluation.questions.interview_questions import draw_questions_about, interview_claims
from inference.evaluation.questions.row_questions import load_rows, read_questions, rows_with_claims
from inference.evaluation.sentence_thresholds import JudgedClaim, fit_least_confidence, judge_claims
from inference.model.calibration import Calibration

MAX_QUESTIONS = 1500
"""Questions of each kind that are used, drawn evenly from the slides."""
MAX_ANSWERS = 400
"""Answers in prose of each task that are used."""
MIN_OWN = 200
"""Questions of a kind with which a dataset calibrates it without the further datasets."""
NO_ANSWERS = Answers(np.zeros(0), np.zeros(0, bool), np.zeros(0, dtype=object))


@dataclass(frozen=True)
class CalibrationFit:
    """A calibration, and for each kind of claim what it was fitted on.

    Attributes:
        calibration: for the folder of the model.
        kinds: kind of claim → its fit.
    """

    calibration: Calibration
    kinds: dict[str, KindFit]


@dataclass(frozen=True)
class _DatasetAnswers:
    """Kind of claim → answers to the questions of one dataset, and to those of interviews about its slides."""

    asked: dict[str, Answers]
    interviewed: dict[str, Answers]
    judged: list[JudgedClaim]


def calibrate(
    engine: Engine,
    dataset: str | Path,
    splits: Sequence[str] = (VALIDATION,),
    *,
    skip_donors: Sequence[str] = (),
    fallbacks: Sequence[str | Path] = (),
    precision: float = PRECISION,
    seed: int = 0,
    progress: Progress | None = None,
) -> CalibrationFit:
    """Fits the calibration of a model: for each kind of claim, its probabilities and its thresholds.

    Args:
        engine: the model; its present calibration is not used.
        dataset: folder or Hub id.
        splits: not used for training, and not for testing.
        skip_donors: donors of the dataset that are left out.
        fallbacks: further datasets, of whose validation splits the questions are added to kinds with few questions.
        precision: share of the claims said, and of the denials, that should be right, 0..1.
        seed: of the draws and of the bootstrap.
        progress: called with (name of the step, questions answered so far, all questions).

    Raises:
        NicheLensError: a dataset or its split does not exist, or there are too few questions.
    """
    own = [_ask(engine, dataset, split, list(CLAIM_TASKS), skip_donors, seed, progress) for split in splits]
    n_own = {kind: len(_join([part.asked for part in own], kind).label) for kind in CLAIM_TASKS}
    seldom = [kind for kind, n in n_own.items() if n < MIN_OWN]
    more = [_ask(engine, fallback, VALIDATION, seldom, (), seed, progress) for fallback in fallbacks]
    fits = {}
    for kind in CLAIM_TASKS:
        parts = [*own, *more]
        asked, interviewed = (_join([getattr(p, name) for p in parts], kind) for name in ("asked", "interviewed"))
        fits[kind] = fit_kind(asked, interviewed, precision, seed=seed)
    least = fit_least_confidence([claim for part in own for claim in part.judged])
    n_most = max(fit.n for fit in fits.values())
    if not least and n_most < MIN_QUESTIONS:
        message = (
            f"{dataset}: {', '.join(splits)} has at most {n_most} yes/no questions of one kind; a "
            f"calibration needs {MIN_QUESTIONS}, of these {MIN_EACH} of either answer: prepare more"
        )
        raise NicheLensError(message)
    return CalibrationFit(Calibration({kind: fit.calibration for kind, fit in fits.items()}, least), fits)


def _join(parts: Sequence[Mapping[str, Answers]], kind: str) -> Answers:
    found = [part[kind] for part in parts if kind in part]
    return reduce(Answers.joined, found, NO_ANSWERS)


def _ask(
    engine: Engine,
    dataset: str | Path,
    split: str,
    kinds: Sequence[str],
    skip_donors: Sequence[str],
    seed: int,
    progress: Progress | None,
) -> _DatasetAnswers:
    slides = open_alterable_slides(dataset, engine.image_size)
    rows = load_rows(dataset, split, slides)
    rows = rows.select([i for i, donor in enumerate(rows["donor"]) if donor not in skip_donors])
    inputs = EvaluationInputs(engine, None, dataset, split, rows, slides, seed=seed, progress=progress)
    asked = {kind: _ask_rows(inputs, kind) for kind in kinds if inputs.row_indices(kind)}
    interviewed = _interview(inputs, list(asked)) if slides else {}
    prose = rows.select(rows_with_claims(rows, MAX_ANSWERS))
    judged = judge_claims(engine, prose, slides, progress=inputs.step("prose")) if len(prose) else []
    return _DatasetAnswers(asked, interviewed, judged)


def _ask_rows(inputs: EvaluationInputs, kind: str) -> Answers:
    rows = inputs.rows.select(inputs.draw_evenly(inputs.row_indices(kind), MAX_QUESTIONS, "calibrate", kind))
    logit = inputs.engine.yes_logit(read_questions(rows, inputs.slides), progress=inputs.step(kind))
    return Answers(logit, np.array(rows["label"]) == "yes", np.array(rows["slide"], dtype=object))


def _interview(inputs: EvaluationInputs, kinds: list[str]) -> dict[str, Answers]:
    """Kind → answers to the questions of interviews about the slides of the split."""
    checked = [
        claim
        for name in sorted(set(inputs.rows["slide"]))
        for claim in interview_claims(name, inputs.slides[name], kinds, inputs.rng("niches", name))
    ]
    logit = inputs.engine.yes_logit(draw_questions_about(inputs.slides, checked), progress=inputs.step("interviews"))
    kind = np.array([c.claim.kind for c in checked], dtype=object)
    label = np.array([c.is_right for c in checked], bool)
    slide = np.array([c.slide for c in checked], dtype=object)
    return {name: Answers(logit[here], label[here], slide[here]) for name in kinds if (here := kind == name).any()}
