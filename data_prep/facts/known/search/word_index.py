"""WordIndex: which cell types, gene sets and genes of a slide the words of a phrase mean.

Two collections of short texts are compared with a phrase by the cosine of TF-IDF vectors (Salton and Buckley 1988):
the names of lists with their tissue, and the names and summaries of the slide's genes. Stems and pairs of stems are the
terms. The phrase is widened by words that mean the same (`anatomy_words`).

A word that the texts do not have is unknown. A phrase is understood if the known words are most of it, each weighed by
how rare it is; an unknown word is as rare as a word can be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import scipy.sparse as sp

from data_prep.facts.known.search.anatomy_words import IN_IDIOM, idioms, widened
from data_prep.facts.known.search.concept_names import plain_concept
from data_prep.facts.known.search.word_stems import stems_with_words, terms_of, words_of
from data_prep.knowledge.gene_list import GeneRecord
from data_prep.knowledge.on_slide import SlideKnowledge
from data_prep.slide import Slide

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

    from data_prep.facts.known.search.text_vectors import TextVectors

MOST_COMMON = 0.2
"""A term in a larger share of the genes' texts says nothing: "encoded", "family", "transcript"."""
FEWEST_FOR_COMMON = 50
"""With fewer texts, a fifth of them is a handful of genes of one kind."""
FEWEST_TEXTS = 3
"""A word that only summaries have is known if so many genes' texts have it: one text may name a city or a person."""
UNDERSTOOD = 0.5
"""A phrase is understood if its known words have this share of its weight."""
NAME_TIMES = 3
"""The name of a gene counts so many times: it says what the gene is, the summary says more."""


@dataclass(frozen=True)
class Understood:
    """What was understood of a phrase.

    Attributes:
        words: stems of the phrase.
        unknown: words that no text has, as they were written.
        weight: of its words, each by how rare it is.
        share: weight of the known words, as a share of all.
        lists: label of a list → similarity, 0..1, above 0.
        genes: column of a gene → similarity, 0..1, above 0.
    """

    words: tuple[str, ...]
    unknown: tuple[str, ...]
    weight: float
    share: float
    lists: dict[str, float]
    genes: dict[int, float]


