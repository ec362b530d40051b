"""A calibration is fitted for each kind of claim, on the questions of a dataset and of interviews."""

import numpy as np
import pytest

from data_prep.claims import ASKED_KINDS, Claim
from data_prep.dataset.loading import load_examples
from data_prep.errors import NicheLensError
from inference.engine.confidence import NEVER, Sentence
from inference.evaluation import calibration_fit
from inference.evaluation.calibration_fit import MAX_ANSWERS, calibrate
from inference.evaluation.questions.altered_slides import open_alterable_slides
from inference.evaluation.questions.row_questions import read_claims, rows_with_claims


def test_a_kind_that_is_seen_is_said_and_others_are_not(sighted, specs):
    """It answers by brightness: good for markers, worthless for neighbours."""
    fit = calibrate(sighted, specs, ["test_slide"], precision=0.8)
    assert list(fit.kinds) == list(ASKED_KINDS)
    enriched, adjacent = fit.kinds["enriched"], fit.kinds["adjacent"]
    assert enriched.auroc > 0.9
    assert enriched.calibration.yes_from < 1
    assert enriched.n_interview > 0
    assert not adjacent.calibration.is_asked
    assert not fit.kinds["rim"].calibration.is_asked
    assert fit.kinds["rim"].n == 0
    assert fit.calibration.of("enriched") == enriched.calibration


@pytest.mark.slow
def test_a_kind_with_few_questions_is_fitted_on_a_second_dataset_too(sighted, specs, pictures, monkeypatch):
    monkeypatch.setattr(calibration_fit, "_interview", lambda *_: {})
    alone, both = (calibrate(sighted, specs, ["test_slide"], fallbacks=data).kinds for data in ((), (pictures,)))
    n_more = load_examples(pictures, "validation")["task"][:].count("patterned")
    assert 0 < alone["patterned"].n < 100
    assert both["patterned"].n == alone["patterned"].n + n_more
    two = calibrate(sighted, specs, ["validation", "test_slide"]).kinds
    assert two["patterned"].n > alone["patterned"].n
    donors = set(load_examples(specs, "validation")["donor"][:])
    without = calibrate(sighted, specs, ["validation", "test_slide"], skip_donors=sorted(donors)).kinds
    assert without["patterned"].n == alone["patterned"].n


def test_interviews_ask_what_the_counts_decide(specs):
    from inference.evaluation.questions.interview_questions import draw_questions_about, interview_claims

    slides = open_alterable_slides(specs, 128)
    slide = slides["synth-3"]
    checked = list(interview_claims("synth-3", slide, list(ASKED_KINDS), np.random.default_rng(0)))
    kinds = {claim.claim.kind for claim in checked}
    assert {"enriched", "adjacent", "centred", "form"} <= kinds
    enriched = [claim.is_right for claim in checked if claim.claim.kind == "enriched"]
    assert 0.2 < np.mean(enriched) < 0.8
    questions = draw_questions_about(slides, checked[:3] + checked[-3:])
    assert [question.kind for question in questions] == [c.claim.kind for c in checked[:3] + checked[-3:]]
    assert all((question.images[0] != 0).any() for question in questions)


def test_too_few_questions_do_not_calibrate(adapted, pictures):
    with pytest.raises(NicheLensError, match="at most 0 yes/no questions of one kind"):
        calibrate(adapted, pictures, ["ambiguous"])


@pytest.mark.parametrize(("are_right", "is_kept"), [(True, True), (False, False)])
def test_the_counts_decide_which_claims_in_prose_are_right(adapted, specs, monkeypatch, are_right, is_kept):
    """The model makes the claims of the right answers, or their opposites, with the same confidence."""
    opposite = {"enriched": "not_enriched", "not_enriched": "enriched"}
    rows = load_examples(specs, "test_slide")
    rows = rows.select(rows_with_claims(rows, MAX_ANSWERS))
    claims = [[claim for claim in read_claims(row) if claim.kind in opposite] for row in rows]
    if not are_right:
        claims = [[Claim(opposite[c.kind], c.gene, c.niche) for c in some] for some in claims]
    answers = [[Sentence("", 0.9, tuple(some))] for some in claims]
    monkeypatch.setattr(adapted, "sentences", lambda questions, **_: answers)
    monkeypatch.setattr(adapted, "yes_logit", lambda questions, **_: np.linspace(-3, 3, len(questions)))
    least = calibrate(adapted, specs, ["test_slide"]).calibration.least_confidence
    assert {kind: least[kind] < NEVER for kind in opposite} == dict.fromkeys(opposite, is_kept)
