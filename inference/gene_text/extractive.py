"""Answers a question about a gene with sentences of its summary, each with its citation. No model is needed.

answer = answer_from_sources("In which disease is MBP involved?", knowledge.genes)
answer.text                                # the sentences, as they stand in the file
answer.sentences[0].citation               # gene_table.tsv (sha256 12ab), line 7
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer

from data_prep.gene_text.question_wordings import WORDS_OF_QUESTIONS
from data_prep.gene_text.sentence_topics import (
    FUNCTION,
    is_housekeeping,
    mentions_the_gene,
    question_topic,
    sentence_topics,
    speaks_of_the_gene,
    tells_an_action,
    with_antecedents,
)
from data_prep.gene_text.summary_sentences import summary_sentences
from data_prep.knowledge.citation import Citation
from data_prep.knowledge.gene_list import GeneRecord
from inference.gene_text.gene_lookup import GeneLookup, NamedGene, question_words, symbol_like

MOST_SENTENCES = 3
"""Sentences of an answer about one gene, unless a caller says otherwise."""
_ON_TOPIC = 2.0
"""Weight of a sentence that tells what is asked for. Words in common weigh at most 1."""
_OF_THE_GENE, _ACTION, _EARLY = 0.5, 0.25, 0.1
"""Weights of a sentence about the very gene, of one that names an action, and of the first sentence."""
_SHOWN_GENES = 5


@dataclass(frozen=True)
class CitedSentence:
    """A sentence of a source.

    Attributes:
        text: as it stands in the source.
        gene: symbol of the gene.
        number: of the sentence in the summary, from 1 on; 0 for the name of a gene.
        citation: the line that it stands in.
    """

    text: str
    gene: str
    number: int
    citation: Citation


@dataclass(frozen=True)
class CitedAnswer:
    """An answer that is made of sentences of sources.

    Attributes:
        sentences: in the order of the genes of the question and of their summaries.
        notes: what could not be answered, and why, one sentence each: an unknown or ambiguous gene, a summary that
            says nothing on the topic.
    """

    sentences: tuple[CitedSentence, ...]
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentences, one paragraph for each gene. Where there are several genes, each begins with its symbol."""
        genes = list(dict.fromkeys(sentence.gene for sentence in self.sentences))
        paragraphs = [
            (f"{gene}: " if len(genes) > 1 else "") + " ".join(s.text for s in self.sentences if s.gene == gene)
            for gene in genes
        ]
        return "\n".join(paragraphs)


class SourceAnswers:
    """Answers questions from records. Indexing takes a moment, so keep it for further questions."""

    def __init__(self, records: Iterable[GeneRecord]) -> None:
        """Indexes the records."""
        self._lookup = GeneLookup(records)

    def answer(self, question: str, most: int = MOST_SENTENCES) -> CitedAnswer:
        """The sentences that answer a question.

        Args:
            question: names one gene or several, by symbol, synonym or name.
            most: largest number of sentences about a gene.
        """
        named = self._lookup.find(question)
        if not named:
            word = symbol_like(question_words(question))
            note = f"No gene called {word} is in the files." if word else "The question names no gene of the files."
            return CitedAnswer((), (note,))
        sentences: list[CitedSentence] = []
        notes: list[str] = []
        words = {gene.word for gene in named}
        asked = " ".join(word for word in question_words(question) if word not in words)
        for gene in named:
            if gene.is_ambiguous:
                notes.append(_ambiguous(gene))
                continue
            record = gene.records[0]
            if gene.others:
                notes.append(f"{gene.word} is also a synonym of {_listed(gene.others)}.")
            elif gene.word != record.symbol:
                notes.append(f"{gene.word} is {record.symbol}.")
            told, note = _answer_about(record, asked, most)
            sentences += [sentence for sentence in told if sentence not in sentences]
            notes += [note] if note else []
        return CitedAnswer(tuple(sentences), tuple(dict.fromkeys(notes)))


def answer_from_sources(question: str, records: Sequence[GeneRecord], most: int = MOST_SENTENCES) -> CitedAnswer:
    """The sentences of gene summaries that answer a question, each with its citation.

    Sentences are ranked by the topic that the question asks for (`sentence_topics`), by TF-IDF similarity of their
    words, and by whether the gene is their subject. A sentence that refers to the one before it ("It ...") comes with
    that one.

    Args:
        question: names one gene or several, by symbol, synonym or name.
        records: the genes that can be answered about.
        most: largest number of sentences about a gene.
    """
    return SourceAnswers(records).answer(question, most)


def _answer_about(record: GeneRecord, asked: str, most: int) -> tuple[list[CitedSentence], str]:
    """(the chosen sentences, a note on what is missing or "")."""
    sentences = summary_sentences(record.summary)
    if not sentences:
        named = [CitedSentence(f"{record.symbol} is {record.name}.", record.symbol, 0, record.citation)]
        return named if record.name else [], f"The files hold no summary of {record.symbol}."
    topic = question_topic(asked)
    relevance = _relevance(record, sentences, topic, asked)
    chosen: set[int] = set()
    for index in np.argsort(-relevance, kind="stable").tolist():
        if relevance[index] <= 0:
            break
        longer = chosen | set(with_antecedents(sentences, index))
        if with_antecedents(sentences, index) and len(longer) <= most:
            chosen = longer
    if not chosen:
        return [], f"The summary of {record.symbol} does not tell its {topic or 'function'}."
    citation = record.summary_citation or record.citation
    chosen -= {index for index in chosen if sentences[index] in sentences[:index]}  # some summaries repeat themselves
    return [CitedSentence(sentences[i], record.symbol, i + 1, citation) for i in sorted(chosen)], ""


def _relevance(record: GeneRecord, sentences: Sequence[str], topic: str, asked: str) -> np.ndarray:
    """(n,) how well each sentence answers; 0 for those that do not."""
    shared = _similarity(asked, sentences)
    wanted = topic or FUNCTION
    values = np.zeros(len(sentences))
    for index, sentence in enumerate(sentences):
        is_on_topic = wanted in sentence_topics(sentence) and (
            speaks_of_the_gene(sentence) or mentions_the_gene(sentence, record.symbol)
        )
        if not is_on_topic and (not shared[index] or is_housekeeping(sentence)):
            continue
        values[index] = (
            _ON_TOPIC * is_on_topic
            + shared[index]
            + _OF_THE_GENE * speaks_of_the_gene(sentence)
            + _ACTION * tells_an_action(sentence)
            + _EARLY * (index == 0)
        )
    if not values.any() and wanted == FUNCTION:
        values[0] = _EARLY  # the first sentence says at least what the gene is
    return values


def _similarity(asked: str, sentences: Sequence[str]) -> np.ndarray:
    """(n,) cosine of TF-IDF vectors of the question and each sentence, without words that every question has."""
    vectorizer = TfidfVectorizer(stop_words=list(ENGLISH_STOP_WORDS | WORDS_OF_QUESTIONS), token_pattern=r"[\w-]{3,}")
    try:
        known = vectorizer.fit_transform(sentences)
    except ValueError:  # no sentence has a word of its own
        return np.zeros(len(sentences))
    return np.asarray((known @ vectorizer.transform([asked]).T).todense()).ravel()


def _ambiguous(gene: NamedGene) -> str:
    return f"{gene.word} is ambiguous: it stands for {_listed(gene.records)}. Ask by symbol."


def _listed(records: Sequence[GeneRecord]) -> str:
    shown = [
        f"{record.symbol} ({', '.join(filter(None, (record.name, record.species)))})" if record.name else record.symbol
        for record in records[:_SHOWN_GENES]
    ]
    more = len(records) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
