"""The perception suite on a model that answers by brightness."""

from inference.evaluation.evaluation import evaluate
from inference.evaluation.questions import planted_effect
from inference.evaluation.scores.condition_names import (
    MODEL,
    WILCOXON,
)


def test_larger_effects_are_detected_better(sighted, small_ladders):
    result = evaluate(sighted, None, suites=("perception",)).perception
    assert result.n == 2 * 2 * planted_effect.PAIRS
    rungs = result.ladders["effect"]
    for name in (MODEL, WILCOXON):
        assert rungs[3][name].value > 0.95
        assert rungs[0.25][name].value < rungs[3][name].value
