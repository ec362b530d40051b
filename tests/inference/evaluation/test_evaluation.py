"""Whole evaluations of small datasets: what runs, what is left out, and what is refused."""

import pytest

from data_prep.errors import NicheLensError
from inference.evaluation.evaluation import SUITES, evaluate
from inference.evaluation.questions.altered_slides import LEFT_RIGHT, QUARTER, UP_DOWN
from inference.evaluation.scorecard.scorecard_page import to_markdown
from inference.evaluation.suites import robustness


def test_a_suite_that_cannot_run_is_listed_with_its_reason(adapted, pictures, small_ladders):
    result = evaluate(adapted, pictures, suites=("depth", "robustness"), limit=8, with_base=False)
    assert "--store specs" in result.left_out["depth"]
    assert result.left_out["perception"] == "was not asked for"
    turns = {turn.name for turn in (LEFT_RIGHT, UP_DOWN, QUARTER)}
    assert set(result.robustness.left_out) == turns | set(robustness.SIZES)
    assert "Left out" in to_markdown(result)


def test_a_suite_gives_the_same_scores_alone_and_with_other_suites(card, adapted, specs, small_ladders):
    again = evaluate(adapted, specs, "test_slide", suites=("depth", "robustness"), limit=16, written=3)
    for part in ("depth", "robustness"):
        assert again.to_json()[part] == card.to_json()[part]


def test_a_split_without_answers_lists_what_is_left_out(adapted, specs):
    result = evaluate(adapted, specs, "ambiguous", suites=("claims", "depth", "robustness", "prose"), limit=8)
    assert result.unclear.n == 8
    assert set(result.left_out) == {"claims", "interview", "perception", "depth", "robustness", "prose"}


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
    assert SUITES == ("claims", "interview", "depth", "perception", "robustness", "prose")


def test_the_progress_of_every_step_ends_at_its_total(card, progress_steps):
    last = {name: (done, total) for name, done, total in progress_steps}
    assert {"enriched: model", "interviews", "depth ladder", "perception ladder", "robustness: unchanged"} <= set(last)
    assert all(done == total > 0 for done, total in last.values()), last


def test_a_reason_to_skip_a_suite_is_text_in_the_json_file(adapted, pictures):
    stored = evaluate(adapted, pictures, suites=("claims", "depth"), limit=4, with_base=False).to_json()
    assert stored["depth"] is None
    assert stored["left_out"]["depth"] == "the dataset holds no slides; prepare it with --store specs"
