"""Statements: sure answers become claims, and of contradictory ones only the surest is said."""

import pytest

from data_prep.claims import Claim
from inference.answers.claim_answers import ClaimAnswer
from inference.answers.statements import Statement, contradict, settle, sure_statements
from inference.model.calibration import Calibration, KindCalibration

STRICT = Calibration(
    {"rim": KindCalibration()}
    | {kind: KindCalibration(yes_from=0.9, no_up_to=0.1) for kind in ("enriched", "highest", "form")}
)


def stated(*answers: tuple[Claim, float], calibration: Calibration = STRICT) -> list[tuple[Claim, float]]:
    found = sure_statements([ClaimAnswer(claim, p) for claim, p in answers], calibration)
    return [(statement.claim, statement.probability) for statement in found]


def highest(place: str) -> Claim:
    return Claim("highest", "G", value=place)


def test_yes_states_the_claim_and_no_its_denial():
    enriched = Claim("enriched", "G", "L1")
    assert stated((enriched, 0.95)) == [(enriched, 0.95)]
    assert stated((enriched, 0.5)) == []
    assert stated((enriched, 0.05)) == [(Claim("not_enriched", "G", "L1"), 0.95)]


def test_no_denies_nothing_where_a_kind_has_no_denial():
    assert stated((Claim("form", niche="L1", value="ring"), 0.0)) == []


def test_strength_is_the_distance_from_the_threshold_of_the_kind():
    answers = [ClaimAnswer(Claim(kind, "G", "L1"), 0.95) for kind in ("enriched", "rim")]
    strict, lenient = sure_statements(answers, STRICT)  # yes from 0.9, and from 0.65
    assert 0 < strict.strength < lenient.strength
    (threshold,) = sure_statements([ClaimAnswer(Claim("enriched", "G", "L1"), 0.9)], STRICT)
    assert threshold.strength == pytest.approx(0)


def test_probabilities_of_zero_and_one_have_a_strength():
    certain = sure_statements(
        [ClaimAnswer(Claim("enriched", "G", "L1"), 1.0), ClaimAnswer(Claim("enriched", "H", "L1"), 0.0)], STRICT
    )
    assert [statement.claim.kind for statement in certain] == ["enriched", "not_enriched"]
    assert all(0 < statement.strength < 100 for statement in certain)


def test_of_exclusive_values_the_best_is_said():
    answers = [
        ClaimAnswer(highest("left"), 0.93),
        ClaimAnswer(highest("top"), 0.97),
        ClaimAnswer(highest("right"), 0.2),
    ]
    assert [statement.claim for statement in settle(sure_statements(answers, STRICT))] == [highest("top")]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Claim("enriched", "G", "L1"), Claim("depleted", "G", "L1")),
        (Claim("colocalised", "G", other="H"), Claim("exclusive", "H", other="G")),
        (Claim("partial", "G", "L1", "left"), Claim("partial", "G", "L1", "right")),
        (Claim("rim", "G", "L1", "rim"), Claim("rim", "G", "L1", "core")),
        (Claim("form", niche="L1", value="scattered"), Claim("parts", niche="L1", value="one piece")),
        (Claim("centred", niche="L1", value="left"), Claim("centred", niche="L1", value="top")),
        (Claim("gradient", "G", value="right"), Claim("highest", "G", value="upper left")),
        (Claim("gradient", "G", value="up"), Claim("highest", "G", value="bottom")),
        (Claim("patterned", "G"), Claim("not_patterned", "G")),
        (Claim("enriched", "G", "L1"), Claim("not_patterned", "G")),
        (Claim("gradient", "G", value="up"), Claim("not_patterned", "G")),
        (
            Claim("composed_of", niche="L1", value="mostly", other="T"),
            Claim("composed_of", niche="L1", value="mostly", other="B"),
        ),
    ],
)
def test_contradictions(a, b):
    assert contradict(a, b)
    assert contradict(b, a)
    weak, strong = Statement(a, 0.9, 1.0), Statement(b, 0.9, 2.0)
    assert settle([weak, strong]) == [strong]
    assert settle([strong], said=[weak]) == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Claim("enriched", "G", "L1"), Claim("depleted", "G", "L2")),
        (Claim("enriched", "G", "L1"), Claim("depleted", "H", "L1")),
        (Claim("enriched", "G", "L1"), Claim("not_patterned", "H")),
        (Claim("not_enriched", "G", "L1"), Claim("not_patterned", "G")),
        (Claim("adjacent", niche="L1", other="L2"), Claim("adjacent", niche="L1", other="L3")),
        (Claim("gradient", "G", value="right"), Claim("highest", "G", value="upper right")),
        (Claim("form", niche="L1", value="band"), Claim("parts", niche="L1", value="two pieces")),
        (Claim("centred", niche="L1", value="left"), Claim("highest", "G", value="top")),
        (
            Claim("composed_of", niche="L1", value="partly", other="T"),
            Claim("composed_of", niche="L1", value="partly", other="B"),
        ),
    ],
)
def test_what_goes_together(a, b):
    assert not contradict(a, b)
    assert settle([Statement(a, 0.9, 1.0), Statement(b, 0.9, 2.0)]) == [Statement(b, 0.9, 2.0), Statement(a, 0.9, 1.0)]


def test_what_another_statement_implies_is_not_said():
    depleted = Statement(Claim("depleted", "G", "L1"), 0.9, 1.0)
    elsewhere = Statement(Claim("not_enriched", "G", "L2"), 0.9, 1.0)
    assert settle([Statement(Claim("not_enriched", "G", "L1"), 0.9, 5.0), depleted, elsewhere]) == [depleted, elsewhere]
