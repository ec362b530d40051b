"""Tasks: quads that no text can answer, answers that the counts support, panels that hold markers and decoys."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data_prep import claims, tasks
from data_prep.facts import marker_rule
from data_prep.facts.facts import Facts
from data_prep.figures.canvas import Canvas
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides
from data_prep.synth.tissue import make_slide


def made(facts: Facts, task: str, seed: int, limit: int, *, named: float = 0.0) -> list[tasks.Example]:
    """Examples of one task."""
    specs = tasks.TASKS[task].choose_questions(
        facts, np.random.default_rng(seed), tasks.QuestionLimits(limit, named_share=named)
    )
    # Synthetic niches are called A, B, C: telling names enough for every task.
    return [tasks.TASKS[task].make_example(facts, spec) for spec in specs]


@pytest.fixture(scope="module")
def facts() -> Facts:
    """A synthetic slide with layers."""
    return Facts.measure(make_slide(11, n_spots=900, n_niches=5, n_genes=120))


def test_quads_are_half_yes_for_every_gene_and_niche_and_never_repeat() -> None:
    rng = np.random.default_rng(0)
    label = rng.choice([1, 0, -1], (200, 6), p=[0.2, 0.6, 0.2]).astype(np.int8)
    asked = [
        (gene, niche, label[gene, niche])
        for genes, niches in tasks.checkerboard_quads(label, rng)
        for gene in genes
        for niche in niches
    ]
    assert len(asked) >= 200
    assert len({(gene, niche) for gene, niche, _ in asked}) == len(asked)
    assert {answer for *_, answer in asked} == {0, 1}
    for column in (0, 1):
        yes, total = Counter(), Counter()
        for row in asked:
            total[row[column]] += 1
            yes[row[column]] += int(row[2])
        assert all(2 * yes[key] == total[key] for key in total)


def test_quads_keep_to_the_limit_and_to_their_seed() -> None:
    label = np.random.default_rng(1).choice([1, 0], (60, 4)).astype(np.int8)
    first = list(tasks.checkerboard_quads(label, np.random.default_rng(5), 7))
    assert len(first) == 7
    assert first == list(tasks.checkerboard_quads(label, np.random.default_rng(5), 7))


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_every_answer_is_supported_by_the_counts(facts: Facts, task: str) -> None:
    examples = made(facts, task, 2, 24)
    assert 4 <= len(examples) <= 24
    for example in examples:
        heard = claims.hear(example.completion)
        assert tuple(heard) == example.claims
        assert heard
        entries = [claims.check(claims.resolve(claim, example.question.names), facts) for claim in heard]
        assert [entry.verdict for entry in entries] == [claims.SUPPORTED] * len(entries)


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


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_genes_of_another_split_are_neither_shown_nor_named(facts: Facts, task: str) -> None:
    allowed = list(range(0, facts.slide.n_genes, 2))
    symbols = {str(facts.slide.genes[gene]) for gene in allowed}
    planned = tasks.TASKS[task].choose_questions(facts, np.random.default_rng(1), tasks.QuestionLimits(12, allowed))
    shown = {gene for spec in planned for gene in spec.genes}
    assert shown
    assert shown <= symbols


@pytest.mark.parametrize("task", list(tasks.TASKS))
def test_a_slide_without_markers_gives_few_questions_and_no_crash(task: str) -> None:
    rng = np.random.default_rng(3)
    slide = make_slide(11, n_spots=300, n_niches=3, n_genes=40)
    mixed = Facts.measure(slide.with_counts(slide.counts[rng.permutation(slide.n_spots)]))
    for example in made(mixed, task, 2, 4):
        assert tuple(claims.hear(example.completion)) == example.claims


def test_compare_asks_as_many_yes_as_no(facts: Facts) -> None:
    examples = made(facts, "compare", 5, 20)
    assert Counter(example.label for example in examples)["yes"] * 2 == len(examples) >= 10
    for example in examples:
        assert example.completion.startswith("Yes." if example.label == "yes" else "No.")


def test_the_wording_does_not_hang_on_the_answer(facts: Facts) -> None:
    examples = made(facts, "compare", 6, 60)
    prompts = {label: {e.question.prompt for e in examples if e.label == label} for label in ("yes", "no")}
    assert len(prompts["yes"] | prompts["no"]) > 1
    first_sentences = {e.completion.split(". ", 1)[1] for e in examples if e.label == "yes"}
    assert len(first_sentences) > 1


def test_identity_offers_the_answer_once_and_anywhere(facts: Facts) -> None:
    named = replace(facts.slide, niches=("white matter", "cortex", "tumour", "stroma", "vessel"))
    examples = made(Facts.measure(named), "identity", 7, 60)
    places = Counter()
    for example in examples:
        options = list(example.question.names.options.values())
        assert options.count(example.niche) == 1
        assert example.niche in example.question.prompt
        places[options.index(example.niche)] += 1
    assert set(places) == set(range(5))
    numbered = replace(facts.slide, niches=("1", "cluster 2", "niche_3", "Leiden 4", "domain-5"))
    assert made(Facts.measure(numbered), "identity", 7, 20) == []


def test_cell_types_are_shown_beside_a_niche(facts: Facts) -> None:
    codes = (facts.slide.xy[:, 0] > np.median(facts.slide.xy[:, 0])).astype(np.int32)
    typed = Facts.measure(replace(facts.slide, cell_type=codes, cell_types=("T cell", "B cell")))
    example = made(typed, "describe", 1, 1)[0]
    assert len(example.question.images) == 3
    assert set(example.question.names.cell_types.values()) == {"T cell", "B cell"}
    assert "composed_of" in {claim.kind for claim in example.claims}


def test_the_opposite_of_every_marker_answer_is_contradicted(facts: Facts) -> None:
    for example in made(facts, "marker", 3, 40):
        gene, niche = example.genes[0], example.niche
        wrong = claims.Claim("not_enriched" if example.label == "yes" else "enriched", gene, niche)
        assert claims.check(wrong, facts).verdict == claims.CONTRADICTED


def test_a_far_place_a_wrong_form_and_a_stranger_are_not_supported(facts: Facts) -> None:
    niche, measured = next(iter(facts.shapes.items()))
    x, y = measured.centroid
    far = ("lower " if y < 0.5 else "upper ") + ("right" if x < 0.5 else "left")
    assert claims.check(claims.Claim("located", niche=niche, value=far), facts).verdict == claims.CONTRADICTED
    other = next(form for form in ("ring", "band", "compact") if form != measured.form)
    assert claims.check(claims.Claim("form", niche=niche, value=other), facts).verdict == claims.CONTRADICTED
    assert claims.check(claims.Claim("enriched", "NO-SUCH", niche), facts).verdict == claims.UNCHECKABLE


def test_questions_hide_names_unless_asked_for(facts: Facts) -> None:
    gene, niche = str(facts.slide.genes[0]), facts.slide.niches[0]
    hidden = tasks.marker_question(facts.canvas, gene, niche)
    assert gene not in hidden.prompt
    assert niche not in hidden.prompt
    named = tasks.marker_question(facts.canvas, gene, niche, named=True)
    assert gene in named.prompt
    assert niche in named.prompt
    np.testing.assert_array_equal(hidden.images[0], named.images[0])


def test_panels_are_markers_and_decoys(facts: Facts) -> None:
    rng = np.random.default_rng(4)
    label = facts.markers.label
    seen = Counter()
    for niche in range(label.shape[1]):
        for _ in range(20):
            panels = tasks.choose_panels(label, niche, rng)
            assert panels is None or len(set(panels)) == 4
            if panels is not None:
                assert set(label[panels, niche]) <= {0, 1}
                seen[int((label[panels, niche] == 1).sum())] += 1
    assert set(seen) >= {0, 1, 2, 3}


def test_textbook_markers_of_white_matter(real_data: Path) -> None:
    (slide,) = read_slides(real_data / "slides" / "dlpfc_visium_151674.h5ad", ReadOptions(("region",)))
    facts = Facts.measure(slide)
    for gene in ("MBP", "PLP1"):
        if gene in set(slide.genes):
            assert facts.markers.label[slide.gene_index(gene), slide.niche_index("WM")] == 1
    assert facts.shapes["L1"].form == "band"
    assert max(facts.shapes["L2"].contacts, key=facts.shapes["L2"].contacts.get) in ("L1", "L3")


def test_depth_is_not_biology_in_section_b1(real_data: Path) -> None:
    slides = {
        s.meta.slice: s
        for s in read_slides(real_data / "slides" / "her2st_breast_6donors.h5ad", ReadOptions(("region",)))
    }
    facts = Facts.measure(slides["B1"])
    cancer = facts.slide.niche_index("invasive cancer")
    assert facts.markers.depth_ratio[cancer] > 5
    assert (facts.markers.label[:, cancer] == 1).sum() < 0.02 * facts.slide.n_genes


def test_a_named_quad_is_named_whole(facts: Facts) -> None:
    examples = made(facts, "marker", 6, 40, named=0.5)
    by_name = [example.question.prompt != tasks.MARKER_PROMPT for example in examples]
    assert set(by_name) == {True, False}
    assert all(len(set(by_name[i : i + 4])) == 1 for i in range(0, len(by_name), 4))


def test_patterns_look_for_what_a_fold_change_does_not_see() -> None:
    facts = Facts.measure(make_slide(6, n_spots=1500, n_niches=5, n_genes=200))
    pattern = tasks.TASKS["pattern"]
    planned = list(pattern.choose_questions(facts, np.random.default_rng(0), tasks.QuestionLimits(40)))
    asked = [spec.genes[0] for spec in planned]
    assert len(asked) == len(set(asked)) <= 40
    unseen = [spec for spec in planned if tasks.has_spatial_claim(facts, spec.genes[0], spec.niche)]
    rng = np.random.default_rng(1)
    chance = np.mean(
        [
            tasks.has_spatial_claim(facts, str(rng.choice(facts.slide.genes)), str(rng.choice(facts.slide.niches)))
            for _ in range(200)
        ]
    )
    assert len(unseen) / len(planned) > 2 * chance
    some = [int(gene) for gene in rng.permutation(200)[:50]]
    of_split = pattern.choose_questions(facts, np.random.default_rng(0), tasks.QuestionLimits(40, some))
    assert {spec.genes[0] for spec in of_split} <= {str(facts.slide.genes[gene]) for gene in some}


def test_figures_of_thinned_counts_are_asked_with_the_answers_of_full_depth(facts: Facts) -> None:
    slide = facts.slide
    thinned = Canvas(slide.with_counts(marker_rule.thin(slide.counts, np.full(slide.n_spots, 0.05), 0)))
    for task in ("marker", "niches_of_gene"):
        spec = next(tasks.TASKS[task].choose_questions(facts, np.random.default_rng(3), tasks.QuestionLimits(8)))
        full, sparse = (tasks.TASKS[task].make_example(facts, spec, canvas) for canvas in (None, thinned))
        assert full.completion == sparse.completion
        assert not np.array_equal(full.question.images[0], sparse.question.images[0])
