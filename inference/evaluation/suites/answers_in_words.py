"""Prose suite: answers in words, by task: their claims, their wording, and what the counts support."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from data_prep import claims
from data_prep.claims import Claim
from data_prep.tasks import PROSE_TASKS, Question
from data_prep.tasks.question import blank_pictures
from inference.answers.ledger import check_answer
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups
from inference.evaluation.questions.row_questions import read_claims, read_questions
from inference.evaluation.scores.condition_names import BLANK, MODEL
from inference.evaluation.scores.metrics import Score, score_mean
from inference.evaluation.scores.text_similarity import draw_wrong_answers, likelihood_quantile, rouge_l
from inference.evaluation.suites.skipped import Skipped

MAX_WRITTEN = 300
"""Questions of each task that are answered in words. Writing one answer takes as long as scoring twenty."""
MAX_RANKED = 40
"""Of these, questions whose right answer is ranked among wrong ones by likelihood."""


@dataclass(frozen=True)
class WrittenTaskScores:
    """Scores of the written answers to one task.

    Claim precision and recall are stricter than the ledger: a claim counts only if the right answer makes it too. The
    ledger allows for niches without sharp borders.

    Attributes:
        n: number of answers.
        precision: share of the claims made that are in the right answer.
        recall: share of the right answer's claims that were made.
        unheard: sentences without a known claim, per answer.
        rouge_l: mean ROUGE-L F1.
        ledger: share of the checkable claims that the counts support; None where the dataset holds no slides.
        checkable: claims per answer that the counts can decide; None where the dataset holds no slides.
        likelihood: mean quantile of the right answer's likelihood among wrong answers, 0.5 is chance; None for a model
            on a server.
        set_f1: ``marker_panel``: F1 over panels; ``niches_of_gene``: mean F1 of the set of niches; None elsewhere.
        neighbours: ``describe``: precision and recall of the named neighbours; None elsewhere.
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


@dataclass(frozen=True, eq=False)
class _TaskQuestions:
    """The questions of one task with their right answers."""

    task: str
    questions: list[Question]
    completions: list[str]
    right: list[list[Claim]]
    slides: list[str]
    groups: np.ndarray


def score_written_answers(
    inputs: EvaluationInputs, most: int = MAX_WRITTEN
) -> dict[str, dict[str, WrittenTaskScores]] | Skipped:
    """Scores the answers in words to every prose task, with the pictures and with blank pictures.

    Args:
        inputs: the model and the split.
        most: largest number of questions of each task.

    Returns:
        Task → condition → scores.
    """
    scores = {}
    for task in PROSE_TASKS:
        indices = inputs.draw(inputs.row_indices(task), most, "written", task)
        if not indices:
            continue
        rows = inputs.rows.select(indices)
        asked = _TaskQuestions(
            task,
            read_questions(rows, inputs.slides),
            list(rows["completion"]),
            [read_claims(row) for row in rows.select_columns(["claims"])],
            list(rows["slide"]),
            gene_groups(rows),
        )
        blank = [blank_pictures(question) for question in asked.questions]
        scores[task] = {
            name: _score(inputs, asked, questions, inputs.engine.answer(questions, progress=inputs.step(step)))
            for name, questions, step in (
                (MODEL, asked.questions, f"{task}: writing"),
                (BLANK, blank, f"{task}: writing, blank pictures"),
            )
        }
    return scores or Skipped(f"the split '{inputs.split}' has no questions that ask for prose")


def score_claims(
    answers: Sequence[str],
    right: Sequence[Sequence[Claim]],
    kinds: Sequence[str] | None = None,
    *,
    seed: int = 0,
) -> tuple[Score, Score]:
    """Precision and recall of the claims in the answers against the claims of the right answers.

    Args:
        answers: in words.
        right: claims of each right answer.
        kinds: only claims of these kinds; None for all.
        seed: of the bootstrap.
    """

    def of_kinds(some: Sequence[Claim]) -> set[Claim]:
        return {claim for claim in some if kinds is None or claim.kind in kinds}

    made, wanted = [of_kinds(claims.hear(answer)) for answer in answers], [of_kinds(part) for part in right]
    common = np.array([len(a & b) for a, b in zip(made, wanted, strict=True)], float)
    n_made, n_wanted = (np.array([len(part) for part in parts], float) for parts in (made, wanted))
    precision = score_mean(common / np.maximum(n_made, 1), n_made, seed=seed)
    return precision, score_mean(common / np.maximum(n_wanted, 1), n_wanted, seed=seed)


