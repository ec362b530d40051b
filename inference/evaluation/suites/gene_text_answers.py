"""Evaluates a model on questions about genes in words: its wording, its knowledge, and the support of its sentences.

Beside the model stand its base without the adapter, the answers that are drawn from the summaries without any model,
and the right answers themselves. The right answers show the greatest score of each column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from data_prep.claims.names import Names
from data_prep.errors import NicheLensError
from data_prep.gene_text.text_loading import load_text_rows
from data_prep.gene_text.text_row import record_of_row
from data_prep.tasks import Question
from inference.engine.engine import Engine
from inference.evaluation.questions.evaluation_inputs import Progress
from inference.evaluation.scores.condition_names import BASE, MODEL
from inference.evaluation.scores.metrics import Score, score_mean
from inference.evaluation.scores.score_json import to_plain
from inference.evaluation.scores.text_similarity import MAX_WRONG_ANSWERS, likelihood_quantile, rouge_l
from inference.gene_text.extractive import answer_from_sources
from inference.gene_text.faithfulness import check_faithful

SOURCES, RIGHT = "sentences of the summary, no model", "right answers"
MAX_ANSWERED = 200
"""Questions that are answered unless a caller says otherwise. An answer of three sentences takes a second on a GPU."""
MAX_RANKED = 60
"""Of these, questions whose right answer is ranked among wrong ones by likelihood."""
_MASK = "this gene"
"""Stands for the gene's symbol in answers that are ranked, and in questions that name no gene."""


@dataclass(frozen=True)
class GeneTextScores:
    """Scores of the answers under one condition.

    Attributes:
        n: number of answers.
        rouge_l: mean ROUGE-L F1 with the right answer.
        supported: share of all sentences that a sentence of the gene's summary supports (`gene_text.faithfulness`).
        sentences: sentences of an answer, on average.
        likelihood: mean share of wrong answers that are less likely than the right one, 0.5 is chance; None where no
            likelihood is known. Wrong answers are right ones for other genes on the same topic, without symbols.
        likelihood_masked: the same, where the question names no gene: what the question alone gives.
    """

    n: int
    rouge_l: Score
    supported: Score
    sentences: float
    likelihood: Score | None = None
    likelihood_masked: Score | None = None


