"""Mentions: the gene symbols, niche names and cell types of a slide in free text.

    names = SlideNames.of(slide)
    find_mentions("Is col1a1 high in the stroma?", names)
    # [Mention("gene", "COL1A1", 3, 9), Mention("niche", "Stroma", 22, 28)]

The longest name at a place wins, and names end where words end. A name may be written in other case or in a usual other
way ("layer 3" for L3) where that means one name only. A typing error is never corrected: such a mention is not exact,
has no name, and lists the near names for people to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from data_prep.claims.common_words import COMMON_WORDS, FUNCTION_WORDS, NICHE_WORDS, PLACE_WORDS, words_of
from data_prep.claims.name_writings import fold, split_tokens
from data_prep.claims.near_names import find_near
from data_prep.claims.slide_names import CELL_TYPE, GENE, NICHE, SlideNames

_KIND_WORDS = {
    GENE: frozenset(("gene", "genes", "symbol", "transcript")),
    NICHE: NICHE_WORDS,
    CELL_TYPE: frozenset(("type", "types", "cells", "cell")),
}
_JOINERS = "-‐‑/._+&#"
_BENIGN = {
    GENE: words_of("positive negative high low hi lo pos neg rich expressing enriched expression specific"),
    NICHE: words_of("specific restricted enriched rich wide"),
    CELL_TYPE: words_of("specific restricted enriched rich"),
}
"""What may hang on a name with a hyphen and leave it that name: "COL1A1-high", but not "HLA-DRB9" with a gene HLA."""
_LEADS = words_of("in of within inside into from than to with for and or vs versus does is do are borders touches")
"""Words before a niche that is called by a number or letter only."""
_NICHE_FOLLOWS = words_of("in within inside into from to border borders touch touches surrounds")
_OF_A_NICHE = words_of("marker markers core edge rim border borders part half neighbor neighbors neighbour neighbours")
_NICHE_PRECEDES = words_of("border borders touch touches next adjacent beside surrounds surround")
"""Words that tell a niche from a gene of the same name."""
_NUMBER_AFTER = re.compile(
    r"\s+(?:\d{1,3}[a-z]?(?![\w.,]*\d|\s*(?:%|x\b|[-\s]?fold|times|spots|cells|of\b|out\b|genes|niches))(?!\w)|[B-HJ-Z](?![\w'’.-]|\s+cells?\b)|I{2,3}\b)"
)
"""A number or letter after a name makes it another name: "Cancer 2"."""
_DETERMINERS = {(word,) for word in words_of("a an any each every no one some that the these this what which")}
"""Words before "niche" or "gene" that are no name, though a niche or gene may be called so."""
_QUOTES = "\"'`“”‘’«»*[]"


@dataclass(frozen=True)
class Mention:
    """A name in a text.

    Attributes:
        kind: "gene", "niche" or "cell type".
        name: as the slide has it; "" if the mention is not exact.
        start: of the words in the text.
        end: likewise.
        is_exact: whether the words mean this one name without doubt. Otherwise people must choose.
        near: the names that words which are not exact may mean, the nearest first; empty for a gene that is not there.
        readings: every (kind, name) that the words may mean where a gene and a niche or cell type are called so; the
            words around them decide. Empty for all other names.
    """

    kind: str
    name: str
    start: int
    end: int
    is_exact: bool = True
    near: tuple[str, ...] = ()
    readings: tuple[tuple[str, str], ...] = ()


def find_mentions(text: str, names: SlideNames, *, near: bool = True) -> list[Mention]:
    """Finds the names of a slide in a text.

    Args:
        text: free text.
        names: of the slide.
        near: also look for words that may be names with typing errors, and for symbols of genes that are not there.

    Returns:
        Mentions in the order of the text. They do not overlap.
    """
    found = _Text(text, names).named()
    if near:
        free = [(0, len(text))]
        for mention in found:
            start, end = free.pop()
            free += [(start, mention.start), (mention.end, end)]
        found += [
            Mention(kind, "", start, end, is_exact=False, near=close)
            for kind, start, end, close in find_near(text, free, names.folded_genes, names.niche_writings)
        ]
    return sorted(found, key=lambda mention: mention.start)


@dataclass
class _Span:
    """Tokens [first, last) that may be a name."""

    first: int
    last: int
    meanings: tuple[tuple[str, str], ...]
    is_sure: bool = True
    readings: tuple[tuple[str, str], ...] = ()


@dataclass
class _Text:
    """A text in tokens, and the names in it."""

    text: str
    names: SlideNames
    tokens: list[re.Match[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = split_tokens(self.text)
        self.exact = tuple(token[0] for token in self.tokens)
        self.folded = tuple(fold(token) for token in self.exact)
        self.is_shouted = self.text.isupper()

    def named(self) -> list[Mention]:
        """The mentions by name. A name that is only part of a longer word or name is not exact."""
        spans = self._longest(self._spans())
        mentions = []
        for i, span in enumerate(spans):
            start, end = self.tokens[span.first].start(), self.tokens[span.last - 1].end()
            kind, candidates = span.meanings[0][0], tuple(name for _, name in span.meanings)
            neighbours = {spans[i - 1].last} if i else set()
            joined = self._joined(span, neighbours, {s.first for s in spans[i + 1 : i + 2]})
            if joined != (start, end):
                mentions.append(Mention(kind, "", *joined, is_exact=False, near=candidates))
            elif len(candidates) > 1 or not span.is_sure:
                mentions.append(Mention(kind, "", start, end, False, candidates, span.readings))
            else:
                mentions.append(Mention(kind, candidates[0], start, end, readings=span.readings))
        return self._merged(mentions)

    def _merged(self, mentions: Sequence[Mention]) -> list[Mention]:
        """Two niches side by side are one name that is not there: "pancreatic cancer"."""
        kept: list[Mention] = []
        for mention in mentions:
            if kept and self.text[kept[-1].end : mention.start].isspace() and GENE not in (kept[-1].kind, mention.kind):
                first = kept.pop()
                near = tuple(dict.fromkeys((first.name, *first.near, mention.name, *mention.near)))
                mention = Mention(NICHE, "", first.start, mention.end, False, tuple(filter(None, near)))
            kept.append(mention)
        return kept

    def _spans(self) -> Iterator[_Span]:
        for first in range(len(self.tokens)):
            for length in self.names.lengths:
                last = first + length
                if last <= len(self.tokens):
                    meanings = self.names.meanings(self.exact[first:last], self.folded[first:last])
                    if meanings and (span := self._weighed(first, last, meanings)):
                        yield span

    def _longest(self, spans: Iterable[_Span]) -> list[_Span]:
        """The spans that stay when longer ones take their tokens first."""
        taken: set[int] = set()
        kept = []
        for span in sorted(
            spans, key=lambda s: (self.tokens[s.first].start() - self.tokens[s.last - 1].end(), s.first)
        ):
            if taken.isdisjoint(range(span.first, span.last)):
                taken.update(range(span.first, span.last))
                kept.append(span)
        return sorted(kept, key=lambda span: span.first)

    def _weighed(self, first: int, last: int, meanings: Sequence[tuple[str, str]]) -> _Span | None:
        """The span with the meanings that its words and the words beside it allow; None if there are none."""
        stated = [(kind, name) for kind, name in meanings if self._is_stated(first, last, kind)]
        allowed = stated or [(kind, name) for kind, name in meanings if self._is_allowed(first, last, kind, name)]
        if not allowed:
            return None
        is_sure = True
        readings: tuple[tuple[str, str], ...] = ()
        if len({kind for kind, _ in allowed}) > 1:  # A niche or cell type may be called like a gene.
            readings = tuple(allowed)
            kind = self._kind_by_place(first, last)
            is_sure = bool(kind)
            allowed = [(k, name) for k, name in allowed if k == kind] or allowed
            allowed = [(k, name) for k, name in allowed if k == allowed[0][0]]
        word = self.exact[first] if last == first + 1 else ""
        kind, name = allowed[0]
        if kind == GENE and word and word != name and fold(word) in COMMON_WORDS:
            is_sure = False  # "the gene cat": certainly a gene, but not written as CAT is.
        return _Span(first, last, tuple(allowed), is_sure, readings)

    def _kind_by_place(self, first: int, last: int) -> str:
        """What a name that a gene and a niche share means by the words around it; "" where they leave it open."""
        if first and self._before(first) in ("the", "a", "an"):
            first -= 1
        before, earlier = self._before(first), self._before(first - 1) if first else ""
        after = self.folded[last] if last < len(self.folded) else ""
        if before in _NICHE_FOLLOWS or (before == "of" and earlier in _OF_A_NICHE) or after in _NICHE_PRECEDES:
            return NICHE
        return "" if before in ("describe", "about") or (before == "is" and earlier == "where") else GENE

    def _is_stated(self, first: int, last: int, kind: str) -> bool:
        """Whether the words beside a name say what it is: "the gene MET", "niche 3", "`A`"."""
        words = _KIND_WORDS[kind]
        before, after = self._before(first), self.folded[last] if last < len(self.folded) else ""
        if before in words and kind != CELL_TYPE:
            return True
        if after in words and not (after in ("cell", "cells") and self._is_tiny(first, last)):
            return self.folded[first:last] not in _DETERMINERS
        is_word = last == first + 1 and self.folded[first] in COMMON_WORDS
        is_quoted = (
            first > 0 and last < len(self.exact) and self.exact[first - 1] in _QUOTES and self.exact[last] in _QUOTES
        )
        return is_quoted and not (is_word and self.exact[first].islower()) and kind != CELL_TYPE

    def _is_allowed(self, first: int, last: int, kind: str, name: str) -> bool:
        """Whether words may be a name though nothing beside them says so."""
        if last > first + 1:
            return any(token[0].isalnum() for token in self.exact[first:last])
        written, folded = self.exact[first], self.folded[first]
        if self._is_tiny(first, last):
            return kind != GENE and self._is_label(first, last)
        if written.islower() and folded in FUNCTION_WORDS | PLACE_WORDS:
            return False
        if folded in FUNCTION_WORDS and (self._starts_sentence(first) or self.is_shouted):
            return False
        return kind != GENE or written == name or folded not in COMMON_WORDS

    def _is_tiny(self, first: int, last: int) -> bool:
        """Whether a name is one letter or sign, or a number: too little to be a name by itself."""
        word = self.exact[first]
        return last == first + 1 and (len(word) == 1 or word.isdigit())

    def _is_label(self, first: int, last: int) -> bool:
        """Whether one letter or a number stands where a niche is named."""
        word = self.exact[first]
        after = self.folded[last] if last < len(self.folded) else ""
        if not word.isalnum() or after in ("cell", "cells") or self.is_shouted:
            return False
        if word.isdigit():
            return self._before(first) in _LEADS and (not after or not after[0].isalnum() or after in FUNCTION_WORDS)
        return word.isupper() and not (word in "AI" and self._starts_sentence(first))

    def _before(self, first: int) -> str:
        return self.folded[first - 1] if first else ""

    def _starts_sentence(self, first: int) -> bool:
        return first == 0 or self.exact[first - 1] in ".!?:;\n"

    def _joined(self, span: _Span, ends: set[int], starts: set[int]) -> tuple[int, int]:
        """The place of a name, with what hangs on it and makes it another name ("HLA-DRB9", "non-Stroma", "L 2/3")."""
        start, end = self.tokens[span.first].start(), self.tokens[span.last - 1].end()
        benign = _BENIGN[span.meanings[0][0]]
        after, before = span.last, span.first - 1
        if after + 1 < len(self.tokens) and after + 1 not in starts and self._are_joined(after):
            word = self.exact[after + 1]
            # After a slash a short word goes on with the name ("2/3"); a longer one is a name of its own.
            goes_on = len(word) < 3 or word.isdigit() if self.exact[after] == "/" else word not in benign
            if goes_on and not (self.exact[after] == "." and not word[0].isdigit()):
                end = self.tokens[after + 1].end()
        elif match := _NUMBER_AFTER.match(self.text, end):
            end = match.end()
        if before > 0 and before not in ends and self._are_joined(before) and self.exact[before] not in "/.+":
            start = self.tokens[before - 1].start()
        return start, end

    def _are_joined(self, joiner: int) -> bool:
        """Whether a token joins the ones before and after it without a space."""
        before, at, after = self.tokens[joiner - 1], self.tokens[joiner], self.tokens[joiner + 1]
        touching = before.end() == at.start() and at.end() == after.start()
        return touching and at[0] in _JOINERS and after[0][0].isalnum() and before[0][-1].isalnum()
