"""A sentence has support only if the gene's own summary says it; everything else is marked."""

import random

import pytest

from inference.gene_text.faithfulness import check_faithful, share_supported
from tests.gene_words import gene, made_up_genes

SUMMARY = (
    "The protein encoded by this gene is a kinase (MBPK) that may activate TP53 in 3 steps, which occurs in neurons. "
    "It does not bind RNA (directly). "
    "Mutations in this gene cause only mild ataxia in mice. "
    "In addition, this gene is expressed in brain (at high levels). "
    "This gene encodes a member of the myelin family, where it folds lipids."
)
MBP = gene("MBP", SUMMARY, name="myelin basic protein", line=7)
PLP1 = gene("PLP1", "This gene encodes a lipid protein. Mutations in this gene cause PMD.", line=9)


def supported(answer: str, *records) -> list[bool]:
    return [sentence.is_supported for sentence in check_faithful(answer, records or [MBP])]


@pytest.mark.parametrize(
    "sentence",
    [
        SUMMARY.split(". ")[0] + ".",
        "The MBP protein is a kinase that may activate TP53 in 3 steps, which occurs in neurons.",
        "MBP is a kinase (MBPK) that may activate TP53 in 3 steps, which occurs in neurons.",
        "MBP is a kinase that may activate TP53 in 3 steps [1].",
        "Mutations in MBP cause only mild ataxia in mice.",
        "Mutations in the MBP gene cause only mild ataxia in mice [1, 2].",
        "MBP: Mutations in this gene cause only mild ataxia in mice.",
        "Mutations in this gene cause only mild ataxia in mice (genes.tsv, line 7).",
        "This gene is expressed in brain (at high levels).",
        "**MBP** is expressed in brain (at high levels)",
        "MBP encodes a member of the myelin family, where it folds lipids.",
        "MBP encodes a member of the myelin family.",
        "MBP is myelin basic protein.",
        "MBP stands for myelin basic protein.",
    ],
)
def test_true_sentences_and_harmless_rewordings_have_support(sentence: str) -> None:
    checked = check_faithful(sentence, [MBP])
    assert [s.is_supported for s in checked] == [True], checked
    assert checked[0].citation is not None
    assert checked[0].citation.line == 7
    assert checked[0].gene == "MBP"


@pytest.mark.parametrize(
    "sentence",
    [
        "MBP is not a kinase (MBPK) that may activate TP53 in 3 steps.",
        "MBP is a kinase that activates TP53 in 3 steps.",
        "MBP is a kinase that may inhibit TP53 in 3 steps.",
        "MBP is a kinase that may activate TP63 in 3 steps.",
        "MBP is a kinase that may activate TP53 in 4 steps.",
        "MBP is a kinase that may activate TP53.",
        "Mutations in MBP cause mild ataxia in mice.",
        "Mutations in MBP cause only mild ataxia.",
        "Mutations in MBP cause only severe ataxia in mice.",
        "Mutations in PLP1 cause only mild ataxia in mice.",
        "Mutations in MBP cause PMD.",
        "MBP does bind RNA.",
        "MBP does not bind RNA.",
        "MBP is expressed in brain and liver.",
        "MBP is expressed in brain.",
        "The product of this gene is a kinase that may activate TP53 in 3 steps.",
        "MBP encodes a member of the myelin family, where it folds lipids, and causes cancer.",
        "MBP is myelin basic protein 2.",
        "MBP is basic protein.",
        "Is MBP a kinase?",
        "MBP",
        "Yes.",
        "mbp is a kinase that may activate TP53 in 3 steps.",
    ],
)
def test_everything_else_is_marked(sentence: str) -> None:
    checked = check_faithful(sentence, [MBP])
    assert not any(s.is_supported for s in checked), checked
    assert all(s.reason for s in checked)


def test_what_refers_back_needs_the_sentence_that_it_follows_in_the_source() -> None:
    first, second, third = SUMMARY.split(". ")[:3]
    assert supported(f"{first}. {second}.") == [True, True]
    assert supported(f"{second}.") == [False]
    assert supported(f"{third}. {second}.") == [True, False]
    assert supported("PLP1 is a lipid. It does not bind RNA (directly).") == [False, False]


