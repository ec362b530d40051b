"""Finds the genes that a question names: by symbol, by synonym, or by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from data_prep.gene_text.question_wordings import WORDS_OF_QUESTIONS
from data_prep.knowledge.gene_list import GeneRecord

_AROUND = ".,;:!?\"'“”‘’()[]{}<>*`"
_LEAST_NAME = 8
"""Letters of a gene's name that is looked for in a question."""
_SYMBOL = re.compile(r"[A-Z][A-Z0-9@._-]+|[A-Z][\w-]*\d[\w-]*")
_MOLECULES = frozenset(["DNA", "RNA", "ATP", "GTP", "NAD", "MHC", "HIV", "HIV-1"])
_LEAST_UPPER = 3
"""Letters in capitals from which a word such as WAS or NOT is taken for a symbol."""


@dataclass(frozen=True)
class NamedGene:
    """What a word of a question stands for.

    Attributes:
        word: as the question has it.
        records: the genes; more than one if the word is ambiguous.
        others: genes of which the word is a synonym only, where it is the symbol of ``records``.
    """

    word: str
    records: tuple[GeneRecord, ...]
    others: tuple[GeneRecord, ...] = ()

    @property
    def is_ambiguous(self) -> bool:
        """Whether the word stands for several genes."""
        return len(self.records) > 1


class GeneLookup:
    """Finds records by the words of a question."""

    def __init__(self, records: Iterable[GeneRecord]) -> None:
        """Indexes the records."""
        self._symbols: dict[str, list[GeneRecord]] = defaultdict(list)
        self._synonyms: dict[str, list[GeneRecord]] = defaultdict(list)
        self._names: dict[str, list[GeneRecord]] = defaultdict(list)
        self._symbols_any_case: dict[str, list[GeneRecord]] = defaultdict(list)
        self._synonyms_any_case: dict[str, list[GeneRecord]] = defaultdict(list)
        for record in records:
            self._symbols[record.symbol].append(record)
            self._symbols_any_case[record.symbol.casefold()].append(record)
            for synonym in record.synonyms:
                self._synonyms[synonym].append(record)
                alike = self._synonyms_any_case[synonym.casefold()]
                if record not in alike:
                    alike.append(record)
            if len(record.name) >= _LEAST_NAME:
                self._names[record.name.casefold()].append(record)

    def find(self, question: str) -> tuple[NamedGene, ...]:
        """The genes that a question names, in its order.

        A symbol in its own case counts before a synonym, and both before other cases. Names are looked for where no
        word is a symbol.
        """
        words = _words(question)
        named = [gene for word in words if (gene := self._exactly(word)) is not None]
        if not named:
            named = [
                NamedGene(word, tuple(found))
                for word in words
                if not _is_plain(word)
                and (
                    found := self._symbols_any_case.get(word.casefold()) or self._synonyms_any_case.get(word.casefold())
                )
            ]
        return tuple(named) or self._by_name(question)

    def _exactly(self, word: str) -> NamedGene | None:
        if _is_plain(word) and not (word.isupper() and len(word) >= _LEAST_UPPER):
            return None
        symbols, synonyms = self._symbols.get(word, []), self._synonyms.get(word, [])
        if symbols:
            return NamedGene(word, tuple(symbols), tuple(other for other in synonyms if other not in symbols))
        return NamedGene(word, tuple(synonyms)) if synonyms else None

    def _by_name(self, question: str) -> tuple[NamedGene, ...]:
        """The gene whose name stands in the question; of several, that with the longest name."""
        text = f" {' '.join(_words(question.casefold()))} "
        found = [name for name in self._names if f" {name} " in text]
        longest = max(found, key=len, default="")
        return (NamedGene(longest, tuple(self._names[longest])),) if longest else ()


def symbol_like(words: Sequence[str]) -> str:
    """The first word that looks like a gene symbol, such as PLP1 or Plp1; "" where there is none."""
    return next((word for word in words if word not in _MOLECULES and _SYMBOL.fullmatch(word)), "")


def question_words(question: str) -> tuple[str, ...]:
    """The words of a question, without punctuation around them, each once."""
    return tuple(_words(question))


def _words(question: str) -> list[str]:
    stripped = (word.strip(_AROUND) for word in question.split())
    return list(dict.fromkeys(word.removesuffix("'s").removesuffix("’s") for word in stripped if word))


def _is_plain(word: str) -> bool:
    return word.lower() in ENGLISH_STOP_WORDS or word.lower() in WORDS_OF_QUESTIONS
