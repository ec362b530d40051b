"""A question spec survives JSON and gives the same example afterwards."""

import json

import numpy as np
import pytest

from data_prep import tasks
from data_prep.facts.facts import Facts
from tests.data_prep.tasks.task_examples import with_questions


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_a_spec_makes_the_same_example_after_a_journey(many: list[Facts], task: str) -> None:
    facts, planned = with_questions(many, task, 8)
    assert with_questions(many, task, 8)[1] == planned
    spec = planned[-1]
    back = tasks.QuestionSpec.from_json(json.loads(json.dumps(spec.to_json())))
    assert back == spec
    one, other = tasks.TASKS[task].make_example(facts, spec), tasks.TASKS[task].make_example(facts, back)
    assert (one.completion, one.question.prompt) == (other.completion, other.question.prompt)
    np.testing.assert_array_equal(np.stack(one.question.images), np.stack(other.question.images))
    for image, spec in zip(one.question.images, one.question.specs, strict=True):
        np.testing.assert_array_equal(image, facts.canvas.pixels(spec))
