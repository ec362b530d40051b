"""Yes/no questions under every condition, and the verdicts on ambiguous genes."""

import json

import numpy as np
import pytest

from data_prep.dataset.loading import load_examples
from data_prep.tasks import MARKER_PROMPT
from inference.evaluation.evaluation import evaluate
from inference.evaluation.questions.row_questions import marker_rows
from inference.evaluation.scorecard.scorecard_page import to_markdown
from inference.evaluation.scores.condition_names import (
    BASE,
    BLANK,
    CORRELATION,
    MASKED,
    MODEL,
    NAMED,
    SHUFFLED,
    STATISTICS,
    WORDS,
)


def test_every_condition_is_scored_side_by_side(card):
    marker, compare = card.yes_no["marker"], card.yes_no["compare"]
    assert list(marker.conditions) == [MODEL, BLANK, SHUFFLED, BASE, WORDS, STATISTICS, NAMED, MASKED]
    assert list(compare.conditions) == [MODEL, BLANK, SHUFFLED, BASE, WORDS, CORRELATION]
    assert {scores.n for name, scores in marker.conditions.items() if name not in (NAMED, MASKED)} == {16}
    assert 0 < marker.conditions[NAMED].n == marker.conditions[MASKED].n < 16
    assert marker.spots_shuffled


def test_without_training_a_blank_picture_is_at_chance(adapted, pictures):
    """All questions have the same words, so a blank picture leaves nothing that tells them apart."""
    result = evaluate(adapted, pictures, suites=("answers",), written=0, with_base=False).yes_no["marker"]
    assert result.conditions[BLANK].auroc.value == pytest.approx(0.5, abs=0.02)
    assert result.conditions[WORDS].auroc.value == pytest.approx(0.5)
    assert result.conditions[STATISTICS].auroc.value > 0.9
    assert result.conditions[MODEL].n == len(marker_rows(load_examples(pictures, "test_slide")))
    assert result.reliance.value == pytest.approx(
        result.conditions[MODEL].auroc.value - result.conditions[BLANK].auroc.value
    )
    assert result.probe_accuracy <= 0.55
    assert not result.spots_shuffled
    assert BASE not in result.conditions


@pytest.mark.parametrize("kind", ["pictures", "specs"])
def test_a_sighted_model_scores_high_and_falls_when_shuffled(kind, sighted, request):
    dataset = request.getfixturevalue(kind)
    result = evaluate(sighted, dataset, suites=("answers",), with_base=False, limit=60, written=0)
    conditions = result.yes_no["marker"].conditions
    assert conditions[MODEL].auroc.value > 0.85
    assert conditions[SHUFFLED].auroc.value < 0.68
    assert result.written is None
    assert result.left_out["written answers"] == "was not asked for"


def test_masked_names_put_a_model_that_only_reads_names_at_chance(adapted, specs, monkeypatch):
    """The model knows the answer to each prompt by heart and ignores the picture."""
    rows = [row for row in load_examples(specs, "test_slide") if row["task"] == "marker"]
    by_heart = {row["prompt"]: float(row["label"] == "yes") for row in rows if row["prompt"] != MARKER_PROMPT}
    monkeypatch.setattr(
        adapted, "yes_probability", lambda questions, **_: np.array([by_heart.get(q.prompt, 0.5) for q in questions])
    )
    result = evaluate(adapted, specs, suites=("answers",), with_base=False, written=0).yes_no["marker"].conditions
    assert result[NAMED].auroc.value == 1.0
    assert result[MASKED].auroc.value == 0.5


def test_each_slide_is_scored_with_its_pixel_statistics(card):
    (scores,) = card.yes_no["marker"].slides.values()
    assert list(scores) == [MODEL, STATISTICS]
    assert scores[MODEL].auroc == card.yes_no["marker"].conditions[MODEL].auroc
    assert scores[STATISTICS].auroc == card.yes_no["marker"].conditions[STATISTICS].auroc


def test_ambiguous_genes_are_counted_but_not_scored(adapted, pictures):
    result = evaluate(adapted, pictures, "ambiguous", suites=("answers",))
    assert result.yes_no == {}
    assert result.ambiguous.n > 0
    assert result.ambiguous.yes + result.ambiguous.no + result.ambiguous.abstain == pytest.approx(1)
    assert "Ambiguous genes" in to_markdown(result)
    assert json.dumps(result.to_json(), allow_nan=False)
