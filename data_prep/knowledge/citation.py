"""Citation: the file, version and line that a statement comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """One file of knowledge.

    Attributes:
        file: its name, without folders.
        version: the release that `nichelens fetch-knowledge` noted, or the first digits of its SHA-256.
    """

    file: str
    version: str

    def __str__(self) -> str:
        return f"{self.file} ({self.version})" if self.version else self.file


@dataclass(frozen=True)
class Citation:
    """One line of a file.

    Attributes:
        source: the file.
        line: number of the line, from 1 on.
    """

    source: Source
    line: int

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}"
