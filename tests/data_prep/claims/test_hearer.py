"""The hearer reads the claims of known sentences and ignores all others."""

from data_prep import claims as c


def test_descriptions_and_answers_are_heard() -> None:
    text = (
        "The niche is centred in the upper left of the tissue. The niche covers a small part of the tissue. "
        "The niche is a band. The niche borders the red niche, the blue niche and the green niche. "
        "Panels A and C are its markers. Panels B and D are not."
    )
    heard = c.hear(text)
    assert [claim.kind for claim in heard] == [
        "centred",
        "extent",
        "form",
        *["adjacent"] * 3,
        *["enriched"] * 2,
        *["not_enriched"] * 2,
    ]
    assert c.speak(heard) == text
    answer = "Yes. This gene is strongly enriched in the niche. This gene is highest at the top of the tissue."
    assert c.speak_answer(c.hear(answer), True) == answer


def test_other_sentences_are_not_heard() -> None:
    assert c.hear("The moon is in the upper left of the tissue. Is this gene enriched in the niche?") == []
    assert c.hear("This gene is not strongly enriched in the niche.") == []


def test_every_sentence_ends_with_its_full_stop() -> None:
    assert c.split_sentences(" Yes. This gene marks the niche.  Or not ") == [
        "Yes.",
        "This gene marks the niche.",
        "Or not",
    ]
