"""Where commands may write: never over something that stands there unasked, never over their own input."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from data_prep.errors import NicheLensError


def claim_output(out: Path, *, overwrite: bool, folder_mark: str = "", inputs: Iterable[Path] = ()) -> None:
    """Refuses an output that must not be written; called before any work is done.

    Args:
        out: the file or, with ``folder_mark``, the folder that a command is going to write.
        overwrite: whether an earlier output may be replaced.
        folder_mark: name of a file that every folder of this kind holds. A folder without it was not written by
            NicheLens and is never replaced.
        inputs: the files that the command reads; none of them is ever replaced.

    Raises:
        NicheLensError: when ``out`` exists and may not be replaced.
    """
    if any(out.resolve() == path.resolve() for path in inputs):
        message = f"{out}: is an input of this command; choose another --out"
        raise NicheLensError(message)
    if out.is_symlink() or out.exists():
        if bool(folder_mark) != out.is_dir():
            message = f"{out}: is a {'folder' if out.is_dir() else 'file'}; choose another --out"
            raise NicheLensError(message)
        if folder_mark and any(out.iterdir()) and not (out / folder_mark).exists():
            message = f"{out}: holds files that NicheLens did not write; choose another --out"
            raise NicheLensError(message)
        if not overwrite:
            message = f"{out}: exists already; pass --overwrite to replace it"
            raise NicheLensError(message)
    blocked = next((p for p in out.absolute().parents if p.exists() and not p.is_dir()), None)
    if blocked is not None:
        message = f"{out}: {blocked} is a file, not a folder; choose another --out"
        raise NicheLensError(message)
