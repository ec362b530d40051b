"""The names of a slide, in the ways they may be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

from data_prep.claims.name_writings import Tokens, fold, fold_name, other_writings, split_tokens
from data_prep.slide import Slide

GENE, NICHE, CELL_TYPE = "gene", "niche", "cell type"
"""Kinds of mention."""


@dataclass(frozen=True, eq=False)
class SlideNames:
    """The names of one slide, in the ways they may be written.

    Attributes:
        genes: symbols.
        niches: names.
        cell_types: names that are no niches.
    """

    genes: tuple[str, ...]
    niches: tuple[str, ...]
    cell_types: tuple[str, ...] = ()

    @classmethod
    def of(cls, slide: Slide) -> SlideNames:
        """The names of a slide; made once for each slide."""
        if slide not in _NAMES:
            types = (name for name in slide.cell_types if name not in slide.niches)
            _NAMES[slide] = cls(tuple(map(str, slide.genes)), tuple(slide.niches), tuple(types))
        return _NAMES[slide]

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """All names of one kind of mention."""
        return {GENE: self.genes, NICHE: self.niches, CELL_TYPE: self.cell_types}[kind]

    def meanings(self, exact: Tokens, folded: Tokens) -> tuple[tuple[str, str], ...]:
        """What some tokens may mean, as (kind, name): in each kind by the exact name, else by another writing."""
        found: dict[str, list[tuple[str, str]]] = {}
        for written in (self._exact.get(exact, ()), self._folded.get(folded, ()), self._others.get(folded, ())):
            known = set(found)
            for kind, name in written:
                if kind not in known:
                    found.setdefault(kind, []).append((kind, name))
        return tuple(meaning for meanings in found.values() for meaning in meanings)

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """Numbers of tokens that names have, the largest first."""
        writings = (*self._exact, *self._folded, *self._others)
        return tuple(sorted({len(tokens) for tokens in writings if tokens}, reverse=True))

    @cached_property
    def folded_genes(self) -> dict[str, str]:
        """Symbol in lower case → symbol."""
        return {fold(gene): gene for gene in self.genes}

    @cached_property
    def niche_writings(self) -> dict[str, str]:
        """Each writing of a niche or cell type in lower case → its name."""
        return {
            " ".join(tokens): name
            for name in (*self.cell_types, *self.niches)
            for tokens in (*other_writings(name), fold_name(name))
        }

    @cached_property
    def _exact(self) -> dict[Tokens, tuple[tuple[str, str], ...]]:
        return _index((tuple(m[0] for m in split_tokens(name)), kind, name) for kind, name in self._all())

    @cached_property
    def _folded(self) -> dict[Tokens, tuple[tuple[str, str], ...]]:
        return _index((fold_name(name), kind, name) for kind, name in self._all())

    @cached_property
    def _others(self) -> dict[Tokens, tuple[tuple[str, str], ...]]:
        named = ((kind, name) for kind, name in self._all() if kind != GENE)
        return _index((tokens, kind, name) for kind, name in named for tokens in other_writings(name))

    def _all(self) -> Iterator[tuple[str, str]]:
        return ((kind, name) for kind in (GENE, NICHE, CELL_TYPE) for name in self.of_kind(kind))


_NAMES: WeakKeyDictionary[Slide, SlideNames] = WeakKeyDictionary()


def _index(written: Iterable[tuple[Tokens, str, str]]) -> dict[Tokens, tuple[tuple[str, str], ...]]:
    index: dict[Tokens, tuple[tuple[str, str], ...]] = {}
    for tokens, kind, name in written:
        meanings = index.get(tokens, ())
        if (kind, name) not in meanings:
            index[tokens] = (*meanings, (kind, name))
    return index
