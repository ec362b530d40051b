"""Answers in prose against the right answers, claim by claim."""

import pytest

from data_prep.claims import THE_NICHE, Claim
from data_prep.dataset.loading import load_examples
from data_prep.tasks import PROSE_TASKS
from inference.evaluation.evaluation import evaluate
from inference.evaluation.questions.row_questions import read_question
from inference.evaluation.scores.condition_names import MODEL
from inference.evaluation.suites.answers_in_words import score_claims


def test_written_answers_are_compared_claim_by_claim(adapted, specs, monkeypatch):
    """The model gives every right answer."""
    rows = load_examples(specs, "test_slide")
    by_specs = {str(read_question(row).specs) + row["prompt"]: row["completion"] for row in rows}
    monkeypatch.setattr(
        adapted, "answer", lambda questions, **_: [by_specs[str(q.specs) + q.prompt] for q in questions]
    )
    result = evaluate(adapted, specs, suites=("prose",), with_base=False, limit=10).written
    assert set(result) == set(PROSE_TASKS) - {"compare"}
    for task, conditions in result.items():
        scores = conditions[MODEL]
        assert scores.precision.value == scores.recall.value == 1.0, task
        assert scores.rouge_l.value == 1.0
        assert scores.unheard == 0
        assert 0 <= scores.likelihood.value <= 1
        if scores.checkable:
            assert scores.ledger.value > 0.97, task
    assert result["marker_panel"][MODEL].set_f1.value == 1.0
    assert result["niches_of_gene"][MODEL].set_f1.value == 1.0
    assert [score.value for score in result["describe"][MODEL].neighbours] == [1.0, 1.0]


def test_claim_precision_and_recall_match_values_computed_by_hand():
    right = [Claim("form", niche=THE_NICHE, value="band"), Claim("enriched", "A", THE_NICHE)]
    said = "The niche is a band. Panels A and B are its markers. The niche hums."
    precision, recall = score_claims([said], [right])
    assert precision.value == pytest.approx(2 / 3)
    assert recall.value == 1.0
    assert score_claims([said], [right], ("form",))[0].value == 1.0
