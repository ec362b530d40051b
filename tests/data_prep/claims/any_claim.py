"""Claims of every kind for property tests."""

from hypothesis import strategies as st

from data_prep import claims as c
from data_prep.claims.claim import THIS_LIST
from data_prep.figures.palette import NICHE_COLOURS

GENES = (c.THIS_GENE, c.FIRST_GENE, c.SECOND_GENE, *"ABCD")
NICHES = (c.THE_NICHE, *NICHE_COLOURS)
OTHERS = {
    "niche": (c.THE_OTHER_NICHE, *NICHE_COLOURS),
    "gene": GENES,
    "cell type": (c.THIS_CELL_TYPE, *"EFGH"),
    "known name": (THIS_LIST,),
}
FREE_VALUES = {"identity": tuple("123456789"), "signals_to": (c.THE_OTHER_NICHE,)}


@st.composite
def any_claim(draw: st.DrawFn) -> c.Claim:
    """Any claim that a kind can say, in references."""
    claim_type = draw(st.sampled_from(list(c.CLAIM_TYPES.values())))
    template = draw(st.sampled_from(claim_type.sentences))
    choices = {
        "gene": GENES,
        "niche": NICHES,
        "value": tuple(claim_type.values) or FREE_VALUES.get(claim_type.kind, ()),
        "other": OTHERS[claim_type.other],
    }
    fields = {name: draw(st.sampled_from(choices[name])) for name in choices if f"{{{name}}}" in template}
    return c.Claim(claim_type.kind, **fields)
