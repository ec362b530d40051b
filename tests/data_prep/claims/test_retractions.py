"""What a text takes back, or lists as wrong, it does not claim."""

import pytest

from data_prep import claims as c
from data_prep.claims import Claim, SlideNames

NAMES = SlideNames(("KRT19", "EPCAM"), ("Cancer", "Stroma"), ())
SAID = "KRT19 is enriched in Cancer."
CLAIM = Claim("enriched", "KRT19", "Cancer")


@pytest.mark.parametrize(
    "after",
    [
        "This is wrong.",
        "Actually, no.",
        "Wait, that is not right.",
        "Sorry, I meant EPCAM.",
        "I take that back.",
        "Or is it?",
        "Or not.",
        "NOT!",
        "However, this is doubtful.",
        "But that cannot be right.",
        "This was not confirmed by the counts.",
        "The counts contradict this.",
        "The opposite is true.",
        "I see no such thing.",
        "Verdict: false.",
        "User: wrong.",
    ],
)
def test_a_sentence_takes_back_the_one_before_it(after: str) -> None:
    assert c.hear(f"EPCAM marks Stroma. {SAID} {after}", NAMES) == [Claim("enriched", "EPCAM", "Stroma")]


@pytest.mark.parametrize(
    "after",
    [
        "None of that is true.",
        "All of the above is wrong.",
        "Everything I said is wrong.",
        "Disregard the previous sentences.",
        "None of these can be confirmed.",
    ],
)
def test_a_sentence_takes_back_all_before_it(after: str) -> None:
    assert c.hear(f"EPCAM marks Stroma. {SAID} {after}", NAMES) == []


@pytest.mark.parametrize(
    "after",
    [
        "This is true.",
        "All of this is supported.",
        "That is clear.",
        "The opposite is true for EPCAM.",
        "I doubt that EPCAM does.",
        "Nothing else is seen here.",
        "No other gene does.",
    ],
)
def test_other_sentences_leave_it(after: str) -> None:
    assert CLAIM in c.hear(f"{SAID} {after}", NAMES)


@pytest.mark.parametrize(
    "before",
    [
        "False statements:\n- ",
        "None of these hold:\n* ",
        "The following is not supported:\n\n1. ",
        "I cannot confirm this:\n",
        "## Incorrect claims\n",
        "## Not supported\n\n- ",
        "**Hypotheses**\n\n",
        "**Open questions:**\n- EPCAM borders nothing.\n- ",
        "### Prior knowledge\nEpithelia express keratins.\n\n",
    ],
)
def test_what_stands_under_a_denial_is_not_claimed(before: str) -> None:
    assert c.hear(before + SAID, NAMES) == []


@pytest.mark.parametrize(
    "before",
    [
        "## Markers\n",
        "True statements:\n- ",
        "I see this:\n1. ",
        "## Not supported\n- EPCAM is enriched in Cancer.\n\n## Supported\n- ",
        "Not supported:\n- EPCAM is enriched in Cancer.\n\n",
    ],
)
def test_a_denial_ends_with_its_list_or_section(before: str) -> None:
    assert c.hear(before + SAID, NAMES) == [CLAIM]
