"""The regressions that a model must beat."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from data_prep.claims import Claim
from data_prep.tasks import claim_question
from inference.evaluation.baselines.arithmetic import (
    FOLDS,
    QuestionStatistics,
    gene_hash,
    probability_from_other_genes,
    probability_from_statistics,
    probability_from_words,
)


def test_trees_answer_where_a_line_cannot(rng):
    """The label is whether two numbers have the same sign."""
    numbers = rng.normal(size=(600, 4))
    label = numbers[:, 0] * numbers[:, 1] > 0
    groups = [str(i % 6) for i in range(400)]
    p_yes = probability_from_statistics(numbers[:400], label[:400], groups, numbers[400:])
    assert roc_auc_score(label[400:], p_yes) > 0.9


def test_a_line_answers_where_trees_are_worse(rng):
    numbers = rng.normal(size=(560, 40))
    label = numbers @ rng.normal(size=40) > 0
    groups = [str(i % 6) for i in range(60)]
    p_yes = probability_from_statistics(numbers[:60], label[:60], groups, numbers[60:])
    assert roc_auc_score(label[60:], p_yes) > 0.75


@pytest.mark.parametrize("n", [0, 5, 19])
def test_few_training_questions_give_their_mean(n, rng):
    label = np.arange(n) % 2 == 0
    p_yes = probability_from_statistics(rng.normal(size=(n, 3)), label, ["a"] * n, rng.normal(size=(4, 3)))
    assert p_yes == pytest.approx([label.mean() if n else 0.5] * 4)


def test_no_regression_trains_on_the_genes_that_it_answers(rng):
    """The label is a property of the gene alone, which one number gives away for known genes."""
    genes = [f"G{i}" for i in range(60)] * 4
    label = np.array([gene_hash(gene) // FOLDS % 2 for gene in genes]) == 1
    identity = np.array([[float(gene[1:])] for gene in genes])
    p_yes = probability_from_other_genes(identity, label, genes, identity, genes)
    assert abs(roc_auc_score(label, p_yes) - 0.5) < 0.3
    known = probability_from_statistics(identity, label, [str(i % 4) for i in range(240)], identity)
    assert roc_auc_score(label, known) > 0.95


def test_words_alone():
    train = ["is it red?", "is it blue?"] * 20
    label = np.array([True, False] * 20)
    p_red, p_blue = probability_from_words(train, label, ["is it red?", "is it blue?"])
    assert p_red > 0.5 > p_blue
    assert probability_from_words(train, np.ones(40, bool), ["?"]).tolist() == [1.0]


def test_places_of_one_picture_share_its_numbers(facts, monkeypatch):
    niche = facts.slide.niches[0]
    left, right = (claim_question(facts.canvas, Claim("centred", niche=niche, value=v)) for v in ("left", "right"))
    measured = QuestionStatistics()
    one, other = measured.measure(left, "slide", "left"), measured.measure(right, "slide", "right")
    assert len(measured._by_figure) == 1
    n_shared = (one == other).sum()
    assert n_shared >= len(one) - 7
    assert not (one == other).all()
