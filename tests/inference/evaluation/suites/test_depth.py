"""The depth suite on a model that answers by brightness."""

from inference.evaluation.evaluation import evaluate
from inference.evaluation.scores.condition_names import (
    FOLD_CHANGE,
    MODEL,
    STATISTICS,
    WILCOXON,
)


def test_fewer_counts_are_harder_for_all(sighted, recipes, small_ladders):
    found = evaluate(sighted, recipes, suites=("depth",), with_base=False).depth
    assert list(found.pooled) == [1.0, 0.02]
    for name in (MODEL, WILCOXON, FOLD_CHANGE, STATISTICS):
        full, thin = (found.pooled[share][name].value for share in (1.0, 0.02))
        assert full > 0.8, name
        assert thin < full, name
    (slide,) = found.slides
    assert found.slides[slide] == found.pooled
    assert found.n[slide] >= 8
