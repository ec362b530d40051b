"""Sentences tell topics, questions ask for them, and "It" refers to the sentence before."""

import pytest

from data_prep.gene_text.question_wordings import GENE_WORDINGS, PROTEIN_WORDINGS
from data_prep.gene_text.sentence_topics import (
    mentions_the_gene,
    needs_the_sentence_before,
    question_topic,
    sentence_topics,
    speaks_of_the_gene,
    with_antecedents,
)


@pytest.mark.parametrize(
    ("sentence", "topic"),
    [
        ("Mutations in this gene cause Leigh syndrome.", "disease"),
        ("Polymorphisms in this gene are associated with type 2 diabetes.", "disease"),
        ("The encoded protein localizes to the endoplasmic reticulum.", "location"),
        ("This gene is expressed predominantly in brain.", "expression"),
        ("This gene encodes a member of the serpin family.", "family"),
        ("The encoded protein interacts with TP53.", "partners"),
        ("The encoded protein regulates cell growth.", "function"),
    ],
)
def test_sentences_tell_their_topic(sentence: str, topic: str) -> None:
    assert topic in sentence_topics(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Alternative splicing results in multiple transcript variants encoding different isoforms.",
        "A pseudogene of this gene is located on chromosome 3.",
        "This gene is located in a cluster on chromosome 19.",
    ],
)
def test_what_is_said_of_every_gene_answers_no_question(sentence: str) -> None:
    assert sentence_topics(sentence) == frozenset()


def test_the_gene_of_another_organism_is_not_the_gene() -> None:
    assert speaks_of_the_gene("The encoded protein binds EAAC1.")
    assert not speaks_of_the_gene("The rat protein binds EAAC1.")
    assert not mentions_the_gene("The mouse gene is expressed in brain.", "MBP")
    assert mentions_the_gene("Mutations in MBP cause ataxia.", "MBP")
    assert not mentions_the_gene("Mutations in MBP2 cause ataxia.", "MBP")


def test_mutations_in_tumour_cells_are_no_expression() -> None:
    assert "expression" not in sentence_topics("Mutations in this gene are detected in breast cancer cells.")
    assert "expression" not in sentence_topics("The protein is expressed in the nucleus during cell division.")


@pytest.mark.parametrize(
    ("topic", "question"),
    [
        (topic, wording.format(gene="MBP"))
        for wordings in (GENE_WORDINGS, PROTEIN_WORDINGS)
        for topic, some in wordings.items()
        for wording in some
    ],
)
def test_every_wording_is_understood(topic: str, question: str) -> None:
    assert question_topic(question.replace("MBP", "")) == topic


def test_what_refers_back_comes_with_what_it_refers_to() -> None:
    told = ("This gene encodes a kinase.", "It binds ATP.", "However, these proteins are rare.", "The gene is old.")
    assert [needs_the_sentence_before(text) for text in told] == [False, True, True, False]
    assert with_antecedents(told, 2) == (0, 1, 2)
    assert with_antecedents(told, 3) == (3,)
    assert with_antecedents(("It binds ATP.",), 0) == ()
    assert not needs_the_sentence_before("This protein binds ATP.")
    assert needs_the_sentence_before("This protein family binds ATP.")
    assert needs_the_sentence_before("This enzyme binds ATP.")
