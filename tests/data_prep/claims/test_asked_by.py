"""The words by which people ask: every kind that is asked has them, and they are plain."""

import pytest

from data_prep.claims import ASKED_KINDS, CLAIM_TYPES, Claim
from data_prep.claims.asked_by import DENIALS, OPEN, denial, open_words, phrases
from data_prep.claims.hearer import hear_sentence

NAMES = {"gene": "GFAP", "niche": "Stroma", "other": "Cancer"}


def a_claim(kind: str) -> Claim:
    """A claim of a kind, with all fields that its plainest sentence has."""
    claim_type = CLAIM_TYPES[kind]
    value = claim_type.asked_values[0]
    fields = {name: word for name, word in NAMES.items() if f"{{{name}}}" in claim_type.sentences[-1]}
    return Claim(kind, value=value, **fields)


@pytest.mark.parametrize("kind", ASKED_KINDS)
def test_every_kind_that_is_asked_has_a_denial_and_open_words(kind):
    claim = a_claim(kind)
    assert kind in DENIALS
    assert kind in OPEN
    for words in (denial(claim), open_words(claim, "*"), open_words(Claim(kind, "*", "*", "*", "*"), "*")):
        assert "{" not in words
        assert "*" not in words
    for name in (claim.gene, claim.niche):
        assert name in denial(claim)


@pytest.mark.parametrize("kind", ASKED_KINDS)
def test_a_denial_is_not_heard_as_the_claim(kind):
    assert kind not in {claim.kind for claim in hear_sentence(denial(a_claim(kind)))}


def test_phrases_compile_and_match_whole_words():
    topics = {topic.partition("=")[0] for topic, _ in phrases()}
    assert {"", "NOT", "GENE", "NICHE", "ENRICHED", "BORDER"} <= topics
    assert not any(pattern.match("qqq") for _, pattern in phrases())
    assert not any(pattern.match("enrichedness of") for topic, pattern in phrases() if topic == "MARKER")


def test_places_and_directions_are_values_of_their_kinds():
    spoken = {topic.partition("=")[2] for topic, _ in phrases() if topic.startswith("PLACE=")}
    assert spoken == set(CLAIM_TYPES["centred"].values)
    directions = {topic.partition("=")[2] for topic, _ in phrases() if topic.startswith("GRADIENT=")}
    assert directions == set(CLAIM_TYPES["gradient"].values)
    for kind, topic in (
        ("form", "FORM"),
        ("parts", "PARTS"),
        ("extent", "EXTENT"),
        ("partial", "HALF"),
        ("rim", "RIM"),
    ):
        said = {name.partition("=")[2] for name, _ in phrases() if name.startswith(f"{topic}=")}
        assert said == set(CLAIM_TYPES[kind].values), kind
