"""Outputs are written beside their place and take it only when they are whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yields a path beside ``out`` to write a file or folder to; it takes the name ``out`` only when all went well.

    On any exception, Ctrl-C included, nothing is left behind and an earlier ``out`` is untouched.
    """
    out = out.absolute()
    made = [parent for parent in out.parents if not parent.exists()]
    out.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        partial = room / out.name
        yield partial
        if out.is_dir() and not out.is_symlink():
            out.rename(room / "earlier")
        partial.replace(out)
    except BaseException:
        if (room / "earlier").exists() and not out.exists():
            (room / "earlier").rename(out)
        shutil.rmtree(room, ignore_errors=True)
        for parent in made:
            parent.rmdir()
        raise
    shutil.rmtree(room, ignore_errors=True)
