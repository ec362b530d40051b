"""Scores on unseen lessons."""

from pathlib import Path

from data_prep.tasks import TASKS
from tests.training.nano.small_run import SMALL, tiny_run
from training.nano.lesson_stream import LessonCollator
from training.nano.lesson_validation import validate
from training.nano.lessons import NEEDS_KNOWLEDGE, make_lessons


def test_a_validation_scores_the_answers_and_the_heads(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, precision="fp32")
    scores = validate(run, make_lessons(3, SMALL), LessonCollator(run.processor, "cpu"))
    assert set(scores.answers) == set(TASKS) - set(NEEDS_KNOWLEDGE)
    assert all(0 <= value <= 1 for value in scores.answers.values())
    assert {"patches", "blocks", "overlays", "sums", "decoder: folds", "attention: place", "concatenated: area"} <= set(
        scores.heads
    )
    assert scores.heads["patches"] < 1
