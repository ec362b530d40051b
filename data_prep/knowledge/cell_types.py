"""Cell types: the marker lists of one name, from several files, brought together.

"Oligodendrocytes", "Oligodendrocyte" and "oligodendrocyte cells" are one type. A gene that two lists of a type name
counts twice. "Purkinje neurons" are a kind of "Neurons": the last words of a name say what the type is a kind of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from data_prep.knowledge.gene_list import MARKER_LIST

if TYPE_CHECKING:
    from data_prep.knowledge.on_slide import MappedList

SPECIFIC = 0.5
"""A gene's weight in a type is divided by this power of the number of types that name it."""
_QUALIFIERS = ("naive", "memory")
"""Words behind the name of a type that name a kind of it: "B cells memory"."""
_KINDS = {
    "neuron": (
        *("interneuron", "pyramidal", "gaba", "cajal retziu", "(pro ) subiculum", "dentate hilum (ca4)"),
        *("ca1 dorsal principal", "ca1 ventr principal", "ca2 principal", "ca3 dorsal principal"),
        *("ca3 ventr principal", "mature granule (dg)", "retinal ganglion"),
    ),
    "astrocyte": ("bergmann glia",),
    "fibroblast": ("myofibroblast", "hepatic stellate", "pancreatic stellate", "fibroblast like"),
    "b": ("plasma", "plasma b"),
}
"""Plain name of a type → kinds of it by the Cell Ontology (Diehl et al. 2016) whose names do not say so."""
_SPELLINGS = (("microglial", "microglia"), ("glutaminergic", "glutamatergic"))


@dataclass(frozen=True, eq=False)
class KnownTypes:
    """The cell types that may describe a slide.

    Attributes:
        names: (n_types,) names, as the first list of each type has them.
        lists: for each type its lists on the slide.
        weights: (n_genes, n_types) weight of each gene of the slide: how many lists of the type name it, divided by a
            power of the number of types that do.
    """

    names: tuple[str, ...]
    lists: tuple[tuple[MappedList, ...], ...]
    weights: sp.csc_matrix

    @classmethod
    def of(cls, lists: Sequence[MappedList], organs: frozenset[str], n_genes: int) -> KnownTypes:
        """The types of some lists.

        Args:
            lists: of a slide; gene sets among them are left out.
            organs: in small letters, as of `organs_of`; lists of other organs are left out. Empty for all.
            n_genes: number of genes of the slide.
        """
        grouped: dict[str, list[MappedList]] = {}
        for mapped in lists:
            tissue = mapped.of_list.tissue.lower()
            if mapped.of_list.kind == MARKER_LIST and (not organs or not tissue or tissue in organs):
                grouped.setdefault(plain_name(mapped.of_list.name), []).append(mapped)
        votes = [Counter(int(code) for mapped in of_type for code in mapped.codes) for of_type in grouped.values()]
        named = Counter(code for of_type in votes for code in of_type)
        entries = [
            (n_lists / named[code] ** SPECIFIC, code, at)
            for at, of_type in enumerate(votes)
            for code, n_lists in sorted(of_type.items())
        ]
        value, row, column = zip(*entries, strict=True) if entries else ((), (), ())
        weights = sp.csc_matrix((value, (row, column)), shape=(n_genes, len(grouped)), dtype=np.float64)
        names = tuple(of_type[0].of_list.name for of_type in grouped.values())
        return cls(names, tuple(map(tuple, grouped.values())), weights)

    def codes(self, at: int) -> np.ndarray:
        """Columns of the genes of a type, sorted."""
        return np.unique(np.concatenate([mapped.codes for mapped in self.lists[at]]))

    def index(self, name: str) -> int | None:
        """Number of a type, by any spelling of its name; None if there is none."""
        return self._by_name.get(plain_name(name))

    def family(self, at: int) -> tuple[int, ...]:
        """The types that a type is a kind of, the nearest first."""
        found: list[int] = []
        parent = self.parents.get(at)
        while parent is not None and parent not in found:
            found.append(parent)
            parent = self.parents.get(parent)
        return tuple(found)

    @cached_property
    def parents(self) -> Mapping[int, int]:
        """Number of a type → number of the type that it is a kind of."""
        found = {}
        for name, at in self._by_name.items():
            wider = [other for other in self._by_name if other != name and _is_kind_of(name, other)]
            if wider:
                found[at] = self._by_name[max(wider, key=len)]
        return found

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {plain_name(name): at for at, name in enumerate(self.names)}


def plain_name(name: str) -> str:
    """The name of a cell type without case, hyphens, the word "cell" and the s of the plural."""
    words = re.sub(r"\bcells?\b", "", name.lower().replace("-", " "))
    words = re.sub(r"s\b", "", " ".join(words.split()))
    for written, plain in _SPELLINGS:
        words = words.replace(written, plain)
    return words or name.lower().strip()


def _is_kind_of(name: str, wider: str) -> bool:
    if name.endswith(f" {wider}") or name in _KINDS.get(wider, ()):
        return True
    rest = name.removeprefix(f"{wider} ")
    return rest != name and (rest.startswith("(") or rest in _QUALIFIERS)
