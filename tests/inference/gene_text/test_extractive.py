"""Answers from the sources: the right sentences with their lines; what is not known is said to be so."""

from dataclasses import replace

import pytest

from data_prep.knowledge.citation import Citation, Source
from inference.gene_text.extractive import SourceAnswers, answer_from_sources
from inference.gene_text.faithfulness import check_faithful
from tests.gene_words import gene

SUMMARY = (
    "The protein encoded by this gene is a major constituent of myelin that regulates its growth. "
    "It binds membranes. This gene is expressed in brain and nerves. "
    "Mutations in this gene cause demyelinating disease. "
    "Alternatively spliced transcript variants have been found. [provided by RefSeq, Jul 2008]"
)
MBP = gene("MBP", SUMMARY, name="myelin basic protein", synonyms=["BASIC1", "SHARED"], line=7)
OTHERS = [
    gene("GFAP", "This gene encodes a filament of astrocytes.", name="glial fibrillary acidic protein", line=8),
    gene("NONE1", name="a gene without a summary", synonyms=["SHARED"], line=9),
    gene("CAP", "This gene encodes a cap.", synonyms=["MBP"], line=10),
    gene("BARE2", line=11),
]
RECORDS = [MBP, *OTHERS]


def numbers(question: str, most: int = 3) -> list[int]:
    return [sentence.number for sentence in answer_from_sources(question, RECORDS, most).sentences]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("In which disease is MBP involved?", [4]),
        ("Where in the body is MBP expressed?", [3]),
        ("What does BASIC1 bind to?", [1, 2]),
        ("Which role does myelin basic protein play?", [1, 2]),
        ("is mbp found in nerves?", [3]),
    ],
)
def test_the_sentences_that_are_asked_for_are_chosen(question: str, expected: list[int]) -> None:
    assert set(expected) <= set(numbers(question))
    assert 5 not in numbers(question)


def test_each_sentence_has_its_line_and_stands_as_in_the_source() -> None:
    answer = answer_from_sources("What is the function of MBP?", RECORDS)
    assert {str(sentence.citation) for sentence in answer.sentences} == {"genes.tsv (v1), line 7"}
    assert all(sentence.text in SUMMARY for sentence in answer.sentences)
    assert answer.text == " ".join(sentence.text for sentence in answer.sentences)


def test_the_summary_of_another_file_is_cited_there() -> None:
    elsewhere = replace(MBP, summary_citation=Citation(Source("gene_summary.gz", "v2"), 3))
    assert str(answer_from_sources("What does MBP do?", [elsewhere]).sentences[0].citation).startswith("gene_summary")


def test_it_comes_with_the_sentence_that_it_refers_to_or_not_at_all() -> None:
    assert numbers("What does MBP bind to?") == [1, 2]
    assert 2 not in numbers("What does MBP bind to?", most=1)


def test_a_shared_alias_is_said_to_be_ambiguous() -> None:
    answer = answer_from_sources("What does SHARED do?", RECORDS)
    assert answer.sentences == ()
    assert "MBP" in answer.notes[0]
    assert "NONE1" in answer.notes[0]
    assert "ambiguous" in answer.notes[0]


def test_a_symbol_counts_before_an_alias_and_the_alias_is_told() -> None:
    answer = answer_from_sources("What does MBP do?", RECORDS)
    assert {sentence.gene for sentence in answer.sentences} == {"MBP"}
    assert answer.notes == ("MBP is also a synonym of CAP.",)
    assert answer_from_sources("What does BASIC1 do?", RECORDS).notes == ("BASIC1 is MBP.",)


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("What does XYZZY7 do?", "No gene called XYZZY7 is in the files."),
        ("hello?", "The question names no gene of the files."),
        ("", "The question names no gene of the files."),
        ("What does BARE2 do?", "The files hold no summary of BARE2."),
        ("In which disease is GFAP involved?", "The summary of GFAP does not tell its disease."),
    ],
)
def test_what_is_not_known_is_said(question: str, note: str) -> None:
    answer = answer_from_sources(question, RECORDS)
    assert answer.sentences == ()
    assert answer.notes == (note,)
    assert answer.text == ""


def test_without_a_summary_the_name_is_given_with_its_line() -> None:
    answer = answer_from_sources("What does NONE1 do?", RECORDS)
    assert answer.text == "NONE1 is a gene without a summary."
    assert answer.sentences[0].citation.line == 9
    assert answer.notes == ("The files hold no summary of NONE1.",)


def test_several_genes_are_answered_one_after_the_other_and_all_is_supported() -> None:
    answer = SourceAnswers(RECORDS).answer("Compare the functions of GFAP and MBP")
    assert answer.text.startswith("GFAP: This gene encodes a filament")
    assert "\nMBP: The protein encoded" in answer.text
    assert all(sentence.is_supported for sentence in check_faithful(answer.text, [MBP, OTHERS[0]]))


def test_words_of_questions_are_no_symbols() -> None:
    records = [
        gene("WAS", "This gene encodes WASP."),
        gene("IS", "It is."),
        gene("What", "It is odd.", species="mouse"),
    ]
    assert answer_from_sources("What is it?", records).notes == ("The question names no gene of the files.",)
    assert answer_from_sources("What does WAS do?", records).sentences[0].gene == "WAS"


@pytest.mark.parametrize("symbol", ["Del(1)3H", "=1+1", "a.b*c", "HLA-A", "[x", "\\d"])
def test_odd_symbols_break_nothing(symbol: str) -> None:
    record = gene(symbol, "This gene encodes a kinase that regulates growth.", name=f"{symbol} ( name")
    answer = answer_from_sources(f"What does {symbol} do?", [record])
    assert all(sentence.is_supported for sentence in check_faithful(answer.text, [record]))
    check_faithful(f"{symbol} encodes a kinase. {symbol} is {symbol} ( name.", [record])
