"""Numbers read off pictures, and regressions on them."""

import numpy as np
import pytest

from data_prep.claims import Names
from data_prep.figures.palette import ASKED, NICHE_COLOURS, expression_table, grey_table
from data_prep.figures.spec import FigureSpec
from data_prep.tasks import Question
from inference.evaluation.baselines.pixel_statistics import (
    FOLDS,
    focus_statistics,
    gene_hash,
    map_correlation,
    pattern_statistics,
    predict_class,
    probability_from_other_genes,
    probability_from_statistics,
    probability_from_words,
    read_focus,
    shape_statistics,
)


def niches_picture(mask):
    picture = np.full((*mask.shape, 3), NICHE_COLOURS["red"], np.uint8)
    picture[mask] = ASKED
    return picture


def asked_of(*shown):
    return Question(tuple(image for image, _ in shown), "?", Names(), tuple(FigureSpec(kind) for _, kind in shown))


def test_brightness_and_niche_are_read_back_exactly(facts):
    gene, niche = str(facts.slide.genes[0]), facts.slide.niches[0]
    level = facts.canvas.levels([gene], within_niche=True).brightness[:, 0]
    view = facts.canvas.views.focus(0)
    tissue, spot = view.shown < len(level), np.minimum(view.shown, len(level) - 1)
    seen = read_focus(facts.canvas.focus([gene], niche)[0])
    assert (seen.tissue.ravel() == tissue).all()
    assert (seen.inside.ravel() == (tissue & (view.drawn.niche[spot] == 0))).all()
    assert np.abs(seen.level.ravel() - level[spot])[tissue].max() < 0.0126  # one step of grey


def test_statistics_of_a_picture_without_tissue():
    assert (focus_statistics(np.full((8, 8, 3), 255, np.uint8)) == 0).all()


def test_gene_statistics_take_the_niche_from_the_other_picture():
    mask = np.zeros((32, 32), bool)
    mask[:, :8] = True
    level = np.where(mask, 90, 20)
    result = pattern_statistics(asked_of((expression_table()[level], "expression"), (niches_picture(mask), "niches")))
    assert result[:3] == pytest.approx([90 / 99, 20 / 99, 70 / 99], abs=0.01)


def test_shape_statistics_tell_pieces_and_rings():
    bar, ring = np.zeros((64, 64), bool), np.zeros((64, 64), bool)
    bar[10:20, 5:25] = bar[40:50, 5:25] = True
    y, x = np.mgrid[:64, :64]
    radius = np.hypot(y - 32, x - 32)
    ring[(radius < 28) & (radius > 20)] = True
    two, hollow = (shape_statistics(asked_of((niches_picture(mask), "niches"))) for mask in (bar, ring))
    assert two[0] == pytest.approx(400 / 64**2)
    assert two[3] == pytest.approx(0.5)
    assert hollow[3] == pytest.approx(1.0)
    assert hollow[4] == 0.0


def test_correlation_of_two_maps():
    level = np.tile(np.arange(64), (64, 1))
    up, down = expression_table()[level], expression_table()[63 - level]
    same, opposite = (asked_of((up, "expression"), (other, "expression")) for other in (up, down))
    assert map_correlation(same) == pytest.approx([1.0])
    assert map_correlation(opposite)[0] < -0.99


def test_five_statistics_learn_an_easy_task(rng):
    def picture(is_marker):
        level = rng.integers(30, 60, (32, 32))
        level[8:20, 8:20] += 40 if is_marker else 0
        drawn = grey_table()[level]
        drawn[8:20, 8:20] = expression_table()[level[8:20, 8:20]]
        return focus_statistics(drawn)

    label = np.arange(80) % 2 == 1
    statistics = np.array([picture(is_marker) for is_marker in label])
    p_yes = probability_from_statistics(statistics[:40], label[:40], statistics[40:])
    assert ((p_yes >= 0.5) == label[40:]).all()


def test_a_held_out_regression_never_learns_from_the_gene_it_answers(rng):
    """The statistic is the truth of one gene only: what was learnt from that gene would answer it rightly."""
    genes = [f"G{i}" for i in range(60)]
    folds = np.array([gene_hash(gene) % FOLDS for gene in genes])
    told = folds == folds[0]
    label = rng.integers(0, 2, 60).astype(bool)
    statistics = np.where(told, label, 0.5)[:, None].astype(float)
    p_yes = probability_from_other_genes(statistics, label, genes, statistics, genes)
    others = ~told
    constant = probability_from_other_genes(
        statistics[others], label[others], [g for g, o in zip(genes, others, strict=True) if o], statistics, genes
    )
    assert p_yes[told] == pytest.approx(constant[told])


def test_classes_are_predicted_by_value():
    values = np.array([[0.0], [0.1], [5.0], [5.1], [10.0], [10.1]])
    classes = ["a", "a", "b", "b", "c", "c"]
    assert predict_class(values, classes, np.array([[0.0], [10.0]])) == ["a", "c"]
    assert predict_class(values[:2], ["a", "a"], values[2:4]) == ["a", "a"]


def test_words_learn_a_giveaway_and_nothing_from_one_prompt():
    label = np.arange(60) % 2 == 1
    told = [f"Is gene {i} a marker of {'tumour' if yes else 'stroma'}?" for i, yes in enumerate(label)]
    assert ((probability_from_words(told[:40], label[:40], told[40:]) >= 0.5) == label[40:]).all()
    same = ["Is this gene a marker of the highlighted niche?"] * 60
    assert probability_from_words(same[:40], label[:40], same[40:]) == pytest.approx(0.5, abs=1e-3)


def test_one_answer_only_is_learnt_as_such():
    assert (probability_from_words(["a", "b"], np.array([True, True]), ["c"]) == 1.0).all()
