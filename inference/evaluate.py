"""How good a model is on a split of a dataset, beside what can be had with less.

Side by side, with bootstrap intervals: the model; the same with a blank picture and with shuffled spots; the base
without the adapter; the words of the questions alone; five pixel statistics. Free text is heard and compared, claim by
claim, with the right answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data_prep import claims
from data_prep.claims import Claim
from data_prep.dataset import load_examples
from data_prep.errors import NicheLensError
from data_prep.probe import text_probe
from data_prep.splits import TRAIN
from data_prep.tasks import Question
from inference import controls, screen
from inference.engine import Engine
from inference.metrics import score_mean, score_yes_no
from inference.rows import marker_places, read_claims, read_question
from inference.scorecard import BASE, BLANK, SHUFFLED, SIGHTED, STATISTICS, WORDS, Ambiguous, FreeText, Scorecard

if TYPE_CHECKING:
    from datasets import Dataset

TRAIN_QUESTIONS = 4000
"""Questions from which the two regressions learn; they have at most a few dozen weights that matter."""
FREE_TEXT_ROWS = 200
"""Rows of each task whose answers are written out: writing an answer takes as long as scoring twenty."""

Progress = Callable[[int, int], None]


def evaluate(
    engine: Engine,
    dataset: str | Path,
    split: str,
    *,
    with_base: bool = True,
    limit: int | None = None,
    free_text_rows: int = FREE_TEXT_ROWS,
    seed: int = 0,
    progress: Progress | None = None,
) -> Scorecard:
    """Evaluates a model on a split.

    Args:
        engine: the model.
        dataset: folder or Hub id.
        split: name of the split.
        with_base: also ask the base of an adapter.
        limit: largest number of yes/no questions, drawn at random; None asks all.
        free_text_rows: largest number of rows of each task whose answers are written out; 0 for none.
        seed: of the draws, the shuffles and the bootstrap.
        progress: called with (questions answered so far, all questions).

    Raises:
        NicheLensError: no such dataset or split, or figures that the model was not trained on.
    """
    rows = load_examples(dataset, split)
    _check_contract(engine, rows, dataset)
    rng = np.random.default_rng(seed)
    kinds = list(zip(rows["task"], rows["label"], rows["completion"], strict=True))
    asked = _draw([i for i, (task, label, _) in enumerate(kinds) if task == "marker" and label], limit, rng)
    unsure = _draw([i for i, (task, label, _) in enumerate(kinds) if task == "marker" and not label], limit, rng)
    written = {
        task: _draw([i for i, (t, _, words) in enumerate(kinds) if t == task and words], free_text_rows, rng)
        for task in sorted(set(rows["task"]))
    }
    base = Engine.load(engine.base, device=str(engine.model.device)) if with_base and engine.is_adapter else None
    rounds = _Rounds(
        progress, len(asked) * (4 if base else 3) + len(unsure) + 2 * sum(len(places) for places in written.values())
    )
    yes_no, slides, probe_accuracy = {}, {}, None
    if asked:
        part = rows.select(asked)
        label = np.array(part["label"]) == "yes"
        gene = [genes[0] for genes in part["genes"]]
        slide = np.array(part["slide"])
        of_gene = np.array([f"{s}\t{g}" for s, g in zip(slide, gene, strict=True)])
        p_yes = _ask_yes_no(engine, base, part, _draw_train(dataset, rng), rng, rounds)
        yes_no = {name: score_yes_no(label, p, of_gene, seed=seed) for name, p in p_yes.items()}
        for name in sorted(set(slide.tolist())):
            here = slide == name
            slides[name] = score_yes_no(label[here], p_yes[SIGHTED][here], of_gene[here], seed=seed)
        probe_accuracy = text_probe(part["prompt"], label.tolist(), gene, seed=seed).accuracy
    free_text = {
        task: _ask_free_text(engine, rows.select(places), rounds, seed) for task, places in written.items() if places
    }
    ambiguous = _ask_ambiguous(engine, rows.select(unsure), rounds) if unsure else None
    if not (yes_no or free_text or ambiguous):
        msg = f"{dataset}: split '{split}' holds nothing to evaluate; choose another split"
        raise NicheLensError(msg)
    return Scorecard(
        model=engine.name,
        base=Path(engine.base).name,
        contract=engine.contract_hash,
        dataset=Path(dataset).name,
        split=split,
        yes_no=yes_no,
        slides=slides,
        probe_accuracy=probe_accuracy,
        free_text=free_text,
        ambiguous=ambiguous,
    )


def score_claims(answers: Sequence[str], right: Sequence[Sequence[Claim]], *, seed: int = 0) -> FreeText:
    """Compares the claims heard in answers with those of the right answers, in references."""
    heard = [set(claims.hear(answer)) for answer in answers]
    wanted = [set(part) for part in right]
    common = np.array([len(a & b) for a, b in zip(heard, wanted, strict=True)], float)
    n_heard, n_wanted = (np.array([len(part) for part in parts], float) for parts in (heard, wanted))
    unheard = [
        words
        for answer in answers
        for words in claims.split_sentences(answer)
        if words not in ("Yes.", "No.") and not claims.hear_sentence(words)
    ]
    return FreeText(
        n=len(answers),
        precision=score_mean(common / np.maximum(n_heard, 1), n_heard, seed=seed),
        recall=score_mean(common / np.maximum(n_wanted, 1), n_wanted, seed=seed),
        unheard=len(unheard) / max(len(answers), 1),
    )


def _ask_yes_no(
    engine: Engine,
    base: Engine | None,
    rows: Dataset,
    train: Dataset,
    rng: np.random.Generator,
    rounds: _Rounds,
) -> dict[str, np.ndarray]:
    """p(yes) of every question under every condition."""
    questions = [read_question(row) for row in rows]
    p_yes = {
        SIGHTED: engine.yes_probability(questions, progress=rounds.next()),
        BLANK: engine.yes_probability([controls.blank(q) for q in questions], progress=rounds.next()),
        SHUFFLED: engine.yes_probability([controls.shuffled(q, rng) for q in questions], progress=rounds.next()),
    }
    if base:
        p_yes[BASE] = base.yes_probability(questions, progress=rounds.next())
    train_label = np.array(train["label"]) == "yes"
    p_yes[WORDS] = controls.words_probability(train["prompt"], train_label, rows["prompt"])
    learnt = _statistics(read_question(row) for row in train)
    p_yes[STATISTICS] = controls.statistics_probability(learnt, train_label, _statistics(questions))
    return p_yes


def _ask_free_text(engine: Engine, rows: Dataset, rounds: _Rounds, seed: int) -> dict[str, FreeText]:
    right = [read_claims(row) for row in rows]
    questions = [read_question(row) for row in rows]
    sighted = engine.answer(questions, progress=rounds.next())
    blind = engine.answer([controls.blank(q) for q in questions], progress=rounds.next())
    return {SIGHTED: score_claims(sighted, right, seed=seed), BLANK: score_claims(blind, right, seed=seed)}


def _ask_ambiguous(engine: Engine, rows: Dataset, rounds: _Rounds) -> Ambiguous:
    p_yes = engine.yes_probability([read_question(row) for row in rows], progress=rounds.next())
    said = [screen.verdict(p) for p in p_yes]
    return Ambiguous(len(said), *(said.count(word) / len(said) for word in ("yes", "no", "abstain")))


class _Rounds:
    """Adds up the progress of several rounds of questions."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def next(self) -> Progress:
        """The progress of the next round."""
        before = self._done

        def report(done: int, _: int) -> None:
            self._done = before + done
            if self._progress:
                self._progress(self._done, self._total)

        return report


def _check_contract(engine: Engine, rows: Dataset, dataset: str | Path) -> None:
    drawn = set(rows.unique("contract"))
    if engine.contract and drawn != {engine.contract_hash}:
        msg = (
            f"{dataset}: its figures were drawn by contract {', '.join(sorted(drawn))}, {engine.name} was trained on "
            f"{engine.contract_hash}; prepare the slides again with this version"
        )
        raise NicheLensError(msg)


def _draw(places: list[int], limit: int | None, rng: np.random.Generator) -> list[int]:
    if limit is None or len(places) <= limit:
        return places
    return sorted(rng.choice(places, limit, replace=False).tolist())


def _draw_train(dataset: str | Path, rng: np.random.Generator) -> Dataset:
    """Yes/no questions of the train split, for the two regressions to learn from."""
    rows = load_examples(dataset, TRAIN)
    return rows.select(_draw(marker_places(rows), TRAIN_QUESTIONS, rng))


def _statistics(questions: Iterable[Question]) -> np.ndarray:
    found = [controls.five_statistics(question.images[0]) for question in questions]
    return np.array(found).reshape(-1, len(controls.STATISTICS))
