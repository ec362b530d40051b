"""The stream: seeds of the validation never train, and others never repeat."""

from tests.training.nano.square_lessons import SIZE, N, square_lessons
from training.nano.lesson_stream import VALIDATION_SEED, LessonStream
from training.nano.pretrain_settings import PretrainSettings


def test_validation_and_training_share_no_slide() -> None:
    settings = PretrainSettings("A", steps=1, batch=16, workers=2, validation_slides=3)
    stream = LessonStream(settings, SIZE, "cpu", 7, square_lessons)
    validation = stream.validation()
    assert len(validation) == 3 * N
    expected = {float((VALIDATION_SEED + i) % 2**20) for i in range(3)}
    assert set(validation.values.tolist()) == expected
    seeds: set[float] = set()
    n_shown = 0
    while n_shown < 20 * 16:
        batch = stream.next_batch()
        if batch is not None:
            seeds.update(batch.values.tolist())
            n_shown += len(batch)
    stream.close()
    assert min(seeds) >= 7
    assert len(seeds) > 1
    assert stream.n_drawn >= n_shown
    assert max(seeds) < stream.next_seed