@dataclass(frozen=True)
class GeneTextCard:
    """The result of an evaluation.

    Attributes:
        model: name of the model.
        base: name of its base; "" for a base.
        dataset: name of the dataset.
        split: name of the split.
        seed: of the draws and of the bootstrap.
        limit: largest number of questions; None for the usual one.
        conditions: condition → scores.
        examples: some questions with the right answer, the model's answer and whether each sentence has support.
    """

    model: str
    base: str
    dataset: str
    split: str
    seed: int
    limit: int | None
    conditions: Mapping[str, GeneTextScores]
    examples: tuple[Mapping[str, Any], ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """A dictionary for JSON; undefined scores are None."""
        return {"kind": "gene text"} | to_plain(self)

    def to_markdown(self) -> str:
        """The scores as a short text with a table."""
        n = next(iter(self.conditions.values())).n
        rows = [
            f"| {name} | {s.rouge_l} | {s.supported} | {s.sentences:.1f} | {_or_dash(s.likelihood)} "
            f"| {_or_dash(s.likelihood_masked)} |"
            for name, s in self.conditions.items()
        ]
        return "\n".join(
            [
                f"# {self.model} on {self.dataset}, split {self.split}",
                "",
                f"{n} questions. *Supported* is the share of sentences that a sentence of the gene's summary supports,",
                "in its words. *Likelihood* is the share of other genes' answers that are less likely to the model",
                "than the right one; 0.5 is chance. *Without the gene* asks the same about an unnamed gene: what",
                "exceeds it is knowledge of the gene.",
                "",
                "| answers | ROUGE-L | supported | sentences | likelihood | without the gene |",
                "|---|---|---|---|---|---|",
                *rows,
                "",
            ]
        )


def evaluate_gene_text(
    engine: Engine,
    dataset: str | Path,
    split: str,
    *,
    with_base: bool = True,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> GeneTextCard:
    """Evaluates a model on a split of a text dataset.

    Args:
        engine: the model.
        dataset: folder or Hub id of a dataset that `nichelens prep-text` wrote.
        split: name of the split.
        with_base: also ask the base of an adapter.
        limit: largest number of questions, drawn at random; None for `MAX_ANSWERED`.
        seed: of the draws and of the bootstrap.
        progress: called with (name of the step, questions done, all questions).

    Raises:
        NicheLensError: there is no such dataset or split, or the split is empty.
    """
    loaded = load_text_rows(dataset, split)
    if not len(loaded):
        message = f"{dataset}: split '{split}' has no rows; choose another split"
        raise NicheLensError(message)
    most = MAX_ANSWERED if limit is None else limit
    chosen = np.sort(np.random.default_rng(seed).permutation(len(loaded))[:most])
    rows = loaded.select(chosen).to_list()
    asked = _Asked(rows, seed, progress)
    base = engine.load_base() if with_base else None
    conditions: dict[str, GeneTextScores] = {}
    said: list[str] = []
    for name, some in ((MODEL, engine), (BASE, base)):
        if some is None:
            continue
        answers = some.answer(asked.questions, progress=asked.step(f"{name}: writing"))
        said = said or answers
        conditions[name] = asked.score(answers, *asked.rank(some, name))
    conditions[SOURCES] = asked.score([answer_from_sources(r["question"], [record_of_row(r)]).text for r in rows])
    conditions[RIGHT] = asked.score([row["answer"] for row in rows])
    return GeneTextCard(
        model=engine.name,
        base=Path(engine.base).name if engine.is_adapter else "",
        dataset=Path(dataset).name,
        split=split,
        seed=seed,
        limit=limit,
        conditions=conditions,
        examples=tuple(_example(*pair) for pair in zip(rows[:10], said, strict=False)),
    )


class _Asked:
    """Some rows with their questions."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], seed: int, progress: Progress | None) -> None:
        self.rows = rows
        self.questions = [_question(row["question"]) for row in rows]
        self.families = [row["family"] for row in rows]
        self._seed = seed
        self._progress = progress

    def step(self, name: str) -> Any:
        """A progress callback for one step of the engine."""
        return lambda done, total: self._progress(name, done, total) if self._progress else None

    def score(
        self, answers: Sequence[str], likelihood: Score | None = None, likelihood_masked: Score | None = None
    ) -> GeneTextScores:
        """Scores of some answers, bootstrapped over families."""
        similarity = [rouge_l(answer, row["answer"]) for answer, row in zip(answers, self.rows, strict=True)]
        checked = [check_faithful(answer, [record_of_row(row)]) for answer, row in zip(answers, self.rows, strict=True)]
        n_said = np.array([len(sentences) for sentences in checked], float)
        n_supported = np.array([sum(s.is_supported for s in sentences) for sentences in checked], float)
        return GeneTextScores(
            n=len(answers),
            rouge_l=score_mean(np.array(similarity), groups=self.families, seed=self._seed),
            supported=score_mean(n_supported / np.maximum(n_said, 1), n_said, self.families, seed=self._seed),
            sentences=float(n_said.mean()),
            likelihood=likelihood,
            likelihood_masked=likelihood_masked,
        )

    def rank(self, engine: Engine, name: str) -> tuple[Score | None, Score | None]:
        """(likelihood quantile, the same without the gene's symbol); (None, None) where there is no likelihood."""
        if not engine.gives_likelihood:
            return None, None
        rng = np.random.default_rng(self._seed)
        ranked = sorted(rng.permutation(len(self.rows))[:MAX_RANKED].tolist())
        answers = [_masked(row["answer"], row["gene"]) for row in self.rows]
        report = self.step(f"{name}: ranking right answers")
        named, masked = [], []
        for done, index in enumerate(ranked, start=1):
            row = self.rows[index]
            wrong = sorted(
                {
                    answer
                    for answer, other in zip(answers, self.rows, strict=True)
                    if other["topic"] == row["topic"] and other["gene"] != row["gene"] and answer != answers[index]
                }
            )
            wrong = [wrong[i] for i in rng.permutation(len(wrong))[:MAX_WRONG_ANSWERS]]
            if wrong:
                unnamed = _question(_masked(row["question"], row["gene"]))
                named.append(likelihood_quantile(engine, self.questions[index], answers[index], wrong))
                masked.append(likelihood_quantile(engine, unnamed, answers[index], wrong))
            report(done, len(ranked))
        if not named:
            return None, None
        return score_mean(np.array(named), seed=self._seed), score_mean(np.array(masked), seed=self._seed)


def _question(prompt: str) -> Question:
    return Question((), prompt, Names(), ())


def _masked(text: str, symbol: str) -> str:
    return re.sub(rf"(?<![\w-]){re.escape(symbol)}(?![\w-])", _MASK, text)


def _example(row: Mapping[str, Any], answer: str) -> dict[str, Any]:
    checked = check_faithful(answer, [record_of_row(row)])
    sentences = [
        {"text": s.text, "supported": s.is_supported, "citation": str(s.citation or ""), "reason": s.reason}
        for s in checked
    ]
    return {"question": row["question"], "right": row["answer"], "answer": answer, "sentences": sentences}


def _or_dash(score: Score | None) -> str:
    return "-" if score is None else str(score)
