"""The depth suite on a model that answers by brightness."""

import pytest

from inference.evaluation.evaluation import evaluate
from inference.evaluation.questions.altered_slides import open_alterable_slides
from inference.evaluation.questions.evaluation_inputs import EvaluationInputs
from inference.evaluation.questions.row_questions import load_rows
from inference.evaluation.scores.condition_names import (
    ARITHMETIC,
    FOLD_CHANGE,
    FOLD_CHANGE_ERROR,
    MODEL,
    WILCOXON,
)
from inference.evaluation.suites import depth
from inference.evaluation.suites.skipped import Skipped


def test_fewer_counts_are_harder_for_all(sighted, specs, small_ladders):
    result = evaluate(sighted, specs, suites=("depth",), with_base=False).depth
    assert list(result.pooled) == [1.0, 0.02]
    for name in (MODEL, WILCOXON, FOLD_CHANGE, FOLD_CHANGE_ERROR, ARITHMETIC):
        full, thin = (result.pooled[share][name].value for share in (1.0, 0.02))
        assert full > 0.8, name
        assert thin < full, name
    (slide,) = result.slides
    assert result.slides[slide] == result.pooled
    assert result.n[slide] >= 8
    gain = result.gain[0.02][WILCOXON]
    thin = result.pooled[0.02]
    assert gain.value == pytest.approx(thin[MODEL].value - thin[WILCOXON].value)
    assert MODEL not in result.gain[0.02]


@pytest.mark.parametrize(
    ("dataset", "reason"), [("specs", "no slide has 10000 labelled spots"), ("pictures", "--store specs")]
)
def test_without_a_large_enough_slide_the_suite_is_skipped_with_its_reason(dataset, reason, request, monkeypatch):
    monkeypatch.setattr(depth, "MIN_SPOTS", 10_000)
    folder = request.getfixturevalue(dataset)
    slides = open_alterable_slides(folder, 128)
    inputs = EvaluationInputs(None, None, folder, "test_slide", load_rows(folder, "test_slide", slides), slides)
    skipped = depth.run_depth_ladder(inputs)
    assert isinstance(skipped, Skipped)
    assert reason in skipped.reason
