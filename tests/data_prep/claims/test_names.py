"""Names: references become real names and real names become references."""

from hypothesis import given

from data_prep import claims as c
from data_prep.claims.claim import THIS_LIST
from tests.data_prep.claims.any_claim import GENES, NICHES, OTHERS, any_claim


def test_references_in_a_text_become_names() -> None:
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
    names = c.Names({}, {c.THE_NICHE: "WM", c.THE_OTHER_NICHE: "Layer 6"}, {c.THIS_CELL_TYPE: "B cell"})
    assert c.restore_names("The niche borders the other niche.", names) == "WM borders Layer 6."
    assert (
        c.restore_names("The niche is hardly composed of this cell type.", names) == "WM is hardly composed of B cell."
    )


@given(any_claim())
def test_references_come_back_from_real_names(said: c.Claim) -> None:
    names = c.Names(
        {reference: f"gene {i}" for i, reference in enumerate(GENES)},
        {reference: f"niche {i}" for i, reference in enumerate((*NICHES, c.THE_OTHER_NICHE))},
        {reference: f"type {i}" for i, reference in enumerate(OTHERS["cell type"])},
        {number: f"name {number}" for number in "123456789"},
        {THIS_LIST: "Alpha cells"},
    )
    assert c.refer(c.resolve(said, names), names) == said


def test_an_unknown_reference_stays() -> None:
    names = c.Names({"A": "GFAP"}, {"the niche": "WM"})
    assert c.restore_names("Panel B marks the red niche.", names) == "B marks the red niche."
    claim = c.Claim("enriched", "B", "red")
    assert c.resolve(claim, names) == claim
