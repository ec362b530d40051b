"""What the model sees of a story: only what a figure shows is asked, and only of a model that may answer it."""

import math

import pytest

from data_prep.claims import Claim
from data_prep.facts.facts import Facts
from inference.answers.story.seen_claims import see_claims, seen_words
from inference.model.calibration import NEVER_SAID, Calibration, KindCalibration
from tests.oracle import Answering, Oracle

RAISED = Claim("signature", niche="Layer 1", other="ALPHA_PROCESS")
NOT_RAISED = Claim("signature", niche="Layer 3", other="ALPHA_PROCESS")
LOOKS_LIKE = Claim("looks_like", niche="Layer 1", other="Alpha cells")
SIGNAL = Claim("signals_to", "GENE0", "Layer 1", "Layer 2", "GENE1")
COMPLEX = Claim("signals_to", "GENE0+GENE4", "Layer 1", "Layer 2", "GENE1")
KNOWN_MARKER = Claim("known_marker", "GENE0", other="Alpha cells")
ALL = (RAISED, NOT_RAISED, LOOKS_LIKE, SIGNAL, COMPLEX, KNOWN_MARKER)


def test_a_model_without_calibration_is_asked_what_figures_show(known_facts: Facts) -> None:
    oracle = Oracle(known_facts)
    p_yes = see_claims(oracle, known_facts.canvas, ALL)
    assert list(p_yes) == [RAISED, NOT_RAISED, LOOKS_LIKE, SIGNAL]  # no figure shows a complex, or a line of a file
    assert oracle.asked == [list(p_yes)]
    assert {claim: p > 0.5 for claim, p in p_yes.items()} == {
        RAISED: True,
        NOT_RAISED: False,
        LOOKS_LIKE: True,
        SIGNAL: True,
    }


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [
        ({"enriched": KindCalibration()}, [RAISED, NOT_RAISED]),
        ({"enriched": KindCalibration(), "looks_like": KindCalibration()}, [RAISED, NOT_RAISED, LOOKS_LIKE]),
        ({"enriched": KindCalibration(), "looks_like": NEVER_SAID}, [RAISED, NOT_RAISED]),
        ({"signals_to": KindCalibration()}, [SIGNAL]),
        ({"form": KindCalibration()}, []),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_calibrated_model_is_asked_what_it_has_learnt(
    kinds: dict[str, KindCalibration], asked: list[Claim], known_facts: Facts
) -> None:
    oracle = Oracle(known_facts, calibration=Calibration(kinds))
    assert list(see_claims(oracle, known_facts.canvas, ALL)) == oracle.claims == asked


def test_a_list_is_read_with_the_calibration_of_enrichment(known_facts: Facts) -> None:
    kinds = {"enriched": KindCalibration(2.0, 0.5, 0.9, 0.1), "looks_like": KindCalibration(4.0, 0.0, 0.99, 0.01)}
    engine = Answering(lambda claim: 4.0, Calibration(kinds))
    p_yes = see_claims(engine, known_facts.canvas, (RAISED, LOOKS_LIKE))
    assert p_yes[RAISED] == pytest.approx(1 / (1 + math.exp(-2.5)))
    assert p_yes[LOOKS_LIKE] == pytest.approx(1 / (1 + math.exp(-1)))
    assert seen_words(engine, RAISED, p_yes[RAISED]) == "The model sees it on its map"
    assert seen_words(engine, RAISED, 0.05) == "The model does not see it on its map"
    # Each kind has its own thresholds: what is sure of a list may be unsure of a cell type.
    for unsure in ((RAISED, 0.5), (LOOKS_LIKE, 0.95), (LOOKS_LIKE, 0.05)):
        assert seen_words(engine, *unsure) == "The model is not sure that it sees it on its map"


def test_the_bundled_model_sees_a_raised_list(known_facts: Facts) -> None:
    from inference.engine.load_engine import load_engine

    engine = load_engine()
    p_yes = see_claims(engine, known_facts.canvas, ALL)
    assert list(p_yes) == [RAISED, NOT_RAISED]
    assert seen_words(engine, RAISED, p_yes[RAISED]) == "The model sees it on its map"
    assert seen_words(engine, NOT_RAISED, p_yes[NOT_RAISED]) == "The model does not see it on its map"


def test_where_nothing_can_be_asked_the_model_is_left_alone(known_facts: Facts) -> None:
    oracle = Oracle(known_facts)
    assert see_claims(oracle, known_facts.canvas, (COMPLEX, KNOWN_MARKER)) == {}
    assert see_claims(oracle, known_facts.canvas, ()) == {}
    assert oracle.asked == []
