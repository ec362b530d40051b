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
        inside = [found for found in self._candidates(path) if self._contains(found)]
        if not inside:
            message = f"{_shown(path)}: is outside the folders that this server opens; call list_slides to see its slides"
            raise NicheLensError(message)
        found = next((candidate for candidate in inside if candidate.exists()), None)
        if found is None:
            message = f"{_shown(path)}: there is no such file; call list_slides to see the slides"
            raise NicheLensError(message)
        self._check_links(found, path)
        return found

    def slides(self) -> list[str]:
        """Paths of slides below the folders, in the order of their names; at most `MOST_LISTED`."""
        return sorted(islice(self._slides(), MOST_LISTED))

    def _candidates(self, path: str) -> Iterator[Path]:
        try:
            for start in self.folders:
                yield (start / path).resolve()  # an absolute path replaces the start
        except (OSError, RuntimeError):  # a circle of links, or a name that is too long for the file system
            return

    def _contains(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self.folders)

    def _check_links(self, found: Path, path: str) -> None:
        """Refuses a folder that holds links to other places: its reader would follow them."""
        if not found.is_dir():
            return
        for parent, folders, files in os.walk(found):
            for name in (*folders, *files):
                member = Path(parent, name)
                if member.is_symlink() and not self._contains(member.resolve()):
                    message = f"{_shown(path)}: holds a link to a place outside the allowed folders; copy the files instead"
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
                yield from (str(path) for path in paths if self._contains(path.resolve()))


def _shown(path: str) -> str:
    """A path from outside in a message: one line of a sensible length."""
    return path if len(path) <= 200 else path[:200] + "…"
