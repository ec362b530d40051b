"""What is shown of an answer's blind twin."""

from app.web.twin_panel import twin_view
from data_prep.claims import Claim
from inference.answers.blind_twin import RECALLED, SEEN, BlindTwin, TwinAnswer

EVIL = "<script>alert(1)</script>"


def answer(source: str, *, is_conflict: bool = False) -> TwinAnswer:
    return TwinAnswer(Claim("enriched", EVIL, "N"), 0.97, 0.004, (0.2, 0.3), None, None, source, is_conflict)


def test_each_claim_is_shown_with_and_without_its_picture() -> None:
    shown = twin_view(BlindTwin((answer(SEEN), answer(RECALLED, is_conflict=True))))
    assert shown.count("<li>") == 2
    assert "97% with the picture, &lt;1% with a blank one, 20% and 30% with shuffled spots" in shown
    assert shown.count("Memory says the opposite.") == 1
    assert "<script>" not in shown


def test_an_answer_without_a_claim_says_so() -> None:
    shown = twin_view(BlindTwin(()))
    assert "nothing to ask again" in shown
    assert "<li>" not in shown
