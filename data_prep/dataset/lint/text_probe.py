"""Text probe: how well a regression answers yes/no questions from their words, without any figure.

In the published marker test of Geneverse, the rule "no if the question names CRABP2+ Malignant" answers 87.5 % of the
questions. If words give the answers away, a model learns to ignore the figure. So the build of such a dataset fails.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

# Largest accuracy without figures that a yes/no dataset may allow (0.5 is chance).
PROBE_LIMIT = 0.55
# 97.5 % quantile of the normal distribution, for the sampling error of an accuracy.
_Z = 1.96
_N_FOLDS = 5
_N_FEATURES = 2**16
_N_TOP = 5
_MAX_WORDS = 3
_WORD = re.compile(r"[^\s?.,!:;]+")


@dataclass(frozen=True)
class ProbeReport:
    """How much the words give away.

    Attributes:
        accuracy: the higher of the two cross-validated accuracies, 0..1.
        by_gene: accuracy with all questions about a gene in one fold: what words say about new genes.
        plain: accuracy with stratified folds: what words say about known genes and niches.
        n: number of questions.
        top_features: n-grams with the largest weights, as (n-gram, weight); a positive weight means "yes".
    """

    accuracy: float
    by_gene: float
    plain: float
    n: int
    top_features: tuple[tuple[str, float], ...]

    @property
    def exceeds_limit(self) -> bool:
        """Whether the accuracy is above `PROBE_LIMIT` and significantly above chance.

        The second condition matters below about 400 questions, where chance often exceeds 0.55.
        """
        return self.accuracy > PROBE_LIMIT and self.accuracy - _Z * math.sqrt(0.25 / max(self.n, 1)) > 0.5


def text_probe(prompts: Sequence[str], labels: Sequence[bool], genes: Sequence[str], *, seed: int = 0) -> ProbeReport:
    """Cross-validate a logistic regression on hashed n-grams (1 to 3 words) of the prompts.

    Args:
        prompts: text of each question.
        labels: True where the answer is yes.
        genes: gene of each question; the grouped folds keep its questions together.
        seed: shuffles the stratified folds.
    """
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.model_selection import GroupKFold, StratifiedKFold

    answers = np.asarray(labels, dtype=bool)
    n = len(answers)
    rarer = min(int(answers.sum()), int((~answers).sum()))
    if rarer < 2:
        # Too few answers to cross-validate. The best that words can do is the commoner answer.
        guess = 1 - rarer / n if n else 0.5
        return ProbeReport(accuracy=guess, by_gene=guess, plain=guess, n=n, top_features=())

    hasher = FeatureHasher(_N_FEATURES, input_type="string", alternate_sign=False)
    grams = [n_grams(prompt) for prompt in prompts]
    features = hasher.transform(grams)
    stratified = StratifiedKFold(min(_N_FOLDS, rarer), shuffle=True, random_state=seed)
    plain = _accuracy(features, answers, list(stratified.split(features, answers)))
    by_gene = plain
    n_genes = len(set(genes))
    if n_genes > 1:
        grouped = GroupKFold(min(_N_FOLDS, n_genes))
        by_gene = _accuracy(features, answers, list(grouped.split(features, answers, np.asarray(genes))))

    known = sorted({gram for some in grams for gram in some})
    weights = hasher.transform([[gram] for gram in known]) @ _fit(features, answers)[0]
    heaviest = np.argsort(-np.abs(weights), kind="stable")[:_N_TOP]
    return ProbeReport(
        accuracy=max(plain, by_gene),
        by_gene=by_gene,
        plain=plain,
        n=n,
        top_features=tuple((known[i], float(weights[i])) for i in heaviest),
    )


def n_grams(prompt: str) -> list[str]:
    """All sequences of one to three words of a text, in lower case."""
    words = _WORD.findall(prompt.lower())
    return [
        " ".join(words[i : i + size]) for size in range(1, _MAX_WORDS + 1) for i in range(max(len(words) - size + 1, 0))
    ]


def _fit(features: sp.csr_matrix, answers: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and offset of the regression. For a fold with one answer only, the offset gives that answer."""
    from sklearn.linear_model import LogisticRegression

    if answers.all() or not answers.any():
        return np.zeros(features.shape[1]), 1.0 if answers.all() else -1.0
    model = LogisticRegression(max_iter=1000).fit(features, answers)
    return model.coef_[0], float(model.intercept_[0])


def _accuracy(features: sp.csr_matrix, answers: np.ndarray, folds: list[tuple[np.ndarray, np.ndarray]]) -> float:
    right = 0
    for train, test in folds:
        weights, offset = _fit(features[train], answers[train])
        right += int(((features[test] @ weights + offset > 0) == answers[test]).sum())
    return right / len(answers)
