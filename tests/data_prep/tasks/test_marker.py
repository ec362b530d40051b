"""The task marker: the reasons of an answer, with and without names."""

import numpy as np

from data_prep import tasks
from data_prep.facts.facts import Facts
from tests.data_prep.tasks.task_examples import make_examples


def test_only_the_prose_task_asks_why(facts: Facts) -> None:
    why = make_examples(facts, "marker", 6, 8)[0]
    assert why.question.prompt != tasks.MARKER_PROMPT
    assert why.question.prompt.startswith(tasks.MARKER_PROMPT)
    assert why.question.kind == ""
    assert len(why.completion.split(". ")) > 1


def test_questions_hide_names_unless_asked_for(facts: Facts) -> None:
    hidden, named = make_examples(facts, "marker", 6, 8)[0], make_examples(facts, "marker", 6, 8, named=1.0)[0]
    assert hidden.genes[0] not in hidden.question.prompt
    assert hidden.niche not in hidden.question.prompt
    assert named.genes[0] in named.question.prompt
    assert named.niche in named.question.prompt


def test_a_named_quad_is_named_whole(facts: Facts) -> None:
    examples = make_examples(facts, "marker", 6, 40, named=0.5)
    by_name = [example.genes[0] in example.question.prompt for example in examples]
    assert set(by_name) == {True, False}
    assert all(len(set(by_name[i : i + 4])) == 1 for i in range(0, len(by_name), 4))


def test_a_marker_question_is_the_plainest_question_of_enrichment(facts: Facts) -> None:
    gene, niche = str(facts.slide.genes[0]), facts.slide.niches[0]
    asked = tasks.marker_question(facts.canvas, gene, niche)
    assert (asked.prompt, asked.kind) == (tasks.MARKER_PROMPT, "enriched")
    np.testing.assert_array_equal(asked.images[0], facts.canvas.focus([gene], niche)[0])
