"""A story in a model's words: what neither counts nor sources support is struck."""

import pytest

from data_prep.claims import Claim
from data_prep.claims.known_hearer import hear_known
from data_prep.claims.speaker import sentence
from data_prep.facts.facts import Facts
from inference.answers.story.niche_story import CHECKED, CITED, NicheStory, tell_story
from inference.answers.story.phrased_story import check_phrased


@pytest.fixture(scope="module")
def story(known_facts: Facts) -> NicheStory:
    found = tell_story(known_facts, "Layer 1")
    assert found is not None
    return found


def test_the_story_in_its_own_words_is_kept_whole(story: NicheStory, known_facts: Facts) -> None:
    words = [one.words for one in story.sentences if one.kind in (CHECKED, CITED)]
    checked = check_phrased(" ".join(words), known_facts, story)
    assert [one.words for one in checked] == words
    assert {one.verdict for one in checked} == {"supported", "cited"}
    assert all(one.sources or one.note for one in checked)


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("Layer 1 looks like Beta cells.", "contradicted"),
        ("Layer 3 looks like Beta cells.", "unclear"),
        ("Layer 1 looks like Gamma cells.", "not supported"),
        ("Layer 1 looks like Alpha cells and cures cancer.", "not supported"),
        ("Layer 1 looks like Alpha cells?", "not supported"),
        ("It is false that Layer 1 looks like Alpha cells.", "not supported"),
        ("The genes of ALPHA_PROCESS are raised in Layer 1 because of hypoxia.", "not supported"),
        ("Layer 9 looks like Alpha cells.", "not supported"),
        ("GENE1 is a known marker of Alpha cells.", "contradicted"),
        ("GENE0 is not a known marker of Alpha cells.", "contradicted"),
        ("The genes of ALPHA_PROCESS are raised in Layer 3.", "contradicted"),
        ("The ligand GENE0 is raised in Layer 2, and its receptor GENE1 in the bordering Layer 1.", "contradicted"),
        ("GENE0 is enriched in Layer 1.", "supported"),
        ("GENE1 is enriched in Layer 1.", "contradicted"),
        ("GENE0 is enriched in Layer 1 and causes tumours.", "not supported"),
        ("GENE0: This gene does not encode a kinase of pathway 0.", "not supported"),
        ("GENE0: This gene encodes a phosphatase of pathway 0.", "not supported"),
        ("GENE0: This gene encodes a kinase of pathway 4.", "not supported"),
        ("Alpha cells fight infections.", "not supported"),
        ("The patient has cancer.", "not supported"),
    ],
)
def test_false_and_unsupported_sentences_are_struck(
    words: str, verdict: str, story: NicheStory, known_facts: Facts
) -> None:
    (checked,) = check_phrased(words, known_facts, story)
    assert checked.verdict == verdict
    assert checked.is_struck == (verdict != "supported")
    assert checked.note


@pytest.mark.parametrize(
    "claim",
    [
        Claim("looks_like", niche="Layer 1", other="Beta cells"),
        Claim("signature", niche="Layer 2", other="MIXED_PROCESS"),
        Claim("programme", niche="Layer 2", other="ALPHA_PROCESS"),
        Claim("signals_to", "GENE0", "Layer 1", "Layer 2", "GENE1"),
        Claim("known_marker", "GENE0", other="Alpha cells"),
        Claim("not_known_marker", "GENE0", other="Alpha cells"),
    ],
    ids=lambda claim: claim.kind,
)
def test_what_is_spoken_is_heard(claim: Claim, known_facts: Facts) -> None:
    spoken = sentence(claim, real_names=True)
    assert hear_known(spoken, known_facts.slide) == [claim]
    assert hear_known(spoken.upper(), known_facts.slide) == [claim]
    assert hear_known(f"Perhaps {spoken}", known_facts.slide) == []
