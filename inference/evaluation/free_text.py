"""Written answers, task by task: their claims, their words, and what the counts say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep import claims
from data_prep.claims import Claim
from data_prep.tasks import TASKS, Question
from inference.answers.ledger import check_answer
from inference.evaluation import mirrored_places, spatial_claims
from inference.evaluation.condition_names import BLANK, MODEL
from inference.evaluation.context import Exam, gene_groups
from inference.evaluation.controls import blank
from inference.evaluation.metrics import Score, score_mean
from inference.evaluation.mirrored_places import LEFT_RIGHT, UP_DOWN, Turned
from inference.evaluation.row_questions import read_claims, read_question
from inference.evaluation.spatial_claims import ClaimScores
from inference.evaluation.text_similarity import draw_wrong, likelihood_quantile, rouge_l

ROWS = 300
"""Questions of each task that are answered in words: writing an answer takes as long as scoring twenty."""
LIKELIHOOD_ROWS = 40
"""Of these, questions whose right answer is ranked among wrong ones."""
PLACE_TASKS = ("marker", "pattern", "describe")
"""Tasks whose answers hold place words."""


@dataclass(frozen=True)
class FreeText:
    """Scores of the written answers to one task.

    Claim precision and recall are stricter than the ledger, which allows for borders that are not sharp: a claim counts
    if it is the right answer's.

    Attributes:
        n: number of answers.
        precision: share of the claims made that are in the right answer.
        recall: share of the right answer's claims that were made.
        unheard: sentences without a claim, per answer.
        rouge_l: mean ROUGE-L F1.
        ledger: share of the checkable claims that the counts support; None where the dataset holds no slides.
        checkable: claims per answer that the counts can decide; None as before.
        likelihood: mean quantile of the right answer's likelihood among wrong answers, 0.5 is chance; None where a
            server has the model.
        set_f1: ``marker_panel``: F1 over panels; ``niches_of_gene``: mean F1 of the set of niches; None elsewhere.
        neighbours: ``describe``: precision and recall of the neighbours named; None elsewhere.
    """

    n: int
    precision: Score
    recall: Score
    unheard: float
    rouge_l: Score
    ledger: Score | None = None
    checkable: float | None = None
    likelihood: Score | None = None
    set_f1: Score | None = None
    neighbours: tuple[Score, Score] | None = None


@dataclass(frozen=True)
class WrittenAnswers:
    """Everything about written answers.

    Attributes:
        tasks: task → condition → scores.
        claims: kind of claim that a fold change does not see → scores.
        turns: task → turn of the pictures → what became of the place words.
    """

    tasks: dict[str, dict[str, FreeText]]
    claims: dict[str, ClaimScores]
    turns: dict[str, dict[str, Turned]]


@dataclass(frozen=True, eq=False)
class _Asked:
    """Questions of one task with their right answers."""

    task: str
    questions: list[Question]
    completions: list[str]
    right: list[list[Claim]]
    slides: list[str]
    groups: np.ndarray


def ask_free_text(exam: Exam, most: int = ROWS) -> WrittenAnswers:
    """Has every task of the split answered in words, with its pictures, with blank ones, and with mirrored ones."""
    found = WrittenAnswers({}, {}, {})
    for task in TASKS:
        drawn = exam.draw(exam.places(task), most, "written", task)
        if not drawn:
            continue
        rows = exam.rows.select(drawn)
        asked = _Asked(
            task,
            [read_question(row) for row in rows],
            list(rows["completion"]),
            [read_claims(row) for row in rows],
            list(rows["slide"]),
            gene_groups(rows),
        )
        seen, unseen_too = asked.questions, [blank(question) for question in asked.questions]
        answers = {
            MODEL: exam.engine.answer(seen, progress=exam.step(f"{task}: writing")),
            BLANK: exam.engine.answer(unseen_too, progress=exam.step(f"{task}: writing, blank pictures")),
        }
        found.tasks[task] = {
            MODEL: _score(exam, asked, seen, answers[MODEL]),
            BLANK: _score(exam, asked, unseen_too, answers[BLANK]),
        }
        if task in PLACE_TASKS:
            found.turns[task] = _turn(exam, asked, answers[MODEL])
        if task in spatial_claims.KINDS:
            found.claims.update(_unseen(exam, asked, answers))
    return found


def score_claims(
    answers: Sequence[str],
    right: Sequence[Sequence[Claim]],
    kinds: Sequence[str] | None = None,
    *,
    seed: int = 0,
) -> tuple[Score, Score]:
    """Precision and recall of the claims heard in answers against those of the right answers, in references.

    Args:
        answers: in words.
        right: claims of each right answer.
        kinds: only claims of these kinds; None for all.
        seed: of the bootstrap.
    """

    def kept(some: Sequence[Claim]) -> set[Claim]:
        return {claim for claim in some if kinds is None or claim.kind in kinds}

    heard, wanted = [kept(claims.hear(answer)) for answer in answers], [kept(part) for part in right]
    common = np.array([len(a & b) for a, b in zip(heard, wanted, strict=True)], float)
    n_heard, n_wanted = (np.array([len(part) for part in parts], float) for parts in (heard, wanted))
    precision = score_mean(common / np.maximum(n_heard, 1), n_heard, seed=seed)
    return precision, score_mean(common / np.maximum(n_wanted, 1), n_wanted, seed=seed)


def _score(exam: Exam, asked: _Asked, questions: list[Question], answers: list[str]) -> FreeText:
    precision, recall = score_claims(answers, asked.right, seed=exam.seed)
    words = [rouge_l(*pair) for pair in zip(answers, asked.completions, strict=True)]
    ledger, checkable = _ledger(exam, asked, answers)
    set_f1 = _SETS[asked.task](answers, asked.right, exam.seed) if asked.task in _SETS else None
    neighbours = score_claims(answers, asked.right, ("adjacent",), seed=exam.seed)
    return FreeText(
        n=len(answers),
        precision=precision,
        recall=recall,
        unheard=sum(len(_unheard(answer)) for answer in answers) / max(len(answers), 1),
        rouge_l=score_mean(np.array(words), groups=asked.groups, seed=exam.seed),
        ledger=ledger,
        checkable=checkable,
        likelihood=_likelihood(exam, asked, questions),
        set_f1=set_f1,
        neighbours=neighbours if asked.task == "describe" else None,
    )


def _ledger(exam: Exam, asked: _Asked, answers: list[str]) -> tuple[Score | None, float | None]:
    if not set(asked.slides) <= exam.tissues.keys():
        return None, None
    report = exam.step(f"{asked.task}: checking")
    supported, checked = np.zeros(len(answers)), np.zeros(len(answers))
    for place, (question, answer, slide) in enumerate(zip(asked.questions, answers, asked.slides, strict=True)):
        ledger = check_answer(answer, question.names, exam.tissues[slide].facts)
        supported[place], checked[place] = ledger.n_supported, ledger.n_supported + ledger.n_contradicted
        report(place + 1, len(answers))
    ratio = supported / np.maximum(checked, 1)
    return score_mean(ratio, checked, asked.groups, seed=exam.seed), float(checked.mean())


def _likelihood(exam: Exam, asked: _Asked, questions: list[Question]) -> Score | None:
    if not exam.engine.gives_likelihood:
        return None
    rng = exam.rng("likelihood", asked.task)
    chosen = sorted(rng.permutation(len(questions))[:LIKELIHOOD_ROWS].tolist())
    said = [frozenset(some) for some in asked.right]
    report = exam.step(f"{asked.task}: ranking right answers")
    found = []
    for done, place in enumerate(chosen, start=1):
        wrong = draw_wrong(place, asked.completions, said, rng)
        if wrong:
            found.append(likelihood_quantile(exam.engine, questions[place], asked.completions[place], wrong))
        report(done, len(chosen))
    return score_mean(np.array(found), seed=exam.seed) if found else None


def _turn(exam: Exam, asked: _Asked, before: list[str]) -> dict[str, Turned]:
    found = {}
    for turn in (LEFT_RIGHT, UP_DOWN):
        questions = [turn.question(question) for question in asked.questions]
        after = exam.engine.answer(questions, progress=exam.step(f"{asked.task}: {turn.name}"))
        found[turn.name] = mirrored_places.score_turn(turn, before, after, seed=exam.seed)
    return found


def _unseen(exam: Exam, asked: _Asked, answers: dict[str, list[str]]) -> dict[str, ClaimScores]:
    lessons = spatial_claims.learn(exam, asked.task)
    statistics = spatial_claims.statistics_of(asked.task, asked.questions)
    return {
        kind: spatial_claims.score_kind(
            kind, asked.right, {**answers}, asked.groups, lessons=lessons, statistics=statistics, seed=exam.seed
        )
        for kind in spatial_claims.KINDS[asked.task]
    }


def _unheard(answer: str) -> list[str]:
    """Sentences that are neither a bare verdict nor hold a claim."""
    return [
        words
        for words in claims.split_sentences(answer)
        if words not in ("Yes.", "No.") and not claims.hear_sentence(words)
    ]


def _panels_f1(answers: Sequence[str], right: Sequence[Sequence[Claim]], seed: int) -> Score:
    """F1 over all panels: called a marker, and a marker."""
    said, true = ([{c.gene for c in some if c.kind == "enriched"} for some in all_] for all_ in (_hear(answers), right))
    both = np.array([2 * len(a & b) for a, b in zip(said, true, strict=True)], float)
    total = np.array([len(a) + len(b) for a, b in zip(said, true, strict=True)], float)
    return score_mean(both / np.maximum(total, 1), total, seed=seed)


def _niches_f1(answers: Sequence[str], right: Sequence[Sequence[Claim]], seed: int) -> Score:
    """Mean over questions of the F1 of the set of niches; "in no niche" is a set of its own, silence is none."""
    said, true = (
        [{c.niche or c.kind for c in some if c.kind in ("enriched", "nowhere")} for some in all_]
        for all_ in (_hear(answers), right)
    )
    each = [2 * len(a & b) / max(len(a) + len(b), 1) for a, b in zip(said, true, strict=True)]
    return score_mean(np.array(each), seed=seed)


def _hear(answers: Sequence[str]) -> list[list[Claim]]:
    return [claims.hear(answer) for answer in answers]


_SETS: dict[str, Callable[[Sequence[str], Sequence[Sequence[Claim]], int], Score]] = {
    "marker_panel": _panels_f1,
    "niches_of_gene": _niches_f1,
}
