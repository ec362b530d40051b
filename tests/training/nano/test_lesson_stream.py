"""Batches of lessons."""

import dataclasses
from pathlib import Path

from tests.training.nano.small_run import SMALL, tiny_run
from training.nano.architecture import NanoConfig
from training.nano.lesson_stream import LessonCollator
from training.nano.lessons import make_lessons


def test_labels_are_the_answer_and_its_end(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    tokenizer = run.processor.tokenizer
    part = make_lessons(3, dataclasses.replace(SMALL, with_cell_types=1.0))
    batch = LessonCollator(run.processor, "cpu")(part)
    for row, lesson in zip(batch.labels, part, strict=True):
        assert tokenizer.decode(row[row != -100]) == lesson.completion + tokenizer.eos_token
    n_images = sum(len(lesson.images) for lesson in part)
    assert len(batch.pixels) == len(batch.targets) == n_images
    assert (batch.input_ids == run.model.config.image_token_id).sum() == n_images * NanoConfig.tiny().image_tokens
