"""The speaker writes sentences that the hearer reads back, and joins claims into one sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep import claims as c
from data_prep.claims.asked_by import denial
from tests.data_prep.claims.any_claim import any_claim


@given(st.lists(any_claim(), max_size=8), st.none() | st.integers(0, 2**32))
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


def test_resolved_claims_speak_of_real_names() -> None:
    names = c.Names({"A": "GFAP"}, {"the niche": "WM", "red": "Layer 6"})
    (heard,) = c.hear("Panel A is its marker.")
    assert c.sentence(c.resolve(heard, names)) == "GFAP is enriched in WM."
    (heard,) = c.hear("The niche borders the red niche.")
    assert c.sentence(c.resolve(heard, names)) == "WM borders Layer 6."


def test_a_claim_without_a_sentence_is_an_error() -> None:
    with pytest.raises(ValueError, match="no sentence"):
        c.sentence(c.Claim("enriched", "GFAP"))
    with pytest.raises(ValueError, match="no sentence"):
        c.sentence(c.Claim("unheard_of", "GFAP", "WM"))


def test_people_read_that_a_niche_is_centred_in_the_middle() -> None:
    claim = c.Claim("centred", niche="Layer 4", value="centre")
    assert c.sentence(claim, real_names=True) == "Layer 4 is centred in the middle of the tissue."
    assert denial(claim) == "Layer 4 is not centred in the middle of the tissue."
    assert c.sentence(c.Claim("centred", niche=c.THE_NICHE, value="centre")) == (
        "The niche is centred in the centre of the tissue."
    )
    at_the_top = c.Claim("centred", niche="Layer 4", value="top")
    assert c.sentence(at_the_top, real_names=True) == "Layer 4 is centred at the top of the tissue."
