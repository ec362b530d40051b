"""All tasks: their answers are true, they use no gene of another split, and wording is independent of the answer."""

from dataclasses import replace

import numpy as np
import pytest

from data_prep import claims, tasks
from data_prep.facts.facts import Facts
from data_prep.facts.thinning import thin
from data_prep.figures.canvas import Canvas
from data_prep.synth.tissue import make_slide
from tests.data_prep.tasks.task_examples import make_examples, with_questions


@pytest.mark.parametrize("task", list(tasks.PROSE_TASKS))
def test_every_answer_is_supported_by_the_counts(facts: Facts, task: str) -> None:
    examples = make_examples(facts, task, 2, 24)
    assert 4 <= len(examples) <= 24
    for example in examples:
        heard = claims.hear(example.completion)
        assert tuple(heard) == example.claims
        assert heard
        entries = [claims.check(claims.resolve(claim, example.question.names), facts) for claim in heard]
        assert [entry.verdict for entry in entries] == [claims.SUPPORTED] * len(entries)


@pytest.mark.parametrize("task", [name for name, task in tasks.TASKS.items() if task.needs_genes])
def test_genes_of_another_split_are_neither_shown_nor_named(many: list[Facts], task: str) -> None:
    allowed = list(range(0, many[0].slide.n_genes, 2))
    symbols = {str(many[0].slide.genes[gene]) for gene in allowed}
    _, planned = with_questions(many, task, 12, allowed)
    shown = {gene for spec in planned for gene in spec.genes}
    assert shown
    assert shown <= symbols


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_a_slide_without_markers_gives_few_questions_and_no_crash(task: str) -> None:
    rng = np.random.default_rng(3)
    slide = make_slide(11, n_spots=300, n_niches=3, n_genes=40)
    mixed = Facts.measure(slide.with_counts(slide.counts[rng.permutation(slide.n_spots)]))
    for example in make_examples(mixed, task, 2, 4):
        assert tuple(claims.hear(example.completion)) == example.claims


def test_figures_of_thinned_counts_are_asked_with_the_answers_of_full_depth(facts: Facts) -> None:
    slide = facts.slide
    thinned = Canvas(slide.with_counts(thin(slide.counts, np.full(slide.n_spots, 0.05), 0)))
    for task in ("marker", "niches_of_gene"):
        spec = next(tasks.TASKS[task].choose_questions(facts, np.random.default_rng(3), tasks.QuestionLimits(8)))
        full, sparse = (tasks.TASKS[task].make_example(facts, spec, canvas) for canvas in (None, thinned))
        assert full.completion == sparse.completion
        assert not np.array_equal(full.question.images[0], sparse.question.images[0])


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_the_prompt_does_not_depend_on_the_answer(many: list[Facts], task: str) -> None:
    kind = tasks.TASKS[task]
    facts, specs = with_questions(many, task, 8)
    for spec in specs:
        prompts = {kind.ask(facts.canvas, replace(spec, label=label)).prompt for label in ("yes", "no", "")}
        assert len(prompts) == 1
    if task in ("marker", "describe"):  # these ask in one way only
        return
    seeds = {kind.ask(facts.canvas, replace(specs[0], seed=seed)).prompt for seed in range(1, 9)}
    assert len(seeds) > 1


def test_every_prompt_is_asked_with_both_answers(facts: Facts) -> None:
    specs = list(tasks.TASKS["compare"].choose_questions(facts, np.random.default_rng(6), tasks.QuestionLimits(60)))
    prompts = {
        label: {tasks.TASKS["compare"].ask(facts.canvas, spec).prompt for spec in specs if spec.label == label}
        for label in ("yes", "no")
    }
    assert prompts["yes"] == prompts["no"]
    assert len(prompts["yes"]) > 1


def test_claims_without_a_reference_are_left_out(facts: Facts) -> None:
    class Unnamed(tasks.Marker):
        def right_claims(self, facts: Facts, spec: tasks.QuestionSpec) -> list[claims.Claim]:
            other = next(niche for niche in facts.slide.niches if niche != spec.niche)
            return [claims.Claim("enriched", spec.genes[0], spec.niche), claims.Claim("enriched", spec.genes[0], other)]

    example = Unnamed().make_example(facts, Unnamed().spec(facts, 0, 0))
    assert example.claims == (claims.Claim("enriched", claims.THIS_GENE, claims.THE_NICHE),)
