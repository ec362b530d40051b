"""Options of the commands that use what is known: files of marker lists, gene sets, gene tables and pairs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import console
from data_prep.errors import NicheLensError

if TYPE_CHECKING:
    from data_prep.slide import Slide

logger = logging.getLogger(__name__)

KNOWLEDGE = "Knowledge"
"""Heading of the options in `--help`."""


@dataclass(frozen=True)
class KnowledgeOptions:
    """Which files say what is known."""

    knowledge: Annotated[
        list[Path] | None,
        typer.Option(
            "--knowledge",
            metavar="FILE|FOLDER",
            rich_help_panel=KNOWLEDGE,
            help="Marker lists, gene sets, gene tables, ligands and receptors, or a folder of them "
            "(`nichelens fetch-knowledge`). May be repeated.",
        ),
    ] = None
    tissue: Annotated[
        str,
        typer.Option(
            "--tissue",
            metavar="WORDS",
            rich_help_panel=KNOWLEDGE,
            help='The tissue, such as "mouse cortex": marker lists of other organs are left out. Without it, what the '
            "slide's file says.",
        ),
    ] = ""

    def files_among(self, outputs: Sequence[Path]) -> list[Path]:
        """The files that are named, and those of some outputs that a named folder holds: they are read as well."""
        named = self.knowledge or []
        folders = [path.resolve() for path in named if path.is_dir()]
        return [*named, *(out for out in outputs if out.is_file() and out.parent.resolve() in folders)]

    def require(self, why: str) -> None:
        """Refuses a call that names no file.

        Args:
            why: what needs the files, the first half of the message.

        Raises:
            NicheLensError: no file is named.
        """
        if not self.knowledge:
            message = f"{why}; give --knowledge FOLDER (`nichelens fetch-knowledge` fetches it)"
            raise NicheLensError(message)

    def attach(self, slides: Sequence[Slide]) -> list[Slide]:
        """The slides with what the files say of their genes; as they are if no file is named.

        It tells how many gene symbols of the files are on each slide.

        Raises:
            NicheLensError: a file cannot be read.
        """
        if not self.knowledge:
            return list(slides)
        from data_prep.knowledge.on_slide import with_knowledge
        from data_prep.knowledge.reading import read_knowledge

        known = read_knowledge(self.knowledge)
        for note in known.notes:
            logger.warning("%s", note)
        mapped = [with_knowledge(slide, known, self.tissue) for slide in slides]
        for slide in mapped[:1]:  # slices of a file have the same genes
            if slide.knowledge is not None:
                console.tell(slide.knowledge.mapping.words())
        return mapped
