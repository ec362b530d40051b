"""Sentences with real names are heard as claims, and only where it is clear which name they mean."""

from dataclasses import replace

import pytest

from data_prep.claims.claim import Claim
from data_prep.claims.known_hearer import hear_known
from data_prep.knowledge.on_slide import with_knowledge
from data_prep.slide import Slide
from tests.data_prep.claims.known_lists import gene_list, knowledge_of
from tests.data_prep.facts.known.bands import bands


@pytest.fixture(scope="module")
def slide() -> Slide:
    genes = [f"G{code}" for code in range(18)]
    lists = [gene_list("T cells", genes[:9]), gene_list("B cells", genes[9:])]
    named = replace(bands(20), niches=("tumour", "Tumour", "Stroma"))
    return with_knowledge(named, knowledge_of(lists, [(("G0", "G1"), ("G2",))]))


def looks_like(niche: str, other: str) -> Claim:
    return Claim("looks_like", niche=niche, other=other)


def test_names_are_heard_in_any_case(slide: Slide) -> None:
    said = "by marker lists, STROMA looks most like t CELLS"
    assert hear_known(said, slide) == [looks_like("Stroma", "T cells")]


def test_a_name_in_two_spellings_is_heard_only_as_it_is_written(slide: Slide) -> None:
    for niche in ("tumour", "Tumour"):
        assert hear_known(f"{niche} looks like B cells.", slide) == [looks_like(niche, "B cells")]
    assert hear_known("TUMOUR looks like B cells.", slide) == []


def test_an_unknown_name_and_other_words_make_no_claim(slide: Slide) -> None:
    assert hear_known("Stroma looks like NK cells.", slide) == []
    assert hear_known("Stroma hardly looks like B cells.", slide) == []
    assert hear_known("Stroma looks like B cells, which is false.", slide) == []
