"""A whole evaluation on a small dataset of synthetic tissue."""

import json

import numpy as np
import pytest

from data_prep.build import build_dataset
from data_prep.claims import THE_NICHE, Claim
from data_prep.config import PrepConfig
from data_prep.dataset import load_examples
from data_prep.errors import NicheLensError
from data_prep.synth import make_slide
from data_prep.tasks import TASKS
from inference import controls
from inference.calibrate import calibrate
from inference.engine import Engine
from inference.evaluate import evaluate, score_claims
from inference.rows import marker_places, read_claims, read_question
from inference.scorecard import BASE, BLANK, SHUFFLED, SIGHTED, STATISTICS, WORDS


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    slides = [make_slide(seed, n_spots=300, n_niches=4, n_genes=100, layout="hex") for seed in range(4)]
    config = PrepConfig(
        test_donors=(slides[3].meta.donor,), markers_per_slide=80, held_out_per_slide=100, descriptions_per_niche=1
    )
    folder = tmp_path_factory.mktemp("data") / "tissue"
    build_dataset(slides, folder, config)
    return folder


@pytest.fixture(scope="module")
def adapted(adapter_folder):
    return Engine.load(adapter_folder, device="cpu")


@pytest.fixture(scope="module")
def card(adapted, dataset):
    seen = []
    found = evaluate(adapted, dataset, "test_slide", free_text_rows=3, progress=lambda *counts: seen.append(counts))
    assert seen[-1][0] == seen[-1][1]
    assert sorted(seen) == seen
    return found


def test_every_condition_is_scored_side_by_side(card, dataset):
    assert list(card.yes_no) == [SIGHTED, BLANK, SHUFFLED, BASE, WORDS, STATISTICS]
    n = len(marker_places(load_examples(dataset, "test_slide")))
    assert {scores.n for scores in card.yes_no.values()} == {n}
    assert card.probe_accuracy <= 0.55


def test_what_cannot_see_is_at_chance(card):
    """All questions have one text, so a blank picture leaves nothing to tell them apart."""
    assert card.yes_no[BLANK].auroc.value == pytest.approx(0.5, abs=0.02)
    assert card.yes_no[WORDS].auroc.value == pytest.approx(0.5)
    assert card.yes_no[STATISTICS].auroc.value > 0.9
    assert card.image_reliance == card.yes_no[SIGHTED].auroc.value - card.yes_no[BLANK].auroc.value


def test_a_model_that_sees_scores_high_and_falls_when_shuffled(adapted, dataset, monkeypatch):
    """Stands in for a trained model: it answers by the difference between inside and outside."""

    def look(questions, progress=None, **_):
        return np.array([1 / (1 + np.exp(-40 * controls.five_statistics(q.images[0])[2])) for q in questions])

    monkeypatch.setattr(adapted, "yes_probability", look)
    found = evaluate(adapted, dataset, "test_slide", with_base=False, free_text_rows=0)
    assert found.yes_no[SIGHTED].auroc.value > 0.85
    assert found.yes_no[SHUFFLED].auroc.value < 0.65
    assert BASE not in found.yes_no
    assert found.free_text == {}


def test_written_answers_are_compared_claim_by_claim(card, adapted, dataset, monkeypatch):
    assert set(card.free_text) == set(TASKS)
    assert card.free_text["describe"][SIGHTED].n == 3
    rows = load_examples(dataset, "test_slide")
    right = {row["niche"]: row["completion"] for row in rows if row["task"] == "describe"}
    monkeypatch.setattr(
        adapted, "answer", lambda questions, **_: [right.get(q.specs[0].niche, "No.") for q in questions]
    )
    found = evaluate(adapted, dataset, "test_slide", with_base=False, limit=8)
    assert found.free_text["describe"][SIGHTED].precision.value == 1.0
    assert found.free_text["describe"][SIGHTED].recall.value == 1.0
    assert found.yes_no[SIGHTED].n == 8


def test_claim_precision_and_recall_by_hand():
    right = [Claim("form", niche=THE_NICHE, value="band"), Claim("enriched", "A", THE_NICHE)]
    said = "The niche is a band. Panels A and B are its markers. The niche hums."
    found = score_claims([said], [right])
    assert found.precision.value == pytest.approx(2 / 3)
    assert found.recall.value == 1.0
    assert found.unheard == 1.0


def test_slides_are_scored_apart(card):
    assert len(card.slides) == 1
    assert next(iter(card.slides.values())).auroc == card.yes_no[SIGHTED].auroc


def test_results_are_json_and_markdown(card):
    stored = json.loads(json.dumps(card.to_json(), allow_nan=False))
    assert stored["yes_no"][SIGHTED]["auroc"]["value"] == round(card.yes_no[SIGHTED].auroc.value, 4)
    page = card.to_markdown()
    for name in card.yes_no:
        assert f"| {name} |" in page
    assert "tiny-adapter on tissue, split test_slide" in page


def test_ambiguous_genes_are_counted_but_not_scored(adapted, dataset):
    found = evaluate(adapted, dataset, "ambiguous")
    assert found.yes_no == {}
    assert found.ambiguous.n > 0
    assert found.ambiguous.yes + found.ambiguous.no + found.ambiguous.abstain == pytest.approx(1)
    assert "Ambiguous genes" in found.to_markdown()
    assert json.dumps(found.to_json(), allow_nan=False)


def test_figures_of_another_contract_are_refused(adapted, dataset, monkeypatch):
    monkeypatch.setattr(adapted, "contract", {**adapted.contract, "hash": "another"})
    with pytest.raises(NicheLensError, match="trained on another"):
        evaluate(adapted, dataset, "test_slide")


def test_unknown_split_is_refused(adapted, dataset):
    with pytest.raises(NicheLensError, match="no split 'nope'"):
        evaluate(adapted, dataset, "nope")


def test_a_row_reads_back_as_the_question_it_was(dataset):
    rows = load_examples(dataset, "train")
    row = next(row for row in rows if row["task"] == "describe")
    question = read_question(row)
    assert [image.shape for image in question.images] == [(128, 128, 3)] * 2
    assert question.names.niches[THE_NICHE] == row["niche"]
    assert question.specs[1].genes == tuple(row["genes"])
    assert {claim.kind for claim in read_claims(row)} >= {"located", "extent", "form"}


def test_calibration_lowers_the_log_loss(adapted, dataset):
    from sklearn.metrics import log_loss

    found = calibrate(adapted, dataset, "test_slide")
    rows = [row for row in load_examples(dataset, "test_slide") if row["label"] and row["task"] == "marker"]
    label = np.array([row["label"] == "yes" for row in rows])
    logit = adapted.yes_logit([read_question(row) for row in rows])
    before = log_loss(label, 1 / (1 + np.exp(-logit)))
    after = log_loss(label, 1 / (1 + np.exp(-(logit / found.temperature + found.bias))))
    assert after < before


def test_too_few_questions_do_not_calibrate(adapted, dataset):
    with pytest.raises(NicheLensError, match="0 yes/no questions"):
        calibrate(adapted, dataset, "ambiguous")
