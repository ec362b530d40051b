"""AllowedFolders: the folders below which a server opens files for others.

A path that comes from outside is untrusted. It is resolved first, so that `..` and symbolic links are followed, and it
must then lie below one of the folders. A file outside is refused before anything looks whether it exists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from data_prep.errors import CONTROL, NicheLensError

MOST_LISTED = 200
"""Slides that a listing names."""
_MOST_LOOKED_AT = 20_000
"""Files and folders that a listing looks at, so that a large folder takes no minutes."""
_LONGEST_PATH = 4096
_SUFFIXES = (".h5ad", ".zarr")
_OUTS = "outs"
"""The folder that Space Ranger and Xenium write."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


@dataclass(frozen=True)
class AllowedFolders:
    """Folders whose slides may be opened; none by default.

    Attributes:
        folders: absolute, without symbolic links.
    """

    folders: tuple[Path, ...] = ()

    @classmethod
    def of(cls, paths: Iterable[Path]) -> AllowedFolders:
        """The folders that somebody named, for example with `--allow`.

        Raises:
            NicheLensError: one of them is no folder.
        """
        folders = []
        for path in paths:
            if not path.is_dir():
                message = f"--allow {path}: is no folder; name a folder with slides"
                raise NicheLensError(message)
            folders.append(path.resolve())
        return cls(tuple(dict.fromkeys(folders)))

    def resolve(self, path: str) -> Path:
        """The file or folder that a path means.

        Args:
            path: as somebody wrote it; a relative one starts in an allowed folder.

        Returns:
            Its absolute path without symbolic links.

        Raises:
            NicheLensError: it is a web address, lies outside the allowed folders, or does not exist.
        """
        if _ADDRESS.match(path) or path.startswith(("//", "\\\\")):
            message = f"{_shown(path)}: is an address; give the path of a file on the server's machine"
            raise NicheLensError(message)
        if not path.strip() or len(path) > _LONGEST_PATH or CONTROL.search(path):
            message = f"{_shown(path) or 'path'}: is no path; give the path of an .h5ad, a .zarr or an outs folder"
            raise NicheLensError(message)
        if not self.folders:
            message = "this server opens no files; start it with --allow FOLDER, or open one of its examples"
            raise NicheLensError(message)
        # An absolute path replaces the folder in front of it.
        candidates = [_resolved(start / path) for start in self.folders]
        inside = [found for found in candidates if found and self._contains(found)]
        if not inside:
            message = f"{_shown(path)}: is outside the folders that this server opens (--allow)"
            raise NicheLensError(message)
        found = next(filter(_exists, inside), None)
        if found is None:
            message = f"{_shown(path)}: there is no such file"
            raise NicheLensError(message)
        self._check_links(found, path)
        return found

    def slides(self) -> list[str]:
        """Paths of slides below the folders, in the order of their names; at most `MOST_LISTED`."""
        return sorted(islice(self._slides(), MOST_LISTED))

    def _contains(self, path: Path | None) -> bool:
        return path is not None and any(path.is_relative_to(folder) for folder in self.folders)

    def _check_links(self, found: Path, path: str) -> None:
        """Refuses a folder that holds links to other places: its reader would follow them."""
        if not found.is_dir():
            return
        for parent, folders, files in os.walk(found):
            for name in (*folders, *files):
                member = Path(parent, name)
                if member.is_symlink() and not self._contains(_resolved(member)):
                    message = f"{_shown(path)}: holds a link to a place outside the allowed folders; copy the files"
                    raise NicheLensError(message)

    def _slides(self) -> Iterator[str]:
        looked_at = 0
        for start in self.folders:
            for parent, folders, files in os.walk(start):
                looked_at += len(folders) + len(files)
                if looked_at > _MOST_LOOKED_AT:
                    return
                slides = [name for name in (*folders, *files) if name.endswith(_SUFFIXES) or name == _OUTS]
                folders[:] = [name for name in folders if name not in slides and not name.startswith(".")]
                paths = (Path(parent, name) for name in slides)
                yield from (str(path) for path in paths if self._contains(_resolved(path)))


def _resolved(path: Path) -> Path | None:
    """The place that a path means; None for links in a circle, and for a name that no file can have."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _shown(path: str) -> str:
    """A path from outside in a message: one line of a sensible length."""
    return path if len(path) <= 200 else path[:200] + "…"
