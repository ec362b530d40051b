"""Files that a visitor takes away, named after the slide and the niche."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

KEPT = 100
"""Files of all visitors that are kept; Gradio has copied older ones to its own cache, which it empties each day."""
_LONGEST = 60


class Downloads:
    """A temporary folder for files to download. It is removed when the process ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nichelens-")

    def path(self, *parts: str, suffix: str) -> Path:
        """Path of a new file in a folder of its own, for example `slide_WM_markers.csv`.

        Args:
            *parts: what the name is made of: slide, niche, kind of file.
            suffix: with its dot.
        """
        folders = sorted(Path(self._folder.name).iterdir(), key=lambda folder: folder.stat().st_mtime)
        for old in folders[: max(0, len(folders) - KEPT + 1)]:
            shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=self._folder.name)) / (file_name(*parts) + suffix)


def file_name(*parts: str) -> str:
    """Names joined to one that every file system takes; letters of any script stay."""
    words = [re.sub(r"[^\w.-]+", "-", part).strip("-.")[:_LONGEST] for part in parts if part]
    return "_".join(word for word in words if word) or "nichelens"
