"""Claim tasks: one figure, one yes/no question, balanced for every word, with near misses, blind to names."""

from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pytest

from data_prep import claims as c
from data_prep import tasks
from data_prep.dataset.lint.text_probe import text_probe
from data_prep.facts.facts import Facts
from data_prep.synth.tissue import make_slide
from data_prep.tasks.claim_choice import WeighedClaims, balanced_pairs, sample_genes
from tests.data_prep.tasks.task_examples import with_cell_types

ABOUT_SLIDES = [kind for kind in c.ASKED_KINDS if c.CLAIM_TYPES[kind].is_about_slide]
BALANCED = [kind for kind in c.ASKED_KINDS if kind not in ABOUT_SLIDES]
"""Kinds of which one slide has questions with both answers."""


def choose(facts: Facts, kind: str, count: int = 24, seed: int = 0) -> list[tasks.QuestionSpec]:
    limits = tasks.QuestionLimits(count)
    return list(tasks.CLAIM_TASKS[kind].choose_questions(facts, np.random.default_rng(seed), limits))


@pytest.mark.parametrize("kind", BALANCED)
def test_labels_are_the_verdicts_and_prompts_are_balanced(many: list[Facts], kind: str) -> None:
    n_asked = 0
    for facts in many:
        votes: dict[str, int] = defaultdict(int)
        specs = choose(facts, kind)
        n_asked += len(specs)
        assert len(specs) <= 24
        for spec in specs:
            verdict = c.check(tasks.claim_of(spec), facts).verdict
            assert verdict == (c.SUPPORTED if spec.label == "yes" else c.CONTRADICTED)
            votes[tasks.CLAIM_TASKS[kind].ask(facts.canvas, spec).prompt] += 1 if spec.label == "yes" else -1
        assert not any(votes.values())
        assert len({replace(spec, seed=0) for spec in specs}) == len(specs)
    assert n_asked


@pytest.mark.parametrize("kind", BALANCED)
def test_words_tell_nothing(many: list[Facts], kind: str) -> None:
    specs = [(facts, spec) for seed in range(3) for facts in many for spec in choose(facts, kind, seed=seed)]
    prompts = [tasks.CLAIM_TASKS[kind].ask(facts.canvas, spec).prompt for facts, spec in specs]
    labels = [spec.label == "yes" for _, spec in specs]
    assert text_probe(prompts, labels, [(*spec.genes, spec.niche)[0] for _, spec in specs]).accuracy <= 0.55


@pytest.mark.parametrize("kind", BALANCED)
def test_an_example_has_one_picture_and_one_word(many: list[Facts], kind: str) -> None:
    facts, spec = next((facts, spec) for facts in many for spec in choose(facts, kind))
    example = tasks.CLAIM_TASKS[kind].make_example(facts, spec)
    assert example.completion == {"yes": "Yes.", "no": "No."}[spec.label]
    assert example.claims == ()
    assert (example.question.kind, example.value, example.other) == (kind, spec.value, spec.other)
    (picture,), (figure,) = example.question.images, example.question.specs
    np.testing.assert_array_equal(picture, facts.canvas.pixels(figure))
    for name in (*spec.genes, spec.niche):
        assert not name or name not in example.question.prompt


@pytest.mark.parametrize("kind", ABOUT_SLIDES)
def test_a_slide_has_one_question_of_a_kind_about_the_slide(many: list[Facts], kind: str) -> None:
    task = tasks.CLAIM_TASKS[kind]
    assert not [spec for facts in many for spec in choose(facts, kind)]
    for facts in many:
        spec = task.slide_question(facts, 1)
        verdict = c.check(c.Claim(kind), facts).verdict
        assert (spec is None) == (verdict not in c.DECIDED)
        if spec is not None:
            assert spec.label == ("yes" if verdict == c.SUPPORTED else "no")
            assert task.make_example(facts, spec).completion == {"yes": "Yes.", "no": "No."}[spec.label]


def test_a_given_picture_is_not_drawn_again(facts: Facts) -> None:
    claim = c.Claim("adjacent", niche=facts.slide.niches[0], other=facts.slide.niches[1])
    blank = np.zeros((128, 128, 3), np.uint8)
    asked = tasks.claim_question(facts.canvas, claim, image=blank, wording=1)
    assert asked.images[0] is blank
    assert asked.prompt == tasks.CLAIM_PROMPTS["adjacent"][1]
    assert asked.specs[0].other == claim.other
    assert c.resolve(c.Claim("adjacent", niche=c.THE_NICHE, other=c.THE_OTHER_NICHE), asked.names) == claim


