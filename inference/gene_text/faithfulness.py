"""Checks which sentences of an answer about genes are supported by the sources, sentence by sentence.

A sentence is supported only if a source says it of the same gene, up to the rewordings of `rewording`. Everything else
is marked, also what is true: the check knows only what the sources say, and in which words. It is strict, because a
mark of support beside a false sentence does more harm than a missing one.

    for sentence in check_faithful(answer, [record]):
        print(sentence.mark, sentence.text, sentence.citation or sentence.reason)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from data_prep.gene_text.sentence_topics import TOPICS, needs_the_sentence_before
from data_prep.gene_text.summary_sentences import summary_sentences, text_sentences
from data_prep.knowledge.citation import Citation
from data_prep.knowledge.gene_list import GeneRecord
from inference.gene_text.gene_lookup import symbol_like
from inference.gene_text.rewording import says_no_more

_SUBJECT_WORDS = 6
"""Words at the beginning of a sentence among which its subject is looked for."""
_KEPT_SUMMARIES = 4096
_GENERIC = re.compile(
    r"\b(?:this (?:\w+ )?(?:gene|protein|locus)|the encoded \w+|the gene|gene product)\b", re.IGNORECASE
)
"""Mentions of "the" gene without its symbol."""
_END = re.compile(r"[.!?:][\"')\]*]*(?:\s*\[\d+(?:\s*[,–-]\s*\d+)*\])*\s*$|^\W*(?:[\w-]+\W*){1,3}$")
"""The end of a sentence, or of a line that is a heading of a few words."""
_TAKES_BACK = re.compile(
    r"\b(?:false|wrong|incorrect|untrue|inaccurate|not (?:true|correct|the case|supported)|myth|refut\w+|disprov\w+|"
    r"retract\w*|mistaken?|contrary to|opposite|no evidence|kidding|ignore)\b",
    re.IGNORECASE,
)
"""Words that may deny what another sentence of the answer says. Then no sentence of the answer has support."""
_HEADINGS = frozenset(["yes", "no", "answer", "summary", "about", "the", "gene", "and", *TOPICS, "diseases", "role"])
"""Words of headings and beginnings that speak of no gene."""
_TAKEN_BACK = "another sentence of the answer may deny it"
_NO_SOURCE = "no sentence of the sources says this"


@dataclass(frozen=True)
class SupportedSentence:
    """A sentence of an answer, and what supports it.

    Attributes:
        text: as the answer has it.
        gene: symbol of the gene that it is about; "" where that is not clear.
        citation: the line that supports it; None if no source does.
        number: of the supporting sentence in the summary, from 1 on; 0 for the gene's name and where there is none.
        reason: why it is not supported; "" if it is.
    """

    text: str
    gene: str
    citation: Citation | None
    number: int = 0
    reason: str = ""

    @property
    def is_supported(self) -> bool:
        """Whether a source says it."""
        return self.citation is not None

    @property
    def mark(self) -> str:
        """A tick or a cross."""
        return "✓" if self.is_supported else "✗"


@dataclass
class _Reading:
    """What the sentences so far were about.

    Attributes:
        gene: the gene that "this gene" means; None if that is not clear.
        is_labelled: whether it was named as a label ("MBP: ..."), which holds until the next label.
        foreign: another gene that "this gene" may mean instead.
        support: record and number of the sentence that supports the sentence before; None if nothing does.
        n_before: sentences before.
        is_open: whether the line before ended within a sentence.
    """

    gene: GeneRecord | None
    is_labelled: bool = False
    foreign: str = ""
    support: tuple[GeneRecord, int] | None = None
    n_before: int = 0
    is_open: bool = False


def check_faithful(answer: str, records: Sequence[GeneRecord]) -> tuple[SupportedSentence, ...]:
    """Check each sentence of an answer against the records of the genes that it is about.

    "This gene" means the gene that was named last, or that of the label before it ("MBP: ..."). With one record it
    means that gene, until a sentence that is not supported speaks of another one. A sentence that begins with "It",
    "These proteins" or the like is supported only after the sentence that it follows in the source.

    Args:
        answer: any text.
        records: the genes that the answer may be about.
    """
    reading = _Reading(records[0] if len(records) == 1 else None)
    checked: list[SupportedSentence] = []
    for sentence in text_sentences(answer):
        checked.append(_check(sentence, records, reading))
        reading.n_before += 1
    if any(not one.is_supported and _TAKES_BACK.search(one.text) for one in checked):
        return tuple(replace(one, citation=None, number=0, reason=one.reason or _TAKEN_BACK) for one in checked)
    return tuple(checked)


def share_supported(checked: Sequence[SupportedSentence]) -> float:
    """Share of the sentences that are supported, in 0..1; 0 for an answer without sentences."""
    return sum(sentence.is_supported for sentence in checked) / len(checked) if checked else 0.0


def _check(sentence: str, records: Sequence[GeneRecord], reading: _Reading) -> SupportedSentence:
    if reading.is_open:
        reading.support, reading.is_open = None, not _END.search(sentence)
        return SupportedSentence(sentence, "", None, reason="it goes on from the line before")
    reading.is_open = not _END.search(sentence)
    label = next((record for record in records if sentence.startswith(f"{record.symbol}: ")), None)
    body = sentence.removeprefix(f"{label.symbol}: ") if label else sentence
    if label:
        reading.gene, reading.is_labelled, reading.foreign = label, True, ""
    candidates = _candidates(body, records, reading)
    if not candidates:
        reading.support = None
        reason = f"it may speak of {reading.foreign}" if reading.foreign else "it is not clear which gene it is about"
        return SupportedSentence(sentence, "", None, reason=reason)
    for record in candidates:
        number = _supporting(body, record, reading)
        if number is not None:
            reading.support = (record, number)
            citation = record.citation if number == 0 else record.summary_citation or record.citation
            return SupportedSentence(sentence, record.symbol, citation, number)
    reading.support = None
    reading.foreign = _other_subject(body, records) or reading.foreign
    return SupportedSentence(sentence, candidates[0].symbol if len(candidates) == 1 else "", None, reason=_NO_SOURCE)


def _other_subject(body: str, records: Sequence[GeneRecord]) -> str:
    """What a sentence without support may be about instead of the records' genes; "" if it is about one of them."""
    beginning = [word for raw in body.split()[:_SUBJECT_WORDS] if (word := raw.strip(".,;:()*#`_"))]
    if {record.symbol for record in records} & set(beginning):
        return ""
    if other := symbol_like(beginning):
        return other
    is_about_it = _GENERIC.search(body) is not None or needs_the_sentence_before(body)
    return "" if is_about_it or {word.lower() for word in beginning} <= _HEADINGS else beginning[0]


