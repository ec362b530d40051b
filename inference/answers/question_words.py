"""Reads a question into tokens: names of the slide, phrases that are known, and words that are not.

    clauses = read_question("Is COL1A1 a marker of Stroma?", SlideNames.of(slide))
    clauses[0].genes      # ("COL1A1",)

The phrases are data (`data_prep.claims.asked_by`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product

from data_prep.claims.asked_by import phrases
from data_prep.claims.mentions import CELL_TYPE, GENE, NICHE, Mention, SlideNames, find_mentions

_SLOTS = {GENE: "<gene>", NICHE: "<niche>", CELL_TYPE: "<type>"}
_WORD = re.compile(r"[^\W_]+(?:['’`][^\W_]+)*")
_CONTRACTED = {"can't": "can not", "cannot": "can not", "won't": "will not", "shan't": "shall not", "ain't": "is not"}
_SHORT = {
    "i'd": "i would",
    "i'm": "i am",
    "i've": "i have",
    "we'd": "we would",
    "let's": "let us",
    "you'd": "you would",
}
_MOST_READINGS = 16
"""Ways in which a text with shared names is read: four such names."""
_IS = {"what's", "where's", "who's", "it's", "that's", "there's", "how's", "which's", "here's"}
_CLAUSE_END = re.compile(r"[?!;\n]+|(?<!\bvs)\.(?=\s|$)")
_NEXT_QUESTION = re.compile(
    r",?\s+(?:and|or|but)\s+(?=(?:is|are|does|do|was|what|which|where|how|isn't|doesn't|can|could)\s)|"
    r",\s+(?=(?:what|which|where)\s)|"
    r",?\s+(?:and|but|while|whereas)\s+(?=(?:is\s+)?(?:not\s+)?(?:enriched|depleted|high|low|higher|lower|up|down|"
    r"absent)\s+(?:in|from)\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Token:
    """A phrase of a question.

    Attributes:
        topics: what it may be about; "" for grammar, none for a word that is not known.
        text: in lower case, with slots for names.
        names: the names in it, in order.
        start: in the question.
        end: likewise.
    """

    topics: frozenset[str]
    text: str
    names: tuple[Mention, ...]
    start: int
    end: int

    def values(self, topic: str) -> list[str]:
        """The values of a topic that the phrase may give."""
        return [name.partition("=")[2] for name in sorted(self.topics) if name.startswith(f"{topic}=")]

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The topics without their values."""
        return frozenset(topic.partition("=")[0] for topic in self.topics)


@dataclass(frozen=True)
class Clause:
    """One question of a text.

    Attributes:
        tokens: in order.
    """

    tokens: tuple[Token, ...]

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """The names of one kind of mention, each once, in order."""
        return tuple(dict.fromkeys(m.name for token in self.tokens for m in token.names if m.kind == kind))

    @property
    def genes(self) -> tuple[str, ...]:
        """Symbols that it names."""
        return self.of_kind(GENE)

    @property
    def niches(self) -> tuple[str, ...]:
        """Niches that it names."""
        return self.of_kind(NICHE)

    @property
    def cell_types(self) -> tuple[str, ...]:
        """Cell types that it names."""
        return self.of_kind(CELL_TYPE)

    def repeats(self, kind: str) -> bool:
        """Whether it gives one name twice: "Does A border A?"."""
        named = [m.name for token in self.tokens for m in token.names if m.kind == kind]
        return len(named) > len(set(named))

    @property
    def unknown(self) -> tuple[Token, ...]:
        """Words that are not known."""
        return tuple(token for token in self.tokens if not token.topics)

    @cached_property
    def subjects(self) -> frozenset[str]:
        """Everything that it may be about."""
        return frozenset(topic for token in self.tokens for topic in token.subjects)

    def has(self, *topics: str) -> bool:
        """Whether a phrase may be about one of the topics."""
        return not self.subjects.isdisjoint(topics)

    def starts_with(self, *words: str) -> bool:
        """Whether it begins with one of some words."""
        return f"{self.tokens[0].text} ".startswith(tuple(f"{word} " for word in words))

    def values(self, topic: str) -> tuple[str, ...]:
        """The values of a topic, each once, in order."""
        return tuple(dict.fromkeys(value for token in self.tokens for value in token.values(topic)))


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int
    mention: Mention | None = None


