"""A whole evaluation on small datasets of synthetic tissue: one of slides, one of pictures."""

import json

import numpy as np
import pytest

from data_prep.claims import THE_NICHE, Claim
from data_prep.dataset.builder import build_dataset
from data_prep.dataset.loading import load_examples
from data_prep.dataset.prep_config import PrepConfig
from data_prep.errors import NicheLensError
from data_prep.synth.tissue import make_slide
from data_prep.tasks import MARKER_PROMPT, TASKS
from inference.engine.engine import Engine
from inference.evaluation.baselines import pixel_statistics
from inference.evaluation.calibration_fit import calibrate
from inference.evaluation.evaluation import SUITES, evaluate
from inference.evaluation.questions import planted_effect
from inference.evaluation.questions.mirrored_pictures import LEFT_RIGHT, UP_DOWN
from inference.evaluation.questions.row_questions import marker_rows, read_claims, read_question
from inference.evaluation.scorecard.scorecard_page import plots_of, to_html, to_markdown
from inference.evaluation.scores.condition_names import (
    BASE,
    BLANK,
    CORRELATION,
    FOLD_CHANGE,
    MAJORITY,
    MASKED,
    MODEL,
    NAMED,
    SHUFFLED,
    STATISTICS,
    WILCOXON,
    WORDS,
)
from inference.evaluation.suites import depth, perception, robustness
from inference.evaluation.suites.answers_in_words import score_claims


@pytest.fixture(scope="module")
def slides():
    return [make_slide(seed, n_spots=300, n_niches=4, n_genes=100, layout="hex") for seed in range(4)]


def settings(slides, **more):
    return PrepConfig(
        test_donors=(slides[3].meta.donor,),
        markers_per_slide=80,
        held_out_per_slide=100,
        descriptions_per_niche=1,
        others_per_slide=24,
        **more,
    )


@pytest.fixture(scope="module")
def pictures(tmp_path_factory, slides):
    folder = tmp_path_factory.mktemp("data") / "pictures"
    build_dataset(slides, folder, settings(slides))
    return folder


@pytest.fixture(scope="module")
def recipes(tmp_path_factory, slides):
    folder = tmp_path_factory.mktemp("data") / "recipes"
    build_dataset(slides, folder, settings(slides, store="specs", named=0.5))
    return folder


@pytest.fixture(scope="module")
def adapted(adapter_folder):
    return Engine.load(adapter_folder, device="cpu")


