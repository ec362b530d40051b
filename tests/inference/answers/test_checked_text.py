"""People see what was checked, what is wrong and by which number, and that nothing was checked of the rest."""

import pytest

from data_prep.claims import THE_NICHE, THIS_GENE, Claim, Names
from inference.answers.checked_text import NO_SENTENCE, checked_words, to_html, to_terminal
from inference.answers.ledger import CheckedSentence, Ledger, LedgerEntry, check_answer


def sentence(words, *verdicts, is_whole=True):
    entries = tuple(
        LedgerEntry(Claim("enriched", f"G{i}", "N"), verdict, "log2 fold change", "-1.0", f"G{i} is enriched in N.")
        for i, verdict in enumerate(verdicts)
    )
    return CheckedSentence(words, entries, is_whole)


@pytest.fixture
def ledger():
    return Ledger(
        (
            sentence("Right.", "supported"),
            sentence("Wrong & bad.", "contradicted"),
            sentence("Both.", "supported", "contradicted"),
            sentence("Hard to say.", "unclear"),
            sentence("More.", "supported", is_whole=False),
            sentence("Hello <b>you</b>."),
        )
    )


def test_html_strikes_what_is_wrong_and_marks_what_is_not_checked(ledger):
    shown = to_html(ledger)
    assert "<del>Wrong &amp; bad.</del>" in shown
    assert shown.count("✗ log2 fold change -1.0") == 1
    assert "✗ G1 is enriched in N: log2 fold change -1.0" in shown
    assert (
        '<span class="sentence not-checked">Hello &lt;b&gt;you&lt;/b&gt;. <span class="badge">not checked</span>'
        in shown
    )
    assert '<span class="sentence supported">Right.</span>' in shown
    assert '<span class="badge">partly checked</span>' in shown
    assert '<span class="badge">? unclear</span>' in shown
    assert to_html(Ledger()) == ""


def test_the_terminal_says_the_same(ledger):
    terminal = to_terminal(ledger)
    assert terminal.plain.startswith("Right. Wrong & bad. [✗ log2 fold change -1.0] Both. [✗ G1")
    assert terminal.plain.endswith("Hello <b>you</b>. [not checked]")
    assert any("strike" in str(span.style) for span in terminal.spans)


def test_the_share_checked_in_words(ledger):
    assert checked_words(ledger) == "4 of 6 sentences checked, 1 in part"
    assert checked_words(Ledger((sentence("Right.", "supported"),))) == "1 of 1 sentence checked"
    assert checked_words(Ledger()) == NO_SENTENCE


@pytest.mark.parametrize("attack", ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">'])
def test_markup_of_a_model_is_shown_as_text(facts, marker, attack):
    names = Names({THIS_GENE: marker[0]}, {THE_NICHE: marker[1]})
    ledger = check_answer(f"{marker[0]} marks {marker[1]} {attack}. {attack}", names, facts)
    shown = to_html(ledger)
    assert "<script" not in shown
    assert "<img" not in shown