def possible_mentions(text: str, names: SlideNames) -> list[list[Mention]]:
    """The mentions of a text, once for each way to read names that a gene and a niche share; the likeliest come first.

    Args:
        text: as people write it.
        names: of the slide.
    """
    choices = []
    for mention in find_mentions(text, names, near=False):
        read = [replace(mention, kind=kind, name=name, is_exact=True, near=()) for kind, name in mention.readings]
        choices.append(sorted(read, key=lambda one: one.kind != mention.kind) or [mention])
    return [list(mentions) for mentions in islice(product(*choices), _MOST_READINGS)]


def read_question(text: str, mentions: Sequence[Mention]) -> list[Clause]:
    """Reads the questions of a text.

    Args:
        text: as people write it.
        mentions: in it; they may be inexact.

    Returns:
        Clauses with at least one token.
    """
    words = list(_words(text, mentions))
    ends = [match.start() for pattern in (_CLAUSE_END, _NEXT_QUESTION) for match in pattern.finditer(text)]
    ends = [end for end in ends if not any(mention.start <= end < mention.end for mention in mentions)]
    clauses = []
    for start, end in zip([-1, *sorted(ends)], [*sorted(ends), len(text)], strict=True):
        inside = [word for word in words if start < word.start < end or (word.start == start == 0)]
        if inside:
            clauses.append(Clause(tuple(_tokens(inside))))
    return clauses


def _words(text: str, mentions: Sequence[Mention]) -> Iterator[_Word]:
    """The words of a text in lower case, names as slots."""
    at = 0
    for mention in (*mentions, None):
        end = len(text) if mention is None else mention.start
        for match in _WORD.finditer(text, at, end):
            start = match.start()
            written = match[0].lower().replace("’", "'").replace("`", "'")
            if written in _CONTRACTED:
                written = _CONTRACTED[written]
            elif written.endswith("n't"):
                written = f"{written[:-3]} not"
            elif written in _SHORT:
                written = _SHORT[written]
            elif written in _IS:
                written = f"{written[:-2]} is"
            written = written.removesuffix("'s").replace("'", " ")
            yield from (_Word(part, start, match.end()) for part in written.split())
        if mention is not None:
            yield _Word(_SLOTS[mention.kind], mention.start, mention.end, mention)
            at = mention.end


def _tokens(words: Sequence[_Word]) -> Iterator[Token]:
    """The longest known phrase at each place, else the word."""
    line = " ".join(word.text for word in words)
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word.text) + 1)
    at = 0
    while at < len(words):
        longest, topics = 0, set[str]()
        for topic, pattern in phrases():
            match = pattern.match(line, starts[at])
            length = 0 if match is None else match.end() - starts[at]
            if length > longest:
                longest, topics = length, {topic}
            elif length and length == longest:
                topics.add(topic)
        last = next((i for i in range(at, len(words)) if starts[i + 1] - 1 >= starts[at] + longest), at) + 1
        part = words[at:last]
        found = tuple(word.mention for word in part if word.mention is not None)
        yield Token(
            frozenset(topics), " ".join(word.text for word in part), found, part[0].start, max(w.end for w in part)
        )
        at = last


def with_names(clause: Clause, topic: str, mention: Mention) -> Clause:
    """The clause with the phrases that stand for a name ("this gene") replaced by the name."""
    slot = {GENE: "GENE", NICHE: "NICHE"}[mention.kind]
    tokens = [
        replace(token, topics=frozenset([slot]), names=(mention,)) if topic in token.topics else token
        for token in clause.tokens
    ]
    return Clause(tuple(tokens))


def all_mentions(clauses: Iterable[Clause]) -> list[Mention]:
    """All mentions of some clauses, in order."""
    return [mention for clause in clauses for token in clause.tokens for mention in token.names]
