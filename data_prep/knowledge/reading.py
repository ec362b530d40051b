"""Reads files of knowledge. The header of a file tells its format; `docs/knowledge_sources.md` lists the formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from data_prep.errors import CONTROL, NicheLensError
from data_prep.knowledge.citation import Source
from data_prep.knowledge.garbage import no_search_for_cycles
from data_prep.knowledge.gene_list import MARKER_LIST, GeneList, GeneRecord, Knowledge, LigandReceptor, Ortholog
from data_prep.knowledge.gene_sets import is_gmt, kind_of_gmt, read_gmt
from data_prep.knowledge.gene_tables import (
    Summary,
    is_gene_table,
    is_summary_table,
    joined,
    read_genes,
    read_summaries,
)
from data_prep.knowledge.list_parts import labelled, lists_of
from data_prep.knowledge.marker_tables import is_marker_table, read_markers
from data_prep.knowledge.ortholog_tables import ortholog_reader
from data_prep.knowledge.pair_tables import pair_columns, read_pairs
from data_prep.knowledge.table_rows import TableFile
from data_prep.knowledge.text_files import NotKnowledgeError, TextFile, read_text_file

SOURCES_FILE = "sources.json"
"""What `nichelens fetch-knowledge` writes beside the files: address, version and SHA-256 of each."""
MAX_FILES = 1000
"""A folder with more files is not a folder of knowledge."""
_MAX_SOURCES_BYTES = 2**20
_SHOWN_DIGITS = 12


@dataclass
class _Found:
    """What the files that were read so far say."""

    lists: list[GeneList] = field(default_factory=list)
    genes: list[GeneRecord] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    interactions: list[LigandReceptor] = field(default_factory=list)
    orthologs: list[Ortholog] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_knowledge(paths: Sequence[Path]) -> Knowledge:
    """Everything that files say about genes.

    Args:
        paths: files, and folders whose files are read in the order of their names. Hidden files, `sources.json` and
            Markdown are no knowledge. A file in a folder that is no regular file or has no known format is left out,
            with a note.

    Raises:
        NicheLensError: a path does not exist or cannot be read, a file is damaged, a file named here has no known
            format, or a folder has no file with one.
    """
    found = _Found()
    with no_search_for_cycles():
        for path in paths:
            _read_path(path, found)
        return Knowledge(
            lists=labelled(found.lists),
            genes=joined(found.genes, found.summaries, found.notes),
            interactions=tuple(found.interactions),
            orthologs=tuple(found.orthologs),
            sources=tuple(found.sources),
            notes=tuple(found.notes),
        )


def _read_path(path: Path, found: _Found) -> None:
    try:
        members = {member: member.is_file() for member in _members(path)} if path.is_dir() else None
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); give a folder that you may read"
        raise NicheLensError(message) from error
    if members is None:
        _read_file(path, found)
        return
    n_before = len(found.sources)
    for member, is_regular in members.items():
        if not is_regular:
            found.notes.append(f"{CONTROL.sub('?', member.name)}: is no regular file and is left out")
            continue
        try:
            _read_file(member, found)
        except NotKnowledgeError as error:
            found.notes.append(f"{error}. The file is left out")
    if len(found.sources) == n_before:
        message = f"{path}: holds no file of a known format; see docs/knowledge_sources.md, or `fetch-knowledge`"
        raise NicheLensError(message)


def _members(folder: Path) -> list[Path]:
    """What may be knowledge in a folder, sorted: not its folders, hidden files and the files that tell of others."""
    members = list(islice(folder.iterdir(), MAX_FILES + 1))
    if len(members) > MAX_FILES:
        message = f"{folder}: holds more than {MAX_FILES:,} files; give a folder with the files of knowledge only"
        raise NicheLensError(message)
    return sorted(
        member
        for member in members
        if not (member.name.startswith(".") or member.name == SOURCES_FILE or member.suffix.lower() == ".md")
        and not member.is_dir()
    )


def _read_file(path: Path, found: _Found) -> None:
    text = read_text_file(path)
    source = Source(text.name, _version(path, text.digest, found.notes))
    notes = list(text.notes)
    _read_text(text, source, found, notes)
    found.sources.append(source)
    found.notes.extend(notes)


def _read_text(text: TextFile, source: Source, found: _Found, notes: list[str]) -> None:
    """Recognises the format of a text and reads it.

    Raises:
        NotKnowledgeError: it is none of the known ones.
    """
    table = TableFile.of(text)
    if is_gene_table(table):
        found.genes.extend(read_genes(table, source, notes))
    elif is_summary_table(table):
        found.summaries.extend(read_summaries(table, source, notes))
    elif is_marker_table(table):
        found.lists.extend(lists_of(read_markers(table, notes), MARKER_LIST, source, notes))
    elif columns := pair_columns(table):
        found.interactions.extend(read_pairs(table, columns, source, notes))
    elif read_orthologs := ortholog_reader(table):
        found.orthologs.extend(read_orthologs(source, notes))
    elif is_gmt(text):
        found.lists.extend(lists_of(read_gmt(text, notes), kind_of_gmt(text.name), source, notes))
    else:
        shown = ", ".join(f"'{head[:30]}'" for head in table.header[:4])
        message = (
            f"{text.name}: has no format that is known (it begins with {shown}); give a GMT, or a table with columns "
            "for cell types and genes, genes and summaries, ligands and receptors, or human and mouse symbols"
        )
        raise NotKnowledgeError(message)


def _version(path: Path, digest: str, notes: list[str]) -> str:
    """The version that was noted when the file was fetched, if the file is still the same; else its SHA-256."""
    noted = _noted(path.parent / SOURCES_FILE, notes).get(path.name)
    if isinstance(noted, dict) and noted.get("sha256") == digest and isinstance(noted.get("version"), str):
        return CONTROL.sub("?", noted["version"][:100])
    return f"sha256 {digest[:_SHOWN_DIGITS]}"


def _noted(file: Path, notes: list[str]) -> dict[str, Any]:
    """What `sources.json` says of each file; nothing if there is none."""
    try:
        if not file.is_file() or file.stat().st_size > _MAX_SOURCES_BYTES:
            return {}
        noted = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        noted = None
    if isinstance(noted, dict):
        return noted
    note = f"{file.name}: is no JSON object and is not used; the files are told apart by their SHA-256"
    if note not in notes:
        notes.append(note)
    return {}
