"""Claims: what is spoken is heard again, whatever is claimed and however it is put; names go back for references."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep import claims as c
from data_prep.figures.palette import NICHE_COLOURS

GENES = (c.THIS_GENE, c.FIRST_GENE, c.SECOND_GENE, *"ABCD")
NICHES = (c.THE_NICHE, *NICHE_COLOURS)
FREE_VALUES = {"identity": "123456789"}


@st.composite
def claims(draw: st.DrawFn) -> c.Claim:
    """Any claim that a kind can say, in references."""
    known = draw(st.sampled_from(list(c.CLAIM_TYPES.values())))
    template = draw(st.sampled_from(known.sentences))
    others = {"niche": tuple(NICHE_COLOURS), "gene": GENES, "cell type": tuple("EFGH")}[known.other]
    choices = {
        "gene": GENES,
        "niche": NICHES,
        "value": tuple(known.values) or FREE_VALUES.get(known.kind, ()),
        "other": others,
    }
    fields = {name: draw(st.sampled_from(choices[name])) for name in choices if f"{{{name}}}" in template}
    return c.Claim(known.kind, **fields)


@given(st.lists(claims(), max_size=8), st.none() | st.integers(0, 2**32))
def test_what_is_spoken_is_heard(said: list[c.Claim], seed: int | None) -> None:
    spoken = c.speak(said, None if seed is None else np.random.default_rng(seed))
    assert c.hear(spoken) == said
    assert c.hear(c.speak_answer(said, True)) == said


@given(st.lists(st.sampled_from("ABCD"), unique=True, min_size=1), st.integers(0, 99), st.sampled_from([0, 1]))
def test_panels_share_a_sentence(letters: list[str], seed: int, kind: int) -> None:
    said = [c.Claim(("enriched", "not_enriched")[kind], letter, c.THE_NICHE) for letter in letters]
    spoken = c.speak(said, np.random.default_rng(seed))
    assert spoken.count(".") == 1
    assert c.hear(spoken) == said


@pytest.mark.parametrize("known", c.CLAIM_TYPES.values(), ids=lambda known: known.kind)
def test_every_kind_has_several_phrasings_and_a_statistic(known: c.ClaimType) -> None:
    assert len(known.sentences) >= 2
    assert known.statistic
    assert len(set(known.sentences)) == len(known.sentences)


def test_the_bundled_model_is_still_heard() -> None:
    text = (
        "The niche lies in the upper left of the tissue. The niche covers a small part of the tissue. The niche is a "
        "band. The niche borders the red niche, the blue niche and the green niche. Panels A and C are its markers. "
        "Panels B and D are not."
    )
    heard = c.hear(text)
    assert [claim.kind for claim in heard] == [
        "located",
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
    assert c.hear("The moon is in the upper left of the tissue. This gene may be enriched in the niche.") == []
    assert c.hear("This gene is not strongly enriched in the niche.") == []


def test_names_are_put_back() -> None:
    names = c.Names(
        {"this gene": "mt-Co1", "A": "GFAP", "B": "MBP"},
        {"the niche": "WM", "red": "Layer 6"},
        {"E": "T cell"},
        {"2": "L2"},
    )
    assert c.restore_names("This gene is highest in the left of the tissue.", names).startswith("mt-Co1 is highest")
    text = c.restore_names("The niche borders the red niche. Panels A and B are its markers. Panel C is not.", names)
    assert text == "WM borders Layer 6. GFAP and MBP are its markers. C is not."
    assert c.restore_names("The niche is mostly composed of panel E.", names) == "WM is mostly composed of T cell."
    assert c.restore_names("The niche is option 2.", names) == "WM is L2."


@given(claims())
def test_references_come_back_from_real_names(said: c.Claim) -> None:
    names = c.Names(
        {reference: f"gene {i}" for i, reference in enumerate(GENES)},
        {reference: f"niche {i}" for i, reference in enumerate(NICHES)},
        {letter: f"type {letter}" for letter in "EFGH"},
        {number: f"name {number}" for number in "123456789"},
    )
    assert c.refer(c.resolve(said, names), names) == said


def test_resolved_claims_speak_of_real_names() -> None:
    names = c.Names({"A": "GFAP"}, {"the niche": "WM", "red": "Layer 6"})
    (heard,) = c.hear("Panel A is its marker.")
    assert c.sentence(c.resolve(heard, names)) == "GFAP is enriched in WM."
    (heard,) = c.hear("The niche borders the red niche.")
    assert c.sentence(c.resolve(heard, names)) == "WM borders Layer 6."