def test_this_gene_is_the_gene_that_was_named_last() -> None:
    generic = "Mutations in this gene cause PMD."
    assert supported(f"PLP1 encodes a lipid protein. {generic}", MBP, PLP1) == [True, True]
    assert supported(f"MBP encodes a member of the myelin family. {generic}", MBP, PLP1) == [True, False]
    assert supported(generic, MBP, PLP1) == [False]
    assert supported(f"PLP1: {generic}\nMBP: {generic}", MBP, PLP1) == [True, False]
    assert supported("MBP encodes a lipid protein.", MBP, PLP1) == [False]


def test_after_a_sentence_on_another_gene_this_gene_is_not_clear() -> None:
    own = "This gene encodes a member of the myelin family."
    for name in ("PLP1", "Plp1", "C9orf72", "Dcx", "Proteolipid protein"):
        assert supported(f"{name} is a lipid protein. {own}") == [False, False]
        assert supported(f"{name} is a lipid protein. MBP is myelin basic protein. {own}") == [False, True, True]


def test_a_bracket_inside_a_word_is_no_bracket() -> None:
    record = gene(
        "NQO1", "The encoded protein reduces NAD(P)H and CD4(+) cells. The encoded protein binds (S)-lactate."
    )
    assert supported("NQO1 reduces NAD(P)H and CD4(+) cells.", record) == [True]
    assert supported("NQO1 reduces NADH and CD4 cells.", record) == [False]
    assert supported("NQO1 binds lactate.", record) == [False]


def test_the_share_of_supported_sentences() -> None:
    assert share_supported(check_faithful("MBP is myelin basic protein. MBP is blue.", [MBP])) == 0.5
    assert share_supported(check_faithful("", [MBP])) == 0.0
    assert check_faithful("MBP is blue.", [])[0].is_supported is False


def test_long_and_odd_texts_are_checked() -> None:
    long = gene("MBP", "This gene encodes " + "a very ( long " * 4000 + "word.")
    assert all(sentence.is_supported for sentence in check_faithful(long.summary, [long]))
    for odd in ("( " * 20000, "MBP \x00 <symbol> encodes a member of the myelin family."):
        assert not any(sentence.is_supported for sentence in check_faithful(odd, [MBP]))


def test_planted_false_sentences_of_made_up_genes_are_struck() -> None:
    from tests.benchmarks.planted_sentences import SentenceMaker

    planted = list(SentenceMaker(made_up_genes(48), seed=1).planted(48))
    false = [item for item in planted if not item.is_true]
    assert len(false) > 300
    passed = [item for item in false if check_faithful(item.answer, item.records)[-1].is_supported]
    assert passed == []
    true = [item for item in planted if item.is_true]
    assert all(
        all(s.is_supported for s in check_faithful(i.answer, i.records)) for i in true if "left out" not in i.kind
    )


def test_no_shuffled_sentence_has_support() -> None:
    rng = random.Random(0)
    words = SUMMARY.split(". ")[4].rstrip(".").split()
    for _ in range(200):
        shuffled = words[:]
        rng.shuffle(shuffled)
        if shuffled != words:
            assert supported(" ".join(shuffled) + ".") == [False]


@pytest.mark.parametrize(
    "answer",
    [
        "It is false that\n{}",
        "The following is wrong: \n{}",
        "{} This is not true.",
        "Some people believe a myth.\n- {}",
        "MBP: MBP is myelin basic protein.\nPLP1: It is a lipid. {}",
        "## PLP1\n{}",
        "**PLP1**\n{}",
        "PLP1 encodes a lipid protein, and\n{}",
    ],
)
def test_what_the_rest_of_the_answer_denies_or_says_of_another_gene_has_no_support(answer: str) -> None:
    own = "This gene encodes a member of the myelin family."
    for sentence in check_faithful(answer.format(own), [MBP]):
        assert "myelin family" not in sentence.text or not sentence.is_supported, sentence
    assert supported(f"About the gene MBP:\n- {own}\n- MBP is myelin basic protein.")[1:] == [True, True]
    assert supported(f"MBP\n{own}")[1:] == [True]
    assert supported(f"Function:\n- {own}")[1:] == supported(f"Yes. {own}")[1:] == [True]


def test_a_bare_noun_needs_the_sentence_that_says_which_one() -> None:
    record = gene(
        "SNAP1", "This gene encodes a part of the SNARE complex. A receptor binds lipids. The receptor is inactive."
    )
    first, second, third = (f"{part.rstrip('.')}." for part in record.summary.split(". "))
    assert supported(f"{first} {third}", record) == [True, False]
    assert supported(f"{first} {second} {third}", record) == [True, True, True]
