"""Makes questions of gene records. The answer is the summary's own sentences, in their order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from data_prep.gene_text.question_wordings import word_question
from data_prep.gene_text.sentence_topics import (
    FAMILY,
    FUNCTION,
    TOPICS,
    mentions_the_gene,
    sentence_topics,
    speaks_of_the_gene,
    tells_an_action,
    with_antecedents,
)
from data_prep.gene_text.summary_sentences import clean_summary, text_sentences
from data_prep.gene_text.text_row import TextRow
from data_prep.knowledge.gene_list import GeneRecord

MOST_SENTENCES = 3
"""Sentences of an answer. Longer answers repeat the whole summary."""
MOST_SHARERS = 10
"""Genes beyond which a sentence that they share says nothing of any of them: "Olfactory receptors interact with odorant
molecules in the nose" stands in the summaries of 400 genes."""
_LEAST_WORDS = 5
"""Words of an answer. What is shorter is a fragment."""


class QuestionMaker:
    """Makes the questions about the genes of a table.

    The whole table is needed to tell which sentences are shared by many genes.
    """

    def __init__(self, records: Iterable[GeneRecord], seed: int = 0) -> None:
        """Counts the sentences of the summaries; ``seed`` draws the wordings."""
        self._seed = seed
        self._sharers = Counter(
            sentence
            for record in records
            for sentence in {_masked(text, record.symbol) for text in text_sentences(clean_summary(record.summary))}
        )

    def rows(self, record: GeneRecord, family: str, split: str) -> Iterator[TextRow]:
        """One row for each topic that the summary has an answer to."""
        summary = clean_summary(record.summary)
        sentences = text_sentences(summary)
        topics = [self._topics(sentence, record) for sentence in sentences]
        citation = record.summary_citation or record.citation
        for topic in TOPICS:
            chosen = _answer(sentences, topics, topic)
            answer = " ".join(sentences[index] for index in chosen)
            if len(answer.split()) < _LEAST_WORDS:
                continue
            yield TextRow(
                question=word_question(
                    topic, record.symbol, has_protein=record.gene_type in ("", "protein-coding"), seed=self._seed
                ),
                answer=answer,
                topic=topic,
                gene=record.symbol,
                gene_id=record.gene_id,
                species=record.species,
                family=family,
                split=split,
                file=citation.source.file,
                version=citation.source.version,
                line=citation.line,
                sentences=tuple(index + 1 for index in chosen),
                name=record.name,
                synonyms=record.synonyms,
                gene_type=record.gene_type,
                summary=summary,
            )

    def _topics(self, sentence: str, record: GeneRecord) -> frozenset[str]:
        """What a sentence tells of this very gene."""
        if self._sharers[_masked(sentence, record.symbol)] > MOST_SHARERS:
            return frozenset()
        topics = sentence_topics(sentence)
        if not mentions_the_gene(sentence, record.symbol) and not speaks_of_the_gene(sentence):
            return frozenset()
        # What a gene does, and where, is told by sentences whose subject it is.
        is_subject = speaks_of_the_gene(sentence) or sentence.startswith(record.symbol)
        return topics if is_subject else topics & {"disease", "expression"}


def _answer(sentences: Sequence[str], topics: Sequence[frozenset[str]], topic: str) -> tuple[int, ...]:
    """Indices of the sentences that answer a question; empty where none does.

    A sentence comes with those that it refers to, and is left out where that makes the answer too long.
    """
    chosen: tuple[int, ...] = ()
    for index, told in enumerate(topics):
        needed = with_antecedents(sentences, index) if topic in told else ()
        longer = tuple(sorted({*chosen, *needed}))
        if needed and len(longer) <= MOST_SENTENCES:
            chosen = longer
            if topic == FAMILY:  # one sentence names it; further ones tell of its other members
                break
    if topic == FUNCTION and not any(tells_an_action(sentences[index]) for index in chosen):
        return ()
    return chosen


def _masked(sentence: str, symbol: str) -> str:
    """A sentence without the gene's own symbol and without numbers, so that sentences of one form are equal."""
    return re.sub(r"\d+", "0", sentence.replace(symbol, "GENE"))