def _candidates(body: str, records: Sequence[GeneRecord], reading: _Reading) -> list[GeneRecord]:
    """The genes that a sentence may be about; [] where that is not clear. What "this gene" means is kept up to date."""
    if reading.is_labelled:
        return [] if reading.gene is None or (reading.foreign and _GENERIC.search(body)) else [reading.gene]
    named = sorted((place, record.symbol) for record in records if (place := _place(body, record.symbol)) >= 0)
    by_symbol = {record.symbol: record for record in records}
    generic = _GENERIC.search(body)
    before = [symbol for place, symbol in named if generic is None or place < generic.start()]
    if before:
        reading.gene, reading.foreign = by_symbol[before[-1]], ""
    elif generic and (reading.foreign or reading.gene is None):
        return []
    if generic:
        return [reading.gene] if reading.gene else []
    return [by_symbol[symbol] for _, symbol in named] or ([reading.gene] if reading.gene else list(records))


def _supporting(sentence: str, record: GeneRecord, reading: _Reading) -> int | None:
    """Number of the source's sentence that supports this one, 0 for the gene's name; None if none does."""
    if sentence.rstrip().endswith("?"):
        return None
    if _states_name(sentence, record):
        return 0
    refers_back = needs_the_sentence_before(sentence)
    for number, source in enumerate(_sentences(record.summary), start=1):
        follows = reading.support == (record, number - 1) if reading.n_before else number == 1
        if (follows or not refers_back) and says_no_more(sentence, source, record.symbol):
            return number
    return None


def _states_name(sentence: str, record: GeneRecord) -> bool:
    """Whether a sentence says what a symbol stands for, and nothing else."""
    if not record.name:
        return False
    symbol, name = re.escape(record.symbol), re.escape(record.name)
    forms = (
        rf"{symbol} (?:is|stands for|means) (?:the |a |an )?{name}",
        rf"{symbol} \({name}\)",
        rf"(?:the )?full name of {symbol} is {name}",
    )
    text = re.sub(r"\s*\[\d+(?:, ?\d+)*\]", "", sentence).strip().rstrip(".")
    return any(re.fullmatch(form, text, re.IGNORECASE) and record.symbol in text for form in forms)


def _place(sentence: str, symbol: str) -> int:
    """Where a sentence has a symbol as a whole word; -1 where it does not."""
    found = re.search(rf"(?<![\w-]){re.escape(symbol)}(?![\w-])", sentence)
    return found.start() if found else -1


@lru_cache(maxsize=_KEPT_SUMMARIES)
def _sentences(summary: str) -> tuple[str, ...]:
    return summary_sentences(summary)
