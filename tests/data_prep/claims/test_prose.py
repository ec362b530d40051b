"""The hearer reads claims in free prose, precisely: what is denied, doubted or asked is never heard as said."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep import claims as c
from data_prep.claims import CLAIM_TYPES, Claim, SlideNames
from data_prep.claims.vocabulary import KNOWN_KINDS
from tests.data_prep.claims.prose_templates import HARMLESS, NEGATED, NO_CLAIM, PARAPHRASES

NAMES = SlideNames(
    ("KRT19", "EPCAM", "H2-Ab1", "RP11-34P13.7", "mt-Co1", "COL1A1"),
    ("Cancer", "Stroma", "Layer 2/3", "CRABP2+ Malignant", "T cell zone"),
    ("Fibroblast", "T cell"),
)


@st.composite
def named_claim(draw: st.DrawFn, kinds: tuple[str, ...]) -> Claim:
    """A claim of one of some kinds, with real names."""
    claim_type = CLAIM_TYPES[draw(st.sampled_from(kinds))]
    template = draw(
        st.sampled_from([t for t in claim_type.sentences if claim_type.kind != "enriched" or "{value}" not in t])
    )
    genes = draw(st.permutations(NAMES.genes))
    niches = draw(st.permutations(NAMES.niches))
    others = {"gene": genes[1], "niche": niches[1], "cell type": draw(st.sampled_from(NAMES.cell_types))}
    names = {"gene": genes[0], "niche": niches[0], "other": others[claim_type.other]}
    if claim_type.values:
        names["value"] = draw(st.sampled_from(list(claim_type.values)))
    return Claim(claim_type.kind, **{name: words for name, words in names.items() if f"{{{name}}}" in template})


def fill(template: str, claim: Claim) -> str:
    return template.format(gene=claim.gene, niche=claim.niche, other=claim.other)


SAID_KINDS = tuple(kind for kind in CLAIM_TYPES if kind != "identity" and kind not in KNOWN_KINDS)
"""Kinds whose names prose can hold. It knows no lists, sets or types of files: those are heard by reference only."""


@given(named_claim(SAID_KINDS), st.data())
def test_every_sentence_of_the_vocabulary_is_heard_with_real_names(claim: Claim, data: st.DataObject) -> None:
    claim_type = CLAIM_TYPES[claim.kind]
    template = data.draw(st.sampled_from(claim_type.fitting_templates(claim)))
    assert c.hear(claim_type.say(template, claim, real_names=True), NAMES) == [claim]


@pytest.mark.parametrize("kind", KNOWN_KINDS)
@pytest.mark.parametrize("name", ["HALLMARK_HYPOXIA", "Purkinje neurons", "Fibroblast"])
def test_what_files_say_is_not_heard_as_what_the_counts_say(kind: str, name: str) -> None:
    for template in CLAIM_TYPES[kind].sentences:
        other = "EPCAM" if CLAIM_TYPES[kind].other == "gene" else name
        said = CLAIM_TYPES[kind].say(template, Claim(kind, "KRT19", "Cancer", "Stroma", other), real_names=True)
        assert {claim.kind for claim in c.hear(said, NAMES)} <= {kind}, said


@given(named_claim(tuple(PARAPHRASES)), st.data())
def test_paraphrases_are_heard_in_any_frame(claim: Claim, data: st.DataObject) -> None:
    said = fill(data.draw(st.sampled_from(PARAPHRASES[claim.kind])), claim).rstrip(".")
    frame = data.draw(st.sampled_from(HARMLESS))
    assert c.hear(frame.format(said=said), NAMES) == [claim]


@given(named_claim(tuple(NEGATED)), st.data())
def test_a_denied_claim_is_never_heard(claim: Claim, data: st.DataObject) -> None:
    denial = fill(data.draw(st.sampled_from(NEGATED[claim.kind])), claim)
    assert claim not in c.hear(denial, NAMES)


@given(named_claim(tuple(PARAPHRASES)), st.data())
def test_what_is_asked_or_doubted_is_not_heard(claim: Claim, data: st.DataObject) -> None:
    said = fill(data.draw(st.sampled_from(PARAPHRASES[claim.kind])), claim).rstrip(".")
    assert claim not in c.hear(data.draw(st.sampled_from(NO_CLAIM)).format(said=said), NAMES)


def claims_of(text: str) -> list[tuple[str, ...]]:
    return [(x.kind, *(part for part in (x.gene, x.niche, x.value, x.other) if part)) for x in c.hear(text, NAMES)]


TRAPS = Path(__file__).with_name("prose_traps.txt").read_text(encoding="utf-8").splitlines()
TRAP_NAMES = SlideNames(
    ("KRT19", "EPCAM", "COL1A1", "VIM", "CD3E"), ("Cancer", "Stroma", "Duct", "Pancreatic"), ("T cell", "Fibroblast")
)


@pytest.mark.parametrize("text", TRAPS)
def test_sentences_that_only_look_like_claims_are_not_heard(text: str) -> None:
    assert c.hear(text, TRAP_NAMES) == []


def test_a_sentence_may_take_back_the_one_before_it() -> None:
    assert claims_of("KRT19 marks Cancer. This is wrong.") == []
    assert claims_of("KRT19 marks Cancer. Not really.") == []
    assert claims_of("KRT19 marks Cancer. This is true.") == [("enriched", "KRT19", "Cancer")]


def test_yes_and_no_answer_a_question_of_the_text() -> None:
    assert claims_of("Is KRT19 a marker of Cancer? Yes.") == [("enriched", "KRT19", "Cancer")]
    assert claims_of("Is KRT19 a marker of Cancer? No, it is not.") == [("not_enriched", "KRT19", "Cancer")]
    assert claims_of("Is Cancer a ring? No.") == []
    assert claims_of("Are KRT19 and EPCAM markers of Cancer? No.") == []
    assert claims_of("Yes.") == []


def test_an_endless_sentence_is_not_read() -> None:
    assert claims_of("KRT19 is " + "very clear, " * 1000 + "enriched in Cancer.") == []


def test_a_contrast_says_two_things() -> None:
    cancer, stroma = ("enriched", "KRT19", "Cancer"), ("not_enriched", "KRT19", "Stroma")
    assert claims_of("KRT19 is enriched in Cancer, but not in Stroma.") == [cancer, stroma]
    assert claims_of("KRT19 is not a marker of Stroma but of Cancer.") == [stroma, cancer]
    assert claims_of("KRT19 marks Cancer, EPCAM does not.") == [cancer, ("not_enriched", "EPCAM", "Cancer")]
    assert claims_of("Unlike Stroma, Cancer is marked by KRT19.") == [cancer]
    assert claims_of("KRT19, not EPCAM, marks Cancer.") == [cancer, ("not_enriched", "EPCAM", "Cancer")]


def test_only_a_comparison_with_all_other_tissue_is_a_claim() -> None:
    assert claims_of("KRT19 is higher in Cancer than in Stroma.") == []
    assert claims_of("Compared to Stroma, KRT19 is enriched in Cancer.") == []
    assert claims_of("KRT19 is higher in Cancer than elsewhere.") == [("enriched", "KRT19", "Cancer")]


def test_lists_are_taken_apart_where_the_clause_ends() -> None:
    assert claims_of("KRT19 marks Cancer and Stroma borders Layer 2/3.") == [
        ("enriched", "KRT19", "Cancer"),
        ("adjacent", "Stroma", "Layer 2/3"),
    ]
    assert claims_of("KRT19 and EPCAM are enriched in Cancer and Stroma, respectively.") == [
        ("enriched", "KRT19", "Cancer"),
        ("enriched", "EPCAM", "Stroma"),
    ]
    assert claims_of("KRT19 is enriched in Cancer or Stroma.") == []


def test_pronouns_point_back_or_are_not_heard() -> None:
    text = "EPCAM marks Stroma. It is depleted in Cancer."
    assert claims_of(text) == [("enriched", "EPCAM", "Stroma"), ("depleted", "EPCAM", "Cancer")]
    assert claims_of("It is depleted in Cancer.") == [("depleted", c.THIS_GENE, "Cancer")]
    both = "EPCAM marks Stroma, and KRT19 marks Cancer. It is absent from the tissue."
    assert [claim[0] for claim in claims_of(both)] == ["enriched", "enriched"]
    assert claims_of("Stroma is a band. It is marked by panel A.")[1] == ("enriched", "A", "Stroma")


def test_a_name_that_is_part_of_another_thing_is_not_heard() -> None:
    for text in (
        "KRT19 mutations are enriched in Cancer.",
        "KRT19+ cells are enriched in Cancer.",
        "The inhibitor of KRT19 is enriched in Cancer.",
        "KRT19 is enriched in the niche that borders Stroma.",
        "KRT19 is enriched in Cancer at the top of the tissue.",
    ):
        assert claims_of(text) == []


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("KRT19 is clearly enriched in Cancer.", True),
        ("As we see in the map, KRT19 is enriched in Cancer.", True),
        ("KRT19 is enriched in Cancer (log2FC = 2.1).", False),
        ("KRT19, a keratin, is enriched in Cancer.", False),
        ("KRT19 is enriched in Cancer, which fits its role in the epithelium.", False),
        ("KRT19 is enriched in Cancer and glows in Stroma.", False),
        ("KRT19 is lovely.", False),
        ("KRT19 is specific to Cancer.", False),
        ("Only KRT19 marks Cancer.", False),
        ("VIM, KRT19 and EPCAM mark Cancer.", False),
    ],
)
def test_a_sentence_is_whole_only_if_nothing_else_is_said(text: str, is_whole: bool) -> None:
    (heard,) = c.hear_sentences(text, NAMES)
    assert heard.is_whole == is_whole


def test_numbers_are_niches_only_where_they_name_one() -> None:
    numbers = SlideNames(("KRT19", "Met", "Was"), ("1", "2", "10"))
    assert c.hear("KRT19 marks niche 10 (log2FC = 2).", numbers) == [Claim("enriched", "KRT19", "10")]
    assert c.hear("Cluster 1 borders cluster 2.", numbers) == [Claim("adjacent", niche="1", other="2")]
    for text in ("KRT19 marks 2 niches.", "KRT19 is enriched in 2 clusters.", "Met the criteria in niche 1."):
        assert c.hear(text, numbers) == []


def test_sentences_end_where_people_end_them() -> None:
    text = (
        "KRT19 is high, e.g. in Cancer (2.1 vs. 0.3). RP11-34P13.7 is not!\n\n"
        "- mt-Co1: 0.5\n- **H2-Ab1** rises\n# Title"
    )
    assert c.split_sentences(text) == [
        "KRT19 is high, e.g. in Cancer (2.1 vs. 0.3).",
        "RP11-34P13.7 is not!",
        "mt-Co1: 0.5",
        "**H2-Ab1** rises",
        "Title",
    ]


@given(st.text(alphabet=st.sampled_from("aKRT19 .,;:!?()[]*_-§\n'\"'’is not in Cancer"), max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for heard in c.hear_sentences(text, NAMES):
        assert heard.words in text


@pytest.mark.parametrize(
    "text",
    [
        "KRT19 is the best marker of Cancer.",
        "KRT19 is the top marker of Cancer.",
        "KRT19 is a perfect marker of Cancer.",
        "KRT19 is a known marker of Cancer.",
        "The main marker of Cancer is KRT19.",
        "KRT19 is most abundant in Cancer.",
        "KRT19 is mainly found in Cancer.",
        "KRT19 is predominantly expressed in Cancer.",
        "KRT19 and EPCAM are mutually exclusive.",
        "KRT19 avoids Stroma.",
        "KRT19 is excluded from Stroma.",
        "KRT19 is scarce in Stroma.",
        "KRT19 is strongly depleted in Stroma.",
        "Stroma has little KRT19.",
        "KRT19 and EPCAM overlap completely.",
        "Cancer is surrounded by Stroma.",
        "Cancer is enclosed by Stroma.",
        "Stroma is a horizontal band.",
        "Stroma is in the centre of the tissue.",
        "Stroma sits at the far left of the tissue.",
        "Stroma is a thin band.",
        "Cancer is a small compact blob.",
        "KRT19 has a strong spatial pattern.",
        "KRT19 is expressed only in the left part of Cancer.",
        "KRT19 is confined to the left part of Cancer.",
        "This gene is expressed only in the left part of the niche.",
    ],
)
def test_words_that_say_more_than_the_claim_leave_the_sentence_checked_in_part(text: str) -> None:
    (sentence,) = c.hear_sentences(text, NAMES)
    assert sentence.claims
    assert not sentence.is_whole


def test_the_denial_of_a_stronger_statement_is_no_denial_of_the_claim() -> None:
    assert claims_of("KRT19 is not the best marker of Cancer.") == []
    assert claims_of("KRT19 is not a marker of Cancer.") == [("not_enriched", "KRT19", "Cancer")]


def test_mainly_in_one_part_says_what_is_checked() -> None:
    (sentence,) = c.hear_sentences("KRT19 is expressed mainly in the left part of Cancer.", NAMES)
    assert sentence.claims == (Claim("partial", "KRT19", "Cancer", "left"),)
    assert sentence.is_whole
    assert c.sentence(sentence.claims[0], real_names=True) == sentence.words


def test_a_niche_that_is_centred_in_the_middle_is_checked_whole() -> None:
    (sentence,) = c.hear_sentences("Stroma is centred in the middle of the tissue.", NAMES)
    assert sentence.claims == (Claim("centred", niche="Stroma", value="centre"),)
    assert sentence.is_whole
