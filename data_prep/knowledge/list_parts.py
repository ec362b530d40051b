"""ListPart: one line of a file that names genes of a list; and the lists that the lines of all files make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from data_prep.errors import CONTROL, NicheLensError
from data_prep.knowledge.citation import Source
from data_prep.knowledge.gene_list import GeneList
from data_prep.knowledge.text_files import stem_of
from data_prep.short_names import short_names

LONGEST_NAME = 200
"""A longer name of a list loses its middle, as names of genes and niches do. A longer symbol is no symbol."""


@dataclass(frozen=True)
class ListPart:
    """Genes that one line adds to a list.

    Attributes:
        name: of the list.
        symbols: of the genes.
        line: number of the line.
        species: what the line or the file says.
        tissue: organ or tissue; "" for none.
        separate: whether other species make another list, as in CellMarker. If not, the list is of all of them.
    """

    name: str
    symbols: Sequence[str]
    line: int
    species: tuple[str, ...] = ()
    tissue: str = ""
    separate: bool = False


def lists_of(parts: Iterable[ListPart], kind: str, source: Source, notes: list[str]) -> list[GeneList]:
    """The lists of a file, in its order; a list has one name, tissue and, where they are separate, species.

    Raises:
        NicheLensError: a name has a line break.
    """
    genes: dict[tuple, dict[str, int]] = {}
    species: dict[tuple, dict[str, None]] = {}
    too_long = 0
    for part in parts:
        key = (part.name, part.tissue, part.species if part.separate else ())
        for symbol in part.symbols:
            if len(symbol) > LONGEST_NAME or "\n" in symbol:
                too_long += 1
            else:
                genes.setdefault(key, {}).setdefault(symbol, part.line)
        species.setdefault(key, {}).update(dict.fromkeys(part.species))
    if too_long:
        notes.append(f"{source.file}: {too_long:,} symbols of over {LONGEST_NAME} characters are left out")
    for name, tissue, _ in genes:
        for text in (name, tissue):
            if CONTROL.search(text):
                message = (
                    f"{source.file} has the name {text[:60]!r}, with a line break or another control character; "
                    "rename it"
                )
                raise NicheLensError(message)
    forms = short_names([text for name, tissue, _ in genes for text in (name, tissue)], LONGEST_NAME)
    if n_long := sum(text != form for text, form in forms.items()):
        notes.append(f"{source.file}: {n_long:,} names of over {LONGEST_NAME} characters lose their middle")
    return [
        GeneList(
            label=forms[key[0]],
            name=forms[key[0]],
            kind=kind,
            genes=members,
            source=source,
            species=tuple(sorted(species[key])),
            tissue=forms[key[1]],
        )
        for key, members in genes.items()
    ]


def labelled(lists: Sequence[GeneList]) -> dict[str, GeneList]:
    """Label → list. A label is the name, and where several lists have it, also the file, tissue and species.

    "Astrocytes" is the only list of this name; else it is "Astrocytes (sctype_full, Brain)". Where this is not enough,
    species are added, and then a number.
    """
    labels = [gene_list.name for gene_list in lists]
    for more in (_with_tissue, _with_species):
        taken = _repeated(labels)
        labels = [more(one) if label in taken else label for one, label in zip(lists, labels, strict=True)]
    found: dict[str, GeneList] = {}
    for one, label in zip(lists, labels, strict=True):
        distinct, number = label, 2
        while distinct in found:
            distinct, number = f"{label} #{number}", number + 1
        found[distinct] = replace(one, label=distinct)
    return found


def _with_tissue(one: GeneList) -> str:
    return f"{one.name} ({', '.join(filter(None, (stem_of(one.source.file), one.tissue)))})"


def _with_species(one: GeneList) -> str:
    return f"{one.name} ({', '.join(filter(None, (stem_of(one.source.file), one.tissue, *one.species)))})"


def _repeated(labels: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    return {label for label in labels if label in seen or seen.add(label)}  # type: ignore[func-returns-value]