@dataclass(frozen=True, eq=False)
class WordIndex:
    """Texts about the lists and the genes of one slide. Make it with `of`.

    Attributes:
        labels: (n_lists,) labels of the lists.
        gene_codes: (n_texts,) column of the gene of each text.
        list_terms: TF-IDF of the lists' names.
        gene_terms: TF-IDF of the genes' texts.
        list_texts: (n_lists, n_terms) rows of length 1.
        gene_texts: (n_texts, n_terms) rows of length 1.
        list_names: (n_lists,) names of the lists, plain.
        gene_names: (n_texts,) full names of the genes.
        symbols: symbol or synonym → column of the gene, where it means one gene of the slide.
        vectors: compares texts by a sentence model; None for TF-IDF.
    """

    labels: tuple[str, ...]
    gene_codes: np.ndarray
    list_terms: TfidfVectorizer
    gene_terms: TfidfVectorizer
    list_texts: sp.csr_matrix
    gene_texts: sp.csr_matrix
    list_names: tuple[str, ...]
    gene_names: tuple[str, ...]
    symbols: dict[str, int]
    vectors: TextVectors | None = None

    @classmethod
    def of(cls, slide: Slide, knowledge: SlideKnowledge) -> WordIndex:
        """The index of a slide; that of the same knowledge is kept for as long as the knowledge is."""
        if knowledge not in _KEPT:
            _KEPT[knowledge] = cls._build(slide, knowledge)
        return _KEPT[knowledge]

    @classmethod
    def _build(cls, slide: Slide, knowledge: SlideKnowledge) -> WordIndex:
        labels = tuple(knowledge.lists)
        names = tuple(plain_concept(knowledge.lists[label].of_list.name) for label in labels)
        records = {code: record for code, gene in enumerate(slide.genes) if (record := knowledge.record(str(gene)))}
        texts = [" . ".join([record.name] * NAME_TIMES + [record.summary]) for record in records.values()]
        tissues = [knowledge.lists[label].of_list.tissue for label in labels]
        list_terms, list_texts = _term_matrix(
            [f"{name} . {tissue}" for name, tissue in zip(names, tissues, strict=True)]
        )
        gene_terms, gene_texts = _term_matrix(texts, MOST_COMMON if len(texts) >= FEWEST_FOR_COMMON else 1.0)
        return cls(
            labels=labels,
            gene_codes=np.array(list(records), np.int64),
            list_terms=list_terms,
            gene_terms=gene_terms,
            list_texts=list_texts,
            gene_texts=gene_texts,
            list_names=names,
            gene_names=tuple(record.name for record in records.values()),
            symbols=_symbols(slide, records),
        )

    def with_vectors(self, vectors: TextVectors | None) -> WordIndex:
        """The same index with similarities of a sentence model."""
        return self if vectors is None else replace(self, vectors=vectors)

    def understand(self, phrase: str) -> Understood:
        """What the words of a phrase mean on this slide."""
        written = dict(stems_with_words(phrase))
        words = words_of(phrase)
        wider = widened(words)
        named = {word: code for word in _symbols_in(phrase) if (code := self._symbol(word)) is not None}
        stems_of_named = {stem for word in named for stem in words_of(word)}
        weight = {word: self._rarity(word) for word in dict.fromkeys(words)}
        understood = stems_of_named | idioms(words)
        unknown = [
            word for word in weight if not self._is_known(word) and word not in understood and not widened([word])
        ]
        total = sum(weight.values())
        share = 1 - sum(weight[word] for word in unknown) / total if total else 0.0
        lists, genes = self._similarities(phrase, words, wider)
        by_gene = {int(self.gene_codes[at]): float(genes[at]) for at in np.flatnonzero(genes)}
        by_gene |= dict.fromkeys(named.values(), 1.0)
        by_list = {self.labels[at]: float(lists[at]) for at in np.flatnonzero(lists)}
        return Understood(tuple(words), tuple(written[word] for word in unknown), total, share, by_list, by_gene)

    def _similarities(
        self, phrase: str, words: list[str], wider: dict[tuple[str, ...], float]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(n_lists,) and (n_texts,) similarities."""
        if self.vectors is not None:
            texts = {"lists": self.list_names, "genes": self.gene_names}
            similar = self.vectors.similar(phrase, self.list_terms, texts)
            return similar["lists"], similar["genes"]
        together = idioms(words)
        query = {f"{first} {second}": 1.0 for first, second in pairwise(words)}
        query |= {word: IN_IDIOM if word in together else 1.0 for word in words}
        for other, weight in wider.items():
            for term in terms_of(" ".join(other)):
                query[term] = max(query.get(term, 0.0), weight)
        lists = self.list_texts @ _query_row(query, words, self.list_terms)
        return lists, self.gene_texts @ _query_row(query, words, self.gene_terms)

    def _is_known(self, word: str) -> bool:
        at = self.gene_terms.vocabulary_.get(word)
        is_named = word in self.list_terms.vocabulary_ or word in self._words_of_gene_names
        return is_named or (at is not None and self._n_texts(word) >= FEWEST_TEXTS)

    @cached_property
    def _words_of_gene_names(self) -> frozenset[str]:
        return frozenset(word for name in self.gene_names for word in words_of(name))

    def _rarity(self, word: str) -> float:
        n_all = len(self.labels) + len(self.gene_codes)
        return float(np.log((n_all + 1) / (self._n_texts(word) + 1)))

    def _n_texts(self, word: str) -> float:
        """Texts that have a word, from its inverse document frequency."""
        found = 0.0
        for terms, n_texts in ((self.list_terms, len(self.labels)), (self.gene_terms, len(self.gene_codes))):
            at = terms.vocabulary_.get(word)
            if at is not None:
                found += (n_texts + 1) / np.exp(terms.idf_[at] - 1) - 1
        return found

    def _symbol(self, word: str) -> int | None:
        return self.symbols.get(word, self._symbols_any_case.get(word.upper()) if word.isupper() else None)

    @cached_property
    def _symbols_any_case(self) -> dict[str, int]:
        return {name.upper(): code for name, code in self.symbols.items()}


_NO_TEXT = "nothing written"
"""Stands for the texts of a collection that has none."""
_KEPT: WeakKeyDictionary[SlideKnowledge, WordIndex] = WeakKeyDictionary()


def _symbols_in(phrase: str) -> list[str]:
    """Words that may be symbols of genes: those with a capital or a digit behind the first letter."""
    return [word for word in re.findall(r"[\w-]+", phrase) if re.search(r"[A-Z0-9]", word[1:])]


def _query_row(query: dict[str, float], words: list[str], terms: TfidfVectorizer) -> np.ndarray:
    """(n_terms,) weights of a phrase; its length is 1 if the texts have all its words, and less if they lack some."""
    row = np.zeros(len(terms.vocabulary_))
    rarest = float(terms.idf_.max(initial=1.0))
    missing = sum(rarest**2 for word in set(words) if word not in terms.vocabulary_)
    for term, weight in query.items():
        at = terms.vocabulary_.get(term)
        if at is not None:
            row[at] = weight * terms.idf_[at]
    length = float(np.sqrt(row @ row + missing))
    return row / length if length > 0 else row


def _term_matrix(texts: Sequence[str], most_common: float = 1.0) -> tuple[TfidfVectorizer, sp.csr_matrix]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    terms = TfidfVectorizer(analyzer=terms_of, max_df=most_common, sublinear_tf=True, dtype=np.float32)
    if any(words_of(text) for text in texts):
        return terms, sp.csr_matrix(terms.fit_transform(texts))
    terms.fit([_NO_TEXT])
    return terms, sp.csr_matrix((len(texts), len(terms.vocabulary_)), dtype=np.float32)


def _symbols(slide: Slide, records: Mapping[int, GeneRecord]) -> dict[str, int]:
    """Names that mean one gene of the slide → its column: its symbol, or a synonym that no other gene has."""
    official = {str(gene): code for code, gene in enumerate(slide.genes)}
    others: dict[str, set[int]] = {}
    for code, record in records.items():
        for name in (record.symbol, *record.synonyms):
            others.setdefault(name, set()).add(code)
    return {name: next(iter(codes)) for name, codes in others.items() if len(codes) == 1} | official
