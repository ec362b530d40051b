"""Writes an output under a temporary name and renames it when it is complete."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """Yield a path beside ``out`` for a file or folder, which is renamed to ``out`` at the end.

    After any exception, also Ctrl-C, nothing is left behind and an earlier ``out`` is unchanged.
    """
    out = out.absolute()
    created = [parent for parent in out.parents if not parent.exists()]
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        partial = temporary / out.name
        yield partial
        if out.is_dir() and not out.is_symlink():
            out.rename(temporary / "earlier")
        partial.replace(out)
    except BaseException:
        if (temporary / "earlier").exists() and not out.exists():
            (temporary / "earlier").rename(out)
        shutil.rmtree(temporary, ignore_errors=True)
        for parent in created:
            parent.rmdir()
        raise
    shutil.rmtree(temporary, ignore_errors=True)
