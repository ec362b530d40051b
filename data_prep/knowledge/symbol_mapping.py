"""SymbolMapper: finds the gene of a slide that a symbol of a file means; SymbolMapping: how often it could.

A symbol that the slide has, letter by letter, is this gene. For other symbols, the species of their list decides which
steps are taken. The first step that knows the symbol decides.

A list of the slide's own species:

1. The gene table of the species. An official symbol means its own gene only. A synonym of several genes is ambiguous,
   also where the slide has only one of them: CD20 is a synonym of MS4A1 and of KRT20.
2. The table of orthologs, for a stray symbol of the other species.
3. Other letter case.

A list of the other species:

1. The table of orthologs.
2. Other letter case.
3. The gene table of the other species: the orthologs of the gene under its official symbol and its unique synonyms.
4. The gene table of the slide's species, if that of the other one does not know the symbol.

So a symbol is never taken for a synonym where it is an official symbol: human MBP is a synonym of mouse Prg2 in NCBI's
table. This is so for 217 of the 16,841 human symbols of homologene.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from data_prep.knowledge.gene_index import GeneIndex
from data_prep.knowledge.gene_list import Ortholog
from data_prep.knowledge.species import HUMAN

EXACT, SYNONYM, ORTHOLOG, LETTER_CASE = "exact", "synonym", "ortholog", "letter case"
NOT_ON_SLIDE, AMBIGUOUS = "not on the slide", "ambiguous"
HOW = (EXACT, SYNONYM, ORTHOLOG, LETTER_CASE, NOT_ON_SLIDE, AMBIGUOUS)
"""How a symbol was mapped, or why it was not."""
_SHOWN = 3


@dataclass(frozen=True)
class MappedSymbol:
    """What became of one symbol.

    Attributes:
        how: one of `HOW`.
        gene: the gene of the slide; "" if there is none.
        choices: the genes that an ambiguous symbol may mean.
    """

    how: str
    gene: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class SymbolMapping:
    """How the symbols of all lists and pairs were mapped to a slide; each symbol is counted once.

    Attributes:
        counts: way of `HOW` → number of symbols.
        ambiguous: symbol → the genes that it may mean.
    """

    counts: Mapping[str, int]
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def n_symbols(self) -> int:
        """Number of symbols."""
        return sum(self.counts.values())

    @property
    def n_mapped(self) -> int:
        """Number of symbols that mean a gene of the slide."""
        return sum(self.counts[how] for how in HOW if how not in (NOT_ON_SLIDE, AMBIGUOUS))

    def words(self) -> str:
        """The counts in one or two sentences."""
        if not self.n_symbols:
            return "The files name no genes."
        ways = [f"{self.counts[how]:,} {words}" for how, words in _WAYS.items() if self.counts[how]]
        said = f"{self.n_mapped:,} of {self.n_symbols:,} gene symbols of the files are on the slide"
        said += f" ({', '.join(ways)})." if ways else "."
        if self.ambiguous:
            some = [f"{symbol} ({' or '.join(genes[:_SHOWN])})" for symbol, genes in self.ambiguous.items()]
            are = "symbol is" if len(some) == 1 else "symbols are"
            said += f" {len(some):,} {are} ambiguous and not used: {', '.join(some[:_SHOWN])}"
            said += ", and others." if len(some) > _SHOWN else "."
        return said


_WAYS = {EXACT: "as they are", SYNONYM: "by synonym", ORTHOLOG: "by ortholog", LETTER_CASE: "by letter case"}


class SymbolMapper:
    """Maps symbols to the genes of one slide.

    Args:
        genes: symbols of the slide.
        species: of the slide; "" if unknown, and then only the letters count.
        own: gene table of this species.
        other: gene table of the other species.
        orthologs: pairs of human and mouse symbols.
    """

    def __init__(
        self,
        genes: Sequence[str],
        species: str,
        own: GeneIndex,
        other: GeneIndex,
        orthologs: Iterable[Ortholog],
    ) -> None:
        self.species = species
        self._genes = dict.fromkeys(genes)
        self._own, self._other = own, other
        self._official_by_fold = {record.symbol.casefold(): record.symbol for record in own.records}
        self._by_fold: defaultdict[str, list[str]] = defaultdict(list)
        for gene in self._genes:
            self._by_fold[gene.casefold()].append(gene)
        self._on_slide: defaultdict[int, list[str]] = defaultdict(list)
        """Place of a gene in the table of the slide's species → its symbols on the slide."""
        for gene in self._genes:
            places = own.places(gene)
            if len(places) == 1:
                self._on_slide[places[0]].append(gene)
        self._orthologs: defaultdict[str, list[str]] = defaultdict(list)
        """Symbol of the other species → symbols of the slide's species."""
        for pair in orthologs if species else ():
            theirs, ours = (pair.mouse, pair.human) if species == HUMAN else (pair.human, pair.mouse)
            if ours not in self._orthologs[theirs]:
                self._orthologs[theirs].append(ours)
        self._known: dict[tuple[str, bool], MappedSymbol] = {}

    def map(self, symbol: str, list_species: str) -> MappedSymbol:
        """The gene of the slide that a symbol means.

        Args:
            symbol: as the file has it.
            list_species: of the list; "" if unknown, and then official symbols of the slide's species are of it.
        """
        is_own = list_species == self.species if list_species else self._own.is_official(symbol)
        key = (symbol, is_own)
        mapped = self._known.get(key)
        if mapped is None:
            mapped = self._known[key] = self._mapped(symbol, is_own)
        return mapped

    def report(self) -> SymbolMapping:
        """How the symbols that were asked for so far were mapped."""
        of_symbol: dict[str, MappedSymbol] = {}
        for (symbol, _), mapped in self._known.items():
            if symbol not in of_symbol or not of_symbol[symbol].gene:
                of_symbol[symbol] = mapped
        counts = Counter(mapped.how for mapped in of_symbol.values())
        ambiguous = {symbol: mapped.choices for symbol, mapped in of_symbol.items() if mapped.how == AMBIGUOUS}
        return SymbolMapping({how: counts[how] for how in HOW}, ambiguous)

    def _mapped(self, symbol: str, is_own: bool) -> MappedSymbol:
        if symbol in self._genes:
            return MappedSymbol(EXACT, symbol)
        own_steps = (self._by_own_table, self._by_ortholog, self._by_case)
        other_steps = (self._by_ortholog, self._by_case, self._by_other_table, self._by_own_table)
        for step in own_steps if is_own else other_steps:
            mapped = step(symbol)
            if mapped is not None:
                return mapped
        return MappedSymbol(NOT_ON_SLIDE)

    def _by_own_table(self, symbol: str) -> MappedSymbol | None:
        places, found = self._own.places(symbol), self._named(symbol)
        if len(places) > 1 and found:
            return MappedSymbol(AMBIGUOUS, choices=tuple(self._own.records[place].symbol for place in places))
        return _one_of(SYNONYM, found) if places else None

    def _named(self, symbol: str) -> list[str]:
        """Genes of the slide that a symbol of its species may mean, by the gene table; one for each gene of it."""
        named = (self._on_slide.get(place, []) for place in self._own.places(symbol))
        return [genes[0] if len(genes) == 1 else self._chosen(genes) for genes in named if genes]

    def _chosen(self, genes: list[str]) -> str:
        """Of several symbols of one gene on the slide, the official one, else the first."""
        return next((gene for gene in genes if self._own.is_official(gene)), genes[0])

    def _by_ortholog(self, symbol: str) -> MappedSymbol | None:
        targets = self._orthologs.get(symbol)
        return _one_of(ORTHOLOG, self._orthologs_on_slide(symbol)) if targets else None

    def _orthologs_on_slide(self, symbol: str) -> list[str]:
        return [gene for target in self._orthologs.get(symbol, []) for gene in self._meant_by(target)]

    def _meant_by(self, symbol: str) -> list[str]:
        """The gene of the slide that a symbol of its species means, in a list; none if it is ambiguous."""
        if symbol in self._genes:
            return [symbol]
        return self._named(symbol) if len(self._own.places(symbol)) == 1 else []

    def _by_case(self, symbol: str) -> MappedSymbol | None:
        """The gene in other letter case, on the slide or as an official symbol, which means its own gene only."""
        fold = symbol.casefold()
        if fold in self._by_fold:
            return _one_of(LETTER_CASE, self._by_fold[fold])
        official = self._official_by_fold.get(fold)
        return None if official is None else _one_of(LETTER_CASE, self._meant_by(official))

    def _by_other_table(self, symbol: str) -> MappedSymbol | None:
        places = self._other.places(symbol)
        found = [self._orthologs_of(place) for place in places]
        if len(found) > 1 and any(found) and not all(genes == found[0] for genes in found):
            return MappedSymbol(AMBIGUOUS, choices=tuple(self._other.records[place].symbol for place in places))
        return _one_of(ORTHOLOG, found[0]) if found else None

    def _orthologs_of(self, place: int) -> list[str]:
        """Genes of the slide for a gene in the table of the other species."""
        names = self._other.names_of(place)
        if any(name in self._orthologs for name in names):
            return list(dict.fromkeys(gene for name in names for gene in self._orthologs_on_slide(name)))
        return self._by_fold.get(self._other.records[place].symbol.casefold(), [])


def _one_of(how: str, genes: Iterable[str]) -> MappedSymbol:
    """The one gene, or why there is none."""
    distinct = tuple(dict.fromkeys(genes))
    if not distinct:
        return MappedSymbol(NOT_ON_SLIDE)
    return MappedSymbol(how, distinct[0]) if len(distinct) == 1 else MappedSymbol(AMBIGUOUS, choices=distinct)
