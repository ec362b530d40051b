"""The vocabulary: every kind has several sentences, a statistic and a family."""

import pytest

from data_prep import claims as c


@pytest.mark.parametrize("claim_type", c.CLAIM_TYPES.values(), ids=lambda claim_type: claim_type.kind)
def test_every_kind_has_several_phrasings_and_a_statistic(claim_type: c.ClaimType) -> None:
    assert len(claim_type.sentences) >= 2
    assert claim_type.statistic
    assert len(set(claim_type.sentences)) == len(claim_type.sentences)


def test_no_sentence_has_two_meanings() -> None:
    templates = [template for claim_type in c.CLAIM_TYPES.values() for template in claim_type.sentences]
    assert len(templates) > 2 * len(c.CLAIM_TYPES) - 1
    assert len(set(templates)) == len(templates)