@pytest.mark.parametrize("kind", c.ASKED_KINDS)
def test_claims_and_specs_hold_the_same(many: list[Facts], kind: str) -> None:
    slide = many[0].slide
    genes = [str(gene) for gene in slide.genes[:2]]
    task = tasks.CLAIM_TASKS[kind]
    for claim in list(task.question.candidates(slide, genes, slide.niches[:2]))[:8]:
        assert tasks.claim_of(task.spec(claim)) == claim
        names = tasks.claim_names(claim)
        assert c.resolve(c.refer(claim, names), names) == claim
        if claim.niche:
            assert c.refer(claim, names).niche == c.THE_NICHE


def test_kinds_that_are_not_asked_are_refused(facts: Facts) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        tasks.claim_question(facts.canvas, c.Claim("nowhere", str(facts.slide.genes[0])))


@pytest.mark.parametrize("kind", c.ASKED_KINDS)
def test_names_change_no_question(kind: str) -> None:
    slide = with_cell_types(make_slide(12, n_spots=600, n_niches=5, n_genes=60))
    renamed = replace(
        slide,
        genes=np.array([f"X{i}" for i in range(60)]),
        niches=tuple(f"region {i}" for i in range(len(slide.niches))),
        cell_types=("1", "2", "3", "4"),
    )
    words = dict(zip(slide.genes.tolist(), renamed.genes.tolist(), strict=True))
    words |= dict(zip(slide.niches, renamed.niches, strict=True))
    words |= dict(zip(slide.cell_types, renamed.cell_types, strict=True))
    expected = [
        replace(
            spec,
            niche=words.get(spec.niche, ""),
            genes=tuple(words[gene] for gene in spec.genes),
            other=words.get(spec.other, ""),
        )
        for spec in choose(Facts.measure(slide), kind)
    ]
    assert choose(Facts.measure(renamed), kind) == expected


def test_every_value_is_asked_as_often_as_it_can_be() -> None:
    weighed = WeighedClaims()
    for value, n in (("left", 20), ("top", 3), ("right", 5)):
        weighed.true[value] = [c.Claim("highest", f"{value}{i}", value=value) for i in range(n)]
        if value != "right":
            weighed.false[value] = [(-float(i), c.Claim("highest", f"no{i}", value=value)) for i in range(30)]
    pairs = list(balanced_pairs(weighed, np.random.default_rng(0), 8))
    assert Counter(true.value for true, _ in pairs) == {"left": 5, "top": 3}
    assert all(true.value == false.value for true, false in pairs)


def test_half_of_the_false_claims_are_near_misses_about_the_same_niche() -> None:
    weighed = WeighedClaims()
    weighed.true["left"] = [c.Claim("partial", f"G{i}", f"N{i % 2}", "left") for i in range(40)]
    weighed.false["left"] = [(-i / 400, c.Claim("partial", f"H{i}", f"N{i % 4}", "left")) for i in range(400)]
    pairs = list(balanced_pairs(weighed, np.random.default_rng(0), 40))
    assert all(true.niche == false.niche for true, false in pairs)
    nearest = sum(int(false.gene[1:]) < 60 for _, false in pairs)
    assert 12 <= nearest <= 34


def test_unclear_claims_have_no_answer(many: list[Facts]) -> None:
    for kind in ("highest", "partial", "gradient", "enriched"):
        limits = tasks.QuestionLimits(10)
        specs = list(tasks.CLAIM_TASKS[kind].choose_unclear(many[0], np.random.default_rng(0), limits))
        assert specs
        for spec in specs:
            assert spec.label == ""
            assert c.check(tasks.claim_of(spec), many[0]).verdict == c.UNCLEAR


def test_the_search_prefers_markers_and_leaves_out_undetected_genes(facts: Facts) -> None:
    sample = sample_genes(facts, np.random.default_rng(0), 40)
    marks = (facts.markers.label == 1).any(axis=1)
    assert len(set(sample.tolist())) == 40
    assert marks[sample].mean() >= min(0.5, marks.sum() / 40) - 0.01
    assert set(sample_genes(facts, np.random.default_rng(0), 40, range(10)).tolist()) <= set(range(10))
    unseen = replace(facts.markers, frac_in=np.zeros_like(facts.markers.frac_in))
    assert not sample_genes(replace(facts, markers=unseen), np.random.default_rng(0), 40).size