@pytest.fixture(scope="module")
def small_ladders():
    """Ladders with two rungs, on few tissues: what they do does not hang on their length."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depth, "KEPT_SHARES", (1.0, 0.02))
        patch.setattr(depth, "MIN_QUESTIONS_EACH", 4)
        patch.setattr(perception, "LADDERS", {"effect": ("effect", (0.25, 3))})
        patch.setattr(perception, "SLIDES_PER_RUNG", 2)
        yield


@pytest.fixture(scope="module")
def card(adapted, recipes, small_ladders):
    """Every suite, by a model that says anything."""
    seen = []
    found = evaluate(adapted, recipes, "test_slide", limit=16, written=3, progress=lambda *step: seen.append(step))
    for name in dict.fromkeys(step for step, _, _ in seen):
        counts = [done for step, done, _ in seen if step == name]
        assert counts[-1] == [total for step, _, total in seen if step == name][-1]
    return found


@pytest.fixture
def seeing(adapted, monkeypatch):
    """Stands in for a trained model: it answers by the difference between inside and outside."""

    def look(questions, progress=None, **_):
        found = np.array([pixel_statistics.focus_statistics(q.images[0])[2] for q in questions])
        return 1 / (1 + np.exp(-40 * found))

    monkeypatch.setattr(adapted, "yes_probability", look)
    return adapted


def test_every_condition_is_scored_side_by_side(card):
    marker, compare = card.yes_no["marker"], card.yes_no["compare"]
    assert list(marker.conditions) == [MODEL, BLANK, SHUFFLED, BASE, WORDS, STATISTICS, NAMED, MASKED]
    assert list(compare.conditions) == [MODEL, BLANK, SHUFFLED, BASE, WORDS, CORRELATION]
    assert {scores.n for name, scores in marker.conditions.items() if name not in (NAMED, MASKED)} == {16}
    assert 0 < marker.conditions[NAMED].n == marker.conditions[MASKED].n < 16
    assert marker.spots_shuffled


def test_what_cannot_see_is_at_chance(adapted, pictures):
    """All questions have one text, so a blank picture leaves nothing to tell them apart."""
    found = evaluate(adapted, pictures, suites=("answers",), written=0, with_base=False).yes_no["marker"]
    assert found.conditions[BLANK].auroc.value == pytest.approx(0.5, abs=0.02)
    assert found.conditions[WORDS].auroc.value == pytest.approx(0.5)
    assert found.conditions[STATISTICS].auroc.value > 0.9
    assert found.conditions[MODEL].n == len(marker_rows(load_examples(pictures, "test_slide")))
    assert found.reliance.value == pytest.approx(
        found.conditions[MODEL].auroc.value - found.conditions[BLANK].auroc.value
    )
    assert found.probe_accuracy <= 0.55
    assert not found.spots_shuffled
    assert BASE not in found.conditions


@pytest.mark.parametrize("kind", ["pictures", "recipes"])
def test_a_model_that_sees_scores_high_and_falls_when_shuffled(kind, seeing, request):
    dataset = request.getfixturevalue(kind)
    found = evaluate(seeing, dataset, suites=("answers",), with_base=False, limit=60, written=0)
    conditions = found.yes_no["marker"].conditions
    assert conditions[MODEL].auroc.value > 0.85
    assert conditions[SHUFFLED].auroc.value < 0.68
    assert found.written is None
    assert found.left_out["written answers"] == "was not asked for"


def test_masking_helps_a_model_that_only_reads_names(adapted, recipes, monkeypatch):
    """A model that knows the answers by heart falls to chance when the names are gone."""
    rows = [row for row in load_examples(recipes, "test_slide") if row["task"] == "marker"]
    by_heart = {row["prompt"]: float(row["label"] == "yes") for row in rows if row["prompt"] != MARKER_PROMPT}
    monkeypatch.setattr(
        adapted, "yes_probability", lambda questions, **_: np.array([by_heart.get(q.prompt, 0.5) for q in questions])
    )
    found = evaluate(adapted, recipes, suites=("answers",), with_base=False, written=0).yes_no["marker"].conditions
    assert found[NAMED].auroc.value == 1.0
    assert found[MASKED].auroc.value == 0.5


def test_written_answers_are_compared_claim_by_claim(adapted, recipes, monkeypatch):
    """A model that gives every right answer is right in every respect but one: it does not look at the picture."""
    rows = load_examples(recipes, "test_slide")
    right = {(row["prompt"], row["specs"]): row["completion"] for row in rows}
    by_specs = {str(read_question(row).specs) + row["prompt"]: row["completion"] for row in rows}
    assert len(right) == len(by_specs)
    monkeypatch.setattr(
        adapted, "answer", lambda questions, **_: [by_specs[str(q.specs) + q.prompt] for q in questions]
    )
    found = evaluate(adapted, recipes, suites=("answers",), with_base=False, limit=10).written
    assert set(found.tasks) == set(TASKS)
    for task, conditions in found.tasks.items():
        scores = conditions[MODEL]
        assert scores.precision.value == scores.recall.value == 1.0, task
        assert scores.rouge_l.value == 1.0
        assert scores.unheard == 0
        assert 0 <= scores.likelihood.value <= 1
        if scores.checkable:
            assert scores.ledger.value > 0.97, task
    assert found.tasks["marker_panel"][MODEL].set_f1.value == 1.0
    assert found.tasks["niches_of_gene"][MODEL].set_f1.value == 1.0
    assert [score.value for score in found.tasks["describe"][MODEL].neighbours] == [1.0, 1.0]
    scored = {kind: s.conditions[MODEL].value for kind, s in found.claims.items()}
    assert all(value == 1.0 or np.isnan(value) for value in scored.values())
    assert sum(value == 1.0 for value in scored.values()) >= 2
    for turn in (LEFT_RIGHT, UP_DOWN):
        assert found.turns["marker"][turn.name].turned.value == 0.0
        assert found.turns["marker"][turn.name].stayed.value == 1.0


def test_claims_unseen_by_a_fold_change_stand_beside_arithmetic(card):
    assert list(card.written.claims) == ["partial", "rim", "spills_over", "gradient", "follows_depth", "form", "parts"]
    form = card.written.claims["form"]
    assert list(form.conditions) == [MODEL, BLANK, MAJORITY, STATISTICS]
    assert 0 < form.n <= 3


def test_claim_precision_and_recall_by_hand():
    right = [Claim("form", niche=THE_NICHE, value="band"), Claim("enriched", "A", THE_NICHE)]
    said = "The niche is a band. Panels A and B are its markers. The niche hums."
    precision, recall = score_claims([said], [right])
    assert precision.value == pytest.approx(2 / 3)
    assert recall.value == 1.0
    assert score_claims([said], [right], ("form",))[0].value == 1.0


def test_slides_are_scored_apart_beside_their_pixel_statistics(card):
    (scores,) = card.yes_no["marker"].slides.values()
    assert list(scores) == [MODEL, STATISTICS]
    assert scores[MODEL].auroc == card.yes_no["marker"].conditions[MODEL].auroc
    assert scores[STATISTICS].auroc == card.yes_no["marker"].conditions[STATISTICS].auroc


def test_fewer_counts_are_harder_for_all(seeing, recipes, small_ladders):
    found = evaluate(seeing, recipes, suites=("depth",), with_base=False).depth
    assert list(found.pooled) == [1.0, 0.02]
    for name in (MODEL, WILCOXON, FOLD_CHANGE, STATISTICS):
        full, thin = (found.pooled[share][name].value for share in (1.0, 0.02))
        assert full > 0.8, name
        assert thin < full, name
    (slide,) = found.slides
    assert found.slides[slide] == found.pooled
    assert found.n[slide] >= 8


def test_larger_effects_are_seen_better(seeing, small_ladders):
    found = evaluate(seeing, None, suites=("perception",)).perception
    assert found.n == 2 * 2 * planted_effect.PAIRS
    rungs = found.ladders["effect"]
    for name in (MODEL, WILCOXON):
        assert rungs[3][name].value > 0.95
        assert rungs[0.25][name].value < rungs[3][name].value


def test_harmless_changes_leave_a_model_that_sees_alone(seeing, recipes):
    found = evaluate(seeing, recipes, suites=("robustness",), limit=40).robustness
    changes = found.changes
    assert changes[robustness.UNCHANGED].holds.value == 1.0
    assert changes[robustness.UNCHANGED].moved.value == 0.0
    for name in ("mirrored left to right", "turned by 90° clockwise", "moved one pixel up"):
        assert changes[name].moved.value == pytest.approx(0.0, abs=0.02), name
    assert robustness.COLOURS in changes
    assert {name for name in changes if name.startswith("drawn")} == set(robustness.SIZES)
    assert found.left_out == {}


def test_what_cannot_be_measured_is_named(adapted, pictures, small_ladders):
    found = evaluate(adapted, pictures, suites=("depth", "robustness"), limit=8, with_base=False)
    assert "--store specs" in found.left_out["depth"]
    assert found.left_out["perception"] == "was not asked for"
    assert set(found.robustness.left_out) == set(robustness.SIZES)
    assert "Left out" in to_markdown(found)


def test_results_are_json_markdown_and_a_page(card):
    stored = json.loads(json.dumps(card.to_json(), allow_nan=False))
    auroc = card.yes_no["marker"].conditions[MODEL].auroc.value
    assert stored["yes_no"]["marker"]["conditions"][MODEL]["auroc"]["value"] == round(auroc, 4)
    words, page = to_markdown(card, "eval.plots"), to_html(card)
    assert "tiny-adapter on recipes, split test_slide" in words
    for name in card.yes_no["marker"].conditions:
        assert f"| {name} |" in words
    for heading in ("Depth ladder", "Perception ladder", "Robustness", "Claims that a fold change cannot make"):
        assert f"## {heading}" in words
        assert f"<h2>{heading}</h2>" in page
    names = [plot.name for plot in plots_of(card)]
    assert {"reliability-marker", "coverage-marker", "slides-marker", "depth", "perception"} <= set(names)
    assert len(set(names)) == len(names)
    assert page.count("data:image/png;base64,") == len(names)
    assert "http" not in page
    for plot in plots_of(card):
        assert f"(eval.plots/{plot.name}.png)" in words
        assert plot.png.startswith(b"\x89PNG")


def test_same_seed_same_scorecard_and_parts_do_not_hang_on_each_other(card, adapted, recipes, small_ladders):
    again = evaluate(adapted, recipes, "test_slide", suites=("depth", "robustness"), limit=16, written=3)
    for part in ("depth", "robustness"):
        assert again.to_json()[part] == card.to_json()[part]


def test_ambiguous_genes_are_counted_but_not_scored(adapted, pictures):
    found = evaluate(adapted, pictures, "ambiguous", suites=("answers",))
    assert found.yes_no == {}
    assert found.ambiguous.n > 0
    assert found.ambiguous.yes + found.ambiguous.no + found.ambiguous.abstain == pytest.approx(1)
    assert "AmbiguousVerdicts genes" in to_markdown(found)
    assert json.dumps(found.to_json(), allow_nan=False)


def test_a_split_without_answers_names_what_it_cannot_give(adapted, recipes):
    found = evaluate(adapted, recipes, "ambiguous", suites=("answers", "depth", "robustness"), limit=8)
    assert found.ambiguous.n == 8
    assert set(found.left_out) == {"perception", "written answers", "depth", "robustness"}


def test_figures_of_another_contract_are_refused(adapted, pictures, monkeypatch):
    monkeypatch.setattr(adapted, "contract", {**adapted.contract, "hash": "another"})
    with pytest.raises(NicheLensError, match="trained on another"):
        evaluate(adapted, pictures, "test_slide")


def test_unknown_splits_and_suites_are_refused(adapted, pictures):
    with pytest.raises(NicheLensError, match="no split 'nope'"):
        evaluate(adapted, pictures, "nope")
    with pytest.raises(NicheLensError, match=r"unknown suite 'deep'.*depth"):
        evaluate(adapted, pictures, suites=("deep",))
    with pytest.raises(NicheLensError, match="depth: needs a dataset"):
        evaluate(adapted, None, suites=("depth",))
    assert SUITES == ("answers", "depth", "perception", "robustness")


def test_a_row_reads_back_as_the_question_it_was(pictures):
    rows = load_examples(pictures, "train")
    row = next(row for row in rows if row["task"] == "describe")
    question = read_question(row)
    assert [image.shape for image in question.images] == [(128, 128, 3)] * 2
    assert question.names.niches[THE_NICHE] == row["niche"]
    assert question.specs[1].genes == tuple(row["genes"])
    assert {claim.kind for claim in read_claims(row)} >= {"located", "extent", "form"}


def test_calibration_lowers_the_log_loss(adapted, pictures):
    from sklearn.metrics import log_loss

    found = calibrate(adapted, pictures, "test_slide")
    rows = [row for row in load_examples(pictures, "test_slide") if row["label"] and row["task"] == "marker"]
    label = np.array([row["label"] == "yes" for row in rows])
    logit = adapted.yes_logit([read_question(row) for row in rows])
    before = log_loss(label, 1 / (1 + np.exp(-logit)))
    after = log_loss(label, 1 / (1 + np.exp(-(logit / found.temperature + found.bias))))
    assert after < before


def test_too_few_questions_do_not_calibrate(adapted, pictures):
    with pytest.raises(NicheLensError, match="0 yes/no questions"):
        calibrate(adapted, pictures, "ambiguous")
