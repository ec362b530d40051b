"""Near duplicates are found as a comparison of every pair finds them."""

import random

from rapidfuzz.distance import Indel

from data_prep.gene_text.near_duplicates import NEAR_DUPLICATE, near_duplicate_pairs


def test_the_same_pairs_as_by_comparing_all() -> None:
    rng = random.Random(0)
    words = [f"w{i}" for i in range(30)]
    texts = [" ".join(rng.choices(words, k=rng.randint(8, 30))) for _ in range(60)]
    changed = []
    for text in texts:
        some = text.split()
        for _ in range(rng.randint(0, 3)):
            some[rng.randrange(len(some))] = "other"
        changed.append(" ".join(some))
    found = set(near_duplicate_pairs(texts, changed))
    expected = {
        (i, j)
        for i, one in enumerate(texts)
        for j, two in enumerate(changed)
        if Indel.normalized_similarity(one.split(), two.split()) >= NEAR_DUPLICATE
    }
    assert found <= expected
    assert len(found) >= 0.98 * len(expected) > 30


def test_case_and_punctuation_do_not_matter_and_numbers_do() -> None:
    assert list(near_duplicate_pairs(["Mutations cause X."], ["mutations, cause x"])) == [(0, 0)]
    assert list(near_duplicate_pairs(["Type 1 of three."], ["Type 2 of three."])) == []
    assert list(near_duplicate_pairs([], ["a"])) == list(near_duplicate_pairs(["a"], [])) == []
