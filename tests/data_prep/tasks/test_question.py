"""A question spec survives JSON and gives the same example afterwards."""

import json

import numpy as np
import pytest

from data_prep import tasks
from data_prep.facts.facts import Facts


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_a_spec_makes_the_same_example_after_a_journey(facts: Facts, task: str) -> None:
    planned = [
        list(tasks.TASKS[task].choose_questions(facts, np.random.default_rng(8), tasks.QuestionLimits(8)))
        for _ in range(2)
    ]
    assert planned[0] == planned[1]
    spec = planned[0][-1]
    back = tasks.QuestionSpec.from_json(json.loads(json.dumps(spec.to_json())))
    assert back == spec
    one, other = tasks.TASKS[task].make_example(facts, spec), tasks.TASKS[task].make_example(facts, back)
    assert (one.completion, one.question.prompt) == (other.completion, other.question.prompt)
    np.testing.assert_array_equal(np.stack(one.question.images), np.stack(other.question.images))
    for image, spec in zip(one.question.images, one.question.specs, strict=True):
        np.testing.assert_array_equal(image, facts.canvas.pixels(spec))