def _score(
    inputs: EvaluationInputs, asked: _TaskQuestions, questions: list[Question], answers: list[str]
) -> WrittenTaskScores:
    precision, recall = score_claims(answers, asked.right, seed=inputs.seed)
    similarity = [rouge_l(*pair) for pair in zip(answers, asked.completions, strict=True)]
    ledger, checkable = _check(inputs, asked, answers)
    set_f1 = _SETS[asked.task](answers, asked.right, inputs.seed) if asked.task in _SETS else None
    neighbours = score_claims(answers, asked.right, ("adjacent",), seed=inputs.seed)
    return WrittenTaskScores(
        n=len(answers),
        precision=precision,
        recall=recall,
        unheard=sum(len(_sentences_without_claim(answer)) for answer in answers) / max(len(answers), 1),
        rouge_l=score_mean(np.array(similarity), groups=asked.groups, seed=inputs.seed),
        ledger=ledger,
        checkable=checkable,
        likelihood=_rank_likelihoods(inputs, asked, questions),
        set_f1=set_f1,
        neighbours=neighbours if asked.task == "describe" else None,
    )


def _check(inputs: EvaluationInputs, asked: _TaskQuestions, answers: list[str]) -> tuple[Score | None, float | None]:
    """Share of the checkable claims that the counts support, and checkable claims per answer."""
    if not set(asked.slides) <= inputs.slides.keys():
        return None, None
    report = inputs.step(f"{asked.task}: checking")
    supported, checked = np.zeros(len(answers)), np.zeros(len(answers))
    for i, (question, answer, slide) in enumerate(zip(asked.questions, answers, asked.slides, strict=True)):
        ledger = check_answer(answer, question.names, inputs.slides[slide].facts, question.asked)
        supported[i], checked[i] = ledger.n_supported, ledger.n_supported + ledger.n_contradicted
        report(i + 1, len(answers))
    ratio = supported / np.maximum(checked, 1)
    return score_mean(ratio, checked, asked.groups, seed=inputs.seed), float(checked.mean())


def _rank_likelihoods(inputs: EvaluationInputs, asked: _TaskQuestions, questions: list[Question]) -> Score | None:
    if not inputs.engine.gives_likelihood:
        return None
    rng = inputs.rng("likelihood", asked.task)
    chosen = sorted(rng.permutation(len(questions))[:MAX_RANKED].tolist())
    right_claims = [frozenset(some) for some in asked.right]
    report = inputs.step(f"{asked.task}: ranking right answers")
    quantiles = []
    for done, i in enumerate(chosen, start=1):
        wrong = draw_wrong_answers(i, asked.completions, right_claims, rng)
        if wrong:
            quantiles.append(likelihood_quantile(inputs.engine, questions[i], asked.completions[i], wrong))
        report(done, len(chosen))
    return score_mean(np.array(quantiles), seed=inputs.seed) if quantiles else None


def _sentences_without_claim(answer: str) -> list[str]:
    """Sentences that are not a bare verdict and contain no known claim."""
    return [
        sentence
        for sentence in claims.split_sentences(answer)
        if sentence not in ("Yes.", "No.") and not claims.hear_sentence(sentence)
    ]


def _panels_f1(answers: Sequence[str], right: Sequence[Sequence[Claim]], seed: int) -> Score:
    """F1 over all panels of the panels called markers."""
    called, true = (
        [{c.gene for c in some if c.kind == "enriched"} for some in by_question]
        for by_question in (_hear(answers), right)
    )
    both = np.array([2 * len(a & b) for a, b in zip(called, true, strict=True)], float)
    total = np.array([len(a) + len(b) for a, b in zip(called, true, strict=True)], float)
    return score_mean(both / np.maximum(total, 1), total, seed=seed)


def _niches_f1(answers: Sequence[str], right: Sequence[Sequence[Claim]], seed: int) -> Score:
    """Mean over questions of the F1 of the set of niches. "In no niche" counts as a set; no claim at all does not."""
    named, true = (
        [{c.niche or c.kind for c in some if c.kind in ("enriched", "nowhere")} for some in by_question]
        for by_question in (_hear(answers), right)
    )
    each = [2 * len(a & b) / max(len(a) + len(b), 1) for a, b in zip(named, true, strict=True)]
    return score_mean(np.array(each), seed=seed)


def _hear(answers: Sequence[str]) -> list[list[Claim]]:
    return [claims.hear(answer) for answer in answers]


_SETS: dict[str, Callable[[Sequence[str], Sequence[Sequence[Claim]], int], Score]] = {
    "marker_panel": _panels_f1,
    "niches_of_gene": _niches_f1,
}
