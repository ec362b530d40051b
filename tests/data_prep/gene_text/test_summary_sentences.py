"""Summaries are split at the ends of sentences and nowhere else; notes of databases are no part of them."""

import pytest

from data_prep.gene_text.summary_sentences import clean_summary, summary_sentences, text_sentences

WHOLE = [
    "It binds metals, e.g. Zinc and iron.",
    "It was described by Smith et al. (1998) in humans.",
    "It was found in the U.S. Army cohort.",
    "The locus is No. 3 of the cluster.",
    "It protects cells from H. pylori and E. coli infections.",
    "The transcript of 1.5 kb has a pH optimum of 6.8.",
    "It resembles S. Cerevisiae Cdc6.",
    "Dr. Smith named it after St. Louis.",
    "It cuts sugars (i.e. Glucose. And others) of all cells.",
    "The region maps to 17q21.3 and spans 2.2 Mb.",
]


@pytest.mark.parametrize("sentence", WHOLE)
def test_abbreviations_initials_and_decimals_end_no_sentence(sentence: str) -> None:
    assert text_sentences(sentence) == (sentence,)
    assert text_sentences(f"{sentence} {sentence}") == (sentence, sentence)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("It binds vitamin D. The gene is old.", "The gene is old."),
        ("It causes hepatitis B. This gene is new.", "This gene is new."),
        ("It regulates apoptosis. p53 binds it.", "p53 binds it."),
        ("It binds RNA.The encoded protein is nuclear.", "The encoded protein is nuclear."),
        ("It is small [1]. It is old.", "It is old."),
        ("It is small. [1] It is old.", "It is old."),
        ("It occurs in humans, mice, etc. Mutations cause disease.", "Mutations cause disease."),
        ("One.\n- Two is here.", "Two is here."),
    ],
)
def test_ends_of_sentences_are_found(text: str, second: str) -> None:
    assert len(text_sentences(text)) == 2
    assert text_sentences(text)[1] == second


@pytest.mark.parametrize(
    "note",
    [
        " [provided by RefSeq, Jul 2008]",
        " (provided by RefSeq)",
        " [supplied by OMIM, Mar 2008]",
        " ##Evidence-Data-START## Transcript exon combination :: X ##Evidence-Data-END##",
        " Publication Note: This RefSeq record includes a subset of the publications.",
    ],
)
def test_notes_of_databases_are_left_out(note: str) -> None:
    assert clean_summary(f"This gene encodes a kinase.{note}") == "This gene encodes a kinase."
    assert summary_sentences(f"This gene encodes a kinase.{note}") == ("This gene encodes a kinase.",)


def test_reference_marks_inside_a_sentence_are_left_out() -> None:
    text = "It is a kinase (summary by Smith et al., 2010 [PubMed 123]). It binds ATP [MIM 1234]."
    assert summary_sentences(text) == ("It is a kinase.", "It binds ATP.")


@pytest.mark.parametrize("text", ["", "   ", "...", "( ( (", "-"])
def test_texts_without_words_have_no_sentence(text: str) -> None:
    assert text_sentences(text) == ()
