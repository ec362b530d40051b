"""GMT files: one list a line, as MSigDB, Reactome and Enrichr write them."""

from __future__ import annotations

import re

from data_prep.knowledge.gene_list import GENE_SET, MARKER_LIST
from data_prep.knowledge.list_parts import ListPart
from data_prep.knowledge.species import species_in_words
from data_prep.knowledge.text_files import NotKnowledgeError, TextFile

_LOOKED_AT = 50
"""Lines that tell whether a file without the ending .gmt is one."""
_SYMBOL = re.compile(r"[^\s,;|]{1,40}(,[\d.eE+-]+)?")
_NUMBER = re.compile(r"[\d.eE+-]*")
_MARKERS = re.compile(r"marker|cell(?!ular|[ _.-]*cycle)|panglao|sctype|azimuth|tabula")
"""What the name of a file of cell types has: not GO's "Cellular_Component", nor a pathway such as "cell_cycle"."""


def is_gmt(text: TextFile) -> bool:
    """Whether lines are a name, a description and genes.

    The ending .gmt is enough. Without it, all lines must have such cells, and either their numbers differ or the
    descriptions are empty or addresses; a table has neither.
    """
    lines = [line.split("\t") for line in text.lines[: _LOOKED_AT * 2] if line.strip()][:_LOOKED_AT]
    if ".gmt" in text.name.lower():
        return any(len(cells) > 2 for cells in lines)
    if any(len(cells) < 3 or not cells[0].strip() for cells in lines):
        return False
    uneven = len({len(cells) for cells in lines}) > 1
    described = all(not cells[1].strip() or cells[1].startswith(("http", ">")) for cells in lines)
    genes = [gene for cells in lines for gene in cells[2:] if gene.strip()]
    return (uneven or described) and bool(genes) and all(_SYMBOL.fullmatch(gene.strip()) for gene in genes)


def kind_of_gmt(name: str) -> str:
    """Marker lists if the name of the file says so, else gene sets."""
    return MARKER_LIST if _MARKERS.search(name.lower()) else GENE_SET


def read_gmt(text: TextFile, notes: list[str]) -> list[ListPart]:
    """The sets of a file. Enrichr's weights, as in "MBP,1.0", are left out.

    Raises:
        NotKnowledgeError: no line has a name and genes.
    """
    species = species_in_words(text.name)
    parts, ragged = [], []
    for line, content in enumerate(text.lines, 1):
        name, *cells = content.split("\t")
        symbols = [
            gene.strip() for cell in cells[1:] for gene in cell.split(",") if not _NUMBER.fullmatch(gene.strip())
        ]
        if name.strip() and symbols:
            parts.append(ListPart(name.strip(), symbols, line, species))
        elif content.strip():
            ragged.append(line)
    if not parts:
        message = f"{text.name}: holds no list of genes; each line of a GMT is a name, a description and genes"
        raise NotKnowledgeError(message)
    if ragged:
        notes.append(
            f"{text.name}: {len(ragged):,} lines without a name or genes are left out (first: line {ragged[0]})"
        )
    return parts
