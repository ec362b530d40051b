"""Rows are chosen by task, draws are repeatable and independent of each other, and genes form the groups."""

import numpy as np
import pytest

from inference.evaluation.questions.evaluation_inputs import EvaluationInputs, gene_groups

ROWS = {
    "task": ["marker", "marker", "describe", "marker"],
    "completion": ["Yes.", "", "The niche is a band.", "No."],
}


@pytest.fixture
def inputs():
    return EvaluationInputs(None, None, "no such folder", "test_slide", ROWS, limit=20, seed=3)


def test_rows_of_a_task_with_and_without_an_answer(inputs):
    assert inputs.row_indices("marker") == [0, 3]
    assert inputs.row_indices("marker", answered=False) == [1]
    assert inputs.row_indices("compare") == []


def test_a_dataset_without_a_training_split_has_no_training_rows(inputs):
    assert inputs.train is None
    assert inputs.row_indices("marker", train=True) == []


def test_a_draw_is_sorted_limited_and_repeatable(inputs):
    drawn = inputs.draw(range(100), 30, "part")
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 20  # the limit is below the 30 asked for
    assert inputs.draw(range(100), 30, "part") == drawn
    assert inputs.draw(range(100), 30, "another part") != drawn
    assert inputs.draw(range(5), 30, "part") == [0, 1, 2, 3, 4]


def test_questions_about_one_gene_of_one_slide_are_one_group():
    rows = {
        "slide": ["a", "a", "b", "a"],
        "genes": [["G1", "G2"], ["G1"], ["G1"], []],
        "niche": ["n", "m", "n", "n"],
    }
    first, second, other_slide, without_gene = gene_groups(rows)
    assert first == second
    assert len({first, other_slide, without_gene}) == 3


def test_an_even_draw_takes_as_many_of_each_slide_and_answer_as_there_are():
    slides = ["large"] * 100 + ["small"] * 8
    labels = ["yes", "no"] * 54
    inputs = EvaluationInputs(None, None, "no such folder", "test_slide", {"slide": slides, "label": labels})
    drawn = inputs.draw_evenly(range(108), 20, "part")
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 20
    taken = np.array(slides)[drawn]
    assert (taken == "small").sum() == 8
    assert (np.array(labels)[drawn] == "yes").sum() == 10
    assert inputs.draw_evenly(range(108), 20, "part") == drawn
    assert inputs.draw_evenly(range(5), 20, "part") == [0, 1, 2, 3, 4]
