"""GeneIndex: the genes of one species by symbol and synonym."""

from __future__ import annotations

from collections.abc import Iterable

from data_prep.knowledge.gene_list import GeneRecord


class GeneIndex:
    """Finds records of genes by their names.

    Attributes:
        records: the genes.
    """

    def __init__(self, records: Iterable[GeneRecord]) -> None:
        self.records = tuple(records)
        self._official: dict[str, tuple[int, ...]] = {}
        self._synonyms: dict[str, tuple[int, ...]] = {}
        for place, record in enumerate(self.records):
            self._official[record.symbol] = (*self._official.get(record.symbol, ()), place)
            for synonym in record.synonyms:
                self._synonyms[synonym] = (*self._synonyms.get(synonym, ()), place)

    def is_official(self, name: str) -> bool:
        """Whether a name is the official symbol of a gene."""
        return name in self._official

    def places(self, name: str) -> tuple[int, ...]:
        """Places of the genes that a name may mean: that of the official symbol, else all with this synonym."""
        return self._official.get(name) or self._synonyms.get(name, ())

    def names_of(self, place: int) -> list[str]:
        """The official symbol of a gene, and those of its synonyms that no other gene has."""
        record = self.records[place]
        return [name for name in (record.symbol, *record.synonyms) if self.places(name) == (place,)]

    def record(self, name: str) -> GeneRecord | None:
        """The gene that a name means; None if there is none, or more than one."""
        places = self.places(name)
        return self.records[places[0]] if len(places) == 1 else None
