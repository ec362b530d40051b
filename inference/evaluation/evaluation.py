"""How good a model is on a split of a dataset, beside what can be had with less.

    card = evaluate(engine, "dataset", "test_slide")                          # every suite that the dataset allows
    card = evaluate(engine, None, suites=("perception",))                     # synthetic tissue needs no dataset

Four suites: ``answers`` (yes/no questions under every condition, written answers claim by claim, the ambiguous bucket),
``depth`` (the same questions on ever fewer counts), ``perception`` (what must be there to be seen), ``robustness``
(harmless changes of the pictures). A suite that cannot run is named with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data_prep.dataset.loading import load_examples
from data_prep.errors import NicheLensError, suggest
from inference.engine.engine import Engine
from inference.evaluation.altered_slides import open_tissues
from inference.evaluation.context import Exam, Progress
from inference.evaluation.depth_ladder import climb_depth
from inference.evaluation.free_text import ROWS, ask_free_text
from inference.evaluation.perception_ladder import climb_perception
from inference.evaluation.robustness import measure_robustness
from inference.evaluation.scorecard import Scorecard
from inference.evaluation.yes_no import ask_ambiguous, ask_yes_no

SUITES = ("answers", "depth", "perception", "robustness")
_NOT_ASKED = "was not asked for"


def evaluate(
    engine: Engine,
    dataset: str | Path | None,
    split: str = "test_slide",
    *,
    suites: Sequence[str] = SUITES,
    with_base: bool = True,
    limit: int | None = None,
    written: int = ROWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Scorecard:
    """Evaluates a model.

    Args:
        engine: the model.
        dataset: folder or Hub id; None for the suite that needs none.
        split: name of the split.
        suites: any of ``SUITES``.
        with_base: also ask the base of an adapter.
        limit: largest number of questions of each part, drawn at random; None for the parts' own limits.
        written: largest number of questions of each task that are answered in words; 0 for none.
        seed: of the draws, the shuffles, the thinning and the bootstrap: same seed, same scorecard.
        progress: called with (what is done, questions done, questions).

    Raises:
        NicheLensError: no such suite, dataset or split, figures that the model was not trained on, or nothing to do.
    """
    check_suites(suites)
    left_out = {suite: _NOT_ASKED for suite in SUITES if suite not in suites}
    found: dict[str, Any] = {}
    if dataset is None:
        left_out |= {suite: "needs a dataset" for suite in suites if suite != "perception"}
    else:
        exam = _open(engine, dataset, split, with_base=with_base, limit=limit, seed=seed, progress=progress)
        if "answers" in suites:
            found["yes_no"] = ask_yes_no(exam)
            found["written"] = ask_free_text(exam, written) if written else None
            found["ambiguous"] = ask_ambiguous(exam)
            if found["written"] is None or not found["written"].tasks:
                found["written"] = None
                left_out["written answers"] = _NOT_ASKED if not written else "the split holds no right answers"
            elif not exam.tissues:
                left_out["ledger precision, spots shuffled"] = (
                    "the dataset holds pictures, not slides (--store recipes)"
                )
        if "depth" in suites:
            found["depth"] = climb_depth(exam)
        if "robustness" in suites:
            found["robustness"] = measure_robustness(exam)
    if "perception" in suites:
        report = None if progress is None else lambda done, total: progress("perception ladder", done, total)
        found["perception"] = climb_perception(engine, limit=limit, seed=seed, progress=report)
    for suite in ("depth", "robustness"):
        if isinstance(found.get(suite), str):
            left_out[suite] = found.pop(suite)
    if not engine.gives_likelihood and found.get("written"):
        left_out["likelihood of the right answers"] = "a server does not say it"
    if not engine.gives_probability:
        left_out["probabilities"] = "the server gives none; AUROC and calibration are those of 0 and 1"
    if not any(found.values()):
        reasons = "; ".join(f"{suite}: {why}" for suite, why in left_out.items() if why != _NOT_ASKED)
        msg = f"{dataset or 'no dataset'}: split '{split}' holds nothing to evaluate ({reasons}); choose another"
        raise NicheLensError(msg)
    return Scorecard(
        model=engine.name,
        base=Path(engine.base).name,
        contract=engine.contract_hash,
        dataset=Path(dataset).name if dataset else "",
        split=split if dataset else "",
        seed=seed,
        limit=limit,
        left_out=left_out,
        **found,
    )


def check_suites(suites: Sequence[str]) -> None:
    """Refuses a suite that there is not.

    Raises:
        NicheLensError: names the suites.
    """
    for suite in suites:
        if suite not in SUITES:
            msg = f"unknown suite '{suite}'; {suggest(suite, SUITES, kind='suites', show_all=True)}"
            raise NicheLensError(msg)


def _open(
    engine: Engine,
    dataset: str | Path,
    split: str,
    *,
    with_base: bool,
    limit: int | None,
    seed: int,
    progress: Progress | None,
) -> Exam:
    rows = load_examples(dataset, split)
    drawn = set(rows.unique("contract"))
    if engine.contract and drawn != {engine.contract_hash}:
        msg = (
            f"{dataset}: its figures were drawn by contract {', '.join(sorted(drawn))}, {engine.name} was trained on "
            f"{engine.contract_hash}; prepare the slides again with this version"
        )
        raise NicheLensError(msg)
    base = engine.load_base() if with_base else None
    tissues = open_tissues(dataset, engine.image_size)
    return Exam(engine, base, dataset, split, rows, tissues, limit, seed, progress)
