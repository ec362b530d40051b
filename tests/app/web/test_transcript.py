"""The transcript shows what happened, and nothing that a model or a file wrote becomes HTML."""

import pytest

from app.tools.conversation import Calling, Result, Said
from app.tools.looking_tools import Picture
from app.web.talk import Turn
from app.web.transcript import MOST_ROWS, transcript
from data_prep.claims import THE_NICHE, THIS_GENE, Names
from data_prep.facts.facts import Facts
from data_prep.figures.png import encode_png
from inference.answers.ledger import check_answer
from inference.answers.routing import Refusal

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def facts(toy_cache) -> Facts:
    return toy_cache.facts("S1", 128)


def turn(*steps, question: str = "Is it?", **rest) -> Turn:
    made = Turn(question, **rest)
    for step in steps:
        made.add(step)
    return made


def test_growing_words_are_one_step() -> None:
    made = turn(Said("A"), Said("A B"), Calling("ask", {}), Said("C"))
    assert [type(step) for step in made.steps] == [Said, Calling, Said]
    assert made.steps[0].text == "A B"


def test_before_the_first_question_there_is_a_hint() -> None:
    assert "Ask something" in transcript((), "Ask something")


def test_calls_results_and_checks_are_shown(facts: Facts) -> None:
    calling = Calling("ask", {"gene": "GENE1", "niche": "Layer 2"})
    text = "GENE1 is enriched in Layer 2. GENE2 is enriched in Layer 2. Layer 2 is lovely."
    ledger = check_answer(text, Names({THIS_GENE: "GENE1"}, {THE_NICHE: "Layer 2"}), facts)
    page = transcript([turn(calling, Result(calling, {"answer": "Yes.", "probability": 0.98123}), Said(text, ledger))])
    assert "<b>ask</b> gene GENE1, niche Layer 2" in page
    assert "0.981" in page
    assert "Calling" not in page
    assert "<del>GENE2 is enriched in Layer 2.</del>" in page
    assert "not checked" in page
    assert "2 of 3 sentences checked" in page


def test_a_tool_that_runs_is_told() -> None:
    assert "Calling <b>screen</b>" in transcript([turn(Calling("screen", {}))])


def test_a_picture_has_words(facts: Facts) -> None:
    calling = Calling("draw", {})
    png = encode_png(facts.canvas.niches("Layer 1"))
    page = transcript([turn(calling, Result(calling, Picture(png, "all niches")))])
    assert 'alt="all niches"' in page
    assert "data:image/png;base64," in page


def test_long_tables_are_cut_and_say_so() -> None:
    calling = Calling("screen", {})
    rows = [{"gene": f"G{i}", "log2fc": i / 7} for i in range(MOST_ROWS + 5)]
    page = transcript([turn(calling, Result(calling, {"rows": rows}))])
    assert page.count("<tr>") == MOST_ROWS + 1
    assert "5 more rows" in page


def test_nothing_becomes_html() -> None:
    calling = Calling(EVIL, {EVIL: EVIL})
    steps = [
        calling,
        Result(calling, {EVIL: EVIL, "rows": [{EVIL: EVIL}], "ledger": {"claims": [], "not_checked": [EVIL]}}),
        Result(Calling("draw", {}), Picture(b"", EVIL)),
        Result(Calling("ask", {}), error=EVIL),
        Refusal(EVIL, (EVIL,), (EVIL,)),
        Said(EVIL),
    ]
    page = transcript([turn(*steps, question=EVIL, error=EVIL)])
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x") >= 9


def test_a_stopped_turn_says_so() -> None:
    assert "Stopped." in transcript([turn(was_stopped=True)])
