"""Evaluate a model on a split of a dataset, next to controls and simple baselines.

    card = evaluate(engine, "dataset", "test_slide")                # every suite that the dataset allows
    card = evaluate(engine, None, suites=("perception",))           # synthetic tissue, so no dataset

There are six suites. Each is one file of `inference.evaluation.suites`:

* ``claims``: every kind of claim as yes/no questions, beside controls and arithmetic on the same figures;
* ``interview``: what the model says of each niche when it is asked claim by claim;
* ``depth``: the questions about markers on fewer and fewer counts;
* ``perception``: how strong an effect in synthetic tissue must be before the model detects it;
* ``robustness``: changes of the pictures that must not change the answer;
* ``prose``: answers in words, of models that write them.

The scorecard lists each suite that could not run, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from data_prep.errors import NicheLensError, suggest
from inference.engine.engine import Engine
from inference.evaluation.questions.altered_slides import open_alterable_slides
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, Progress
from inference.evaluation.questions.row_questions import load_rows
from inference.evaluation.scorecard.scorecard import Scorecard
from inference.evaluation.suites.answers_in_words import MAX_WRITTEN, score_written_answers
from inference.evaluation.suites.claim_kinds import count_unclear_verdicts, score_claim_kinds
from inference.evaluation.suites.depth import run_depth_ladder
from inference.evaluation.suites.interview_scores import run_interviews
from inference.evaluation.suites.perception import run_perception_ladder
from inference.evaluation.suites.robustness import run_robustness_checks
from inference.evaluation.suites.skipped import NOT_REQUESTED, Skipped

Scores = TypeVar("Scores")
SUITES = ("claims", "interview", "depth", "perception", "robustness", "prose")


def evaluate(
    engine: Engine,
    dataset: str | Path | None,
    split: str = "test_slide",
    *,
    suites: Sequence[str] = SUITES,
    with_base: bool = True,
    limit: int | None = None,
    written: int = MAX_WRITTEN,
    seed: int = 0,
    progress: Progress | None = None,
) -> Scorecard:
    """Evaluates a model.

    Args:
        engine: the model.
        dataset: folder or Hub id; None runs only the perception suite, which needs no dataset.
        split: name of the split.
        suites: any of ``SUITES``.
        with_base: also ask the base of an adapter.
        limit: largest number of questions of each part, drawn at random; None for the limits of the parts.
        written: largest number of questions of each prose task.
        seed: of the draws, the shuffles, the thinning and the bootstrap. The same seed gives the same scorecard.
        progress: called with (name of the step, questions done, all questions).

    Raises:
        NicheLensError: a suite, dataset or split does not exist, the model was trained on other figures, or there is
            nothing to evaluate.
    """
    check_suites(suites)
    left_out = {suite: NOT_REQUESTED for suite in SUITES if suite not in suites}
    card = Scorecard(
        model=engine.name,
        base=Path(engine.base).name,
        contract=engine.contract_hash,
        dataset=Path(dataset).name if dataset else "",
        split=split if dataset else "",
        seed=seed,
        limit=limit,
        left_out=left_out,
    )
    if dataset is None:
        left_out |= {suite: "needs a dataset" for suite in suites if suite != "perception"}
    else:
        inputs = _open(engine, dataset, split, with_base=with_base, limit=limit, seed=seed, progress=progress)
        if "claims" in suites:
            card.kinds.update(score_claim_kinds(inputs))
            card.unclear = count_unclear_verdicts(inputs)
            if not card.kinds:
                left_out["claims"] = f"the split '{split}' has no yes/no questions with both answers"
        if "interview" in suites:
            card.interview = _measured("interview", run_interviews(inputs), left_out)
        if "depth" in suites:
            card.depth = _measured("depth", run_depth_ladder(inputs), left_out)
        if "robustness" in suites:
            card.robustness = _measured("robustness", run_robustness_checks(inputs), left_out)
        if "prose" in suites:
            card.written = _measured("prose", score_written_answers(inputs, written), left_out)
    if "perception" in suites:
        report = None if progress is None else lambda done, total: progress("perception ladder", done, total)
        card.perception = run_perception_ladder(engine, limit=limit, seed=seed, progress=report)
    if not engine.gives_likelihood and card.written:
        left_out["likelihood of the right answers"] = "a server does not say it"
    if not engine.gives_probability:
        left_out["probabilities"] = "the server gives none; AUROC and calibration are those of 0 and 1"
    if card.is_empty:
        reasons = "; ".join(f"{suite}: {reason}" for suite, reason in left_out.items() if reason != NOT_REQUESTED)
        message = (
            f"{dataset or 'no dataset'}: split '{split}' holds nothing to evaluate ({reasons}); choose another split"
        )
        raise NicheLensError(message)
    return card


def check_suites(suites: Sequence[str]) -> None:
    """Checks the names of suites.

    Raises:
        NicheLensError: a suite does not exist; the message lists those that do.
    """
    for suite in suites:
        if suite not in SUITES:
            message = f"unknown suite '{suite}'; {suggest(suite, SUITES, kind='suites', show_all=True)}"
            raise NicheLensError(message)


def _measured(suite: str, scores: Scores | Skipped, left_out: dict[str, str]) -> Scores | None:
    """The scores of a suite, or None after its reason is noted in ``left_out``."""
    if isinstance(scores, Skipped):
        left_out[suite] = scores.reason
        return None
    return scores


def _open(
    engine: Engine,
    dataset: str | Path,
    split: str,
    *,
    with_base: bool,
    limit: int | None,
    seed: int,
    progress: Progress | None,
) -> EvaluationInputs:
    slides = open_alterable_slides(dataset, engine.image_size)
    rows = load_rows(dataset, split, slides)
    drawn = set(rows.unique("contract"))
    if engine.contract and drawn != {engine.contract_hash}:
        message = (
            f"{dataset}: its figures were drawn by contract {', '.join(sorted(drawn))}, but {engine.name} was trained "
            f"on {engine.contract_hash}; prepare the slides again with this version"
        )
        raise NicheLensError(message)
    base = engine.load_base() if with_base else None
    return EvaluationInputs(engine, base, dataset, split, rows, slides, limit, seed, progress)
