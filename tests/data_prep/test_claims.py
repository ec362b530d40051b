"""Claims: what is spoken is heard again, whatever is claimed; names go back where references stood."""

from hypothesis import given
from hypothesis import strategies as st

from data_prep import claims as c
from data_prep.palette import NICHE_COLOURS
from data_prep.shape import FORMS

places = st.sampled_from(c.PLACES)


@st.composite
def marker_claims(draw: st.DrawFn) -> list[c.Claim]:
    """An enrichment and a place of "this gene"."""
    kind = draw(st.sampled_from(["enriched", "not_enriched", "depleted"]))
    strength = draw(st.sampled_from(["strongly", "moderately", ""])) if kind == "enriched" else ""
    return [
        c.Claim(kind, c.THIS_GENE, c.THE_NICHE, strength),
        c.Claim("located", gene=c.THIS_GENE, value=draw(places)),
    ]


@st.composite
def niche_claims(draw: st.DrawFn) -> list[c.Claim]:
    """A full description with any neighbours and any split of the panels."""
    near = draw(st.lists(st.sampled_from(list(NICHE_COLOURS)), unique=True, max_size=6))
    marker = draw(st.lists(st.booleans(), min_size=1, max_size=4))
    panels = list(zip("ABCD", marker, strict=False))
    return [
        c.Claim("located", niche=c.THE_NICHE, value=draw(places)),
        c.Claim("extent", niche=c.THE_NICHE, value=draw(st.sampled_from(c.EXTENTS))),
        c.Claim("form", niche=c.THE_NICHE, value=draw(st.sampled_from(FORMS))),
        *(c.Claim("adjacent", niche=c.THE_NICHE, other=colour) for colour in near),
        *(c.Claim("enriched", letter, c.THE_NICHE) for letter, yes in panels if yes),
        *(c.Claim("not_enriched", letter, c.THE_NICHE) for letter, yes in panels if not yes),
    ]


@given(marker_claims())
def test_marker_claims_are_heard_as_spoken(claims: list[c.Claim]) -> None:
    spoken = c.speak_marker(claims)
    assert c.hear(spoken) == claims
    assert spoken.startswith("Yes." if claims[0].kind == "enriched" else "No.")


@given(niche_claims())
def test_niche_claims_are_heard_as_spoken(claims: list[c.Claim]) -> None:
    assert c.hear(c.speak_description(claims)) == claims


def test_other_sentences_are_not_heard() -> None:
    assert c.hear("The moon is in the upper left of the tissue. This gene may be enriched in the niche.") == []
    assert c.hear("This gene is not strongly enriched in the niche.") == []


def test_names_are_put_back() -> None:
    names = c.Names({"this gene": "mt-Co1", "A": "GFAP", "B": "MBP"}, {"the niche": "WM", "red": "Layer 6"})
    assert c.put_back("This gene is highest in the left of the tissue.", names).startswith("mt-Co1 is highest")
    text = c.put_back("The niche borders the red niche. Panels A and B are its markers. Panel C is not.", names)
    assert text == "WM borders Layer 6. GFAP and MBP are its markers. C is not."


def test_resolved_claims_speak_of_real_names() -> None:
    names = c.Names({"A": "GFAP"}, {"the niche": "WM", "red": "Layer 6"})
    (heard,) = c.hear("Panel A is its marker.")
    assert c.sentence(c.resolve(heard, names)) == "GFAP is enriched in WM."
    (heard,) = c.hear("The niche borders the red niche.")
    assert c.sentence(c.resolve(heard, names)) == "WM borders Layer 6."
