"""Check of an output path: a command replaces nothing unless told so, and never its own input."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from data_prep.errors import NicheLensError


def check_output(out: Path, *, overwrite: bool, folder_mark: str = "", inputs: Iterable[Path] = ()) -> None:
    """Refuses an output path that must not be written. Call it before any work is done.

    Args:
        out: the file, or with ``folder_mark`` the folder, that a command is going to write.
        overwrite: whether an existing output may be replaced.
        folder_mark: name of a file that every folder of this kind holds. A folder without it was not written by
            NicheLens and is never replaced.
        inputs: the files that the command reads. None of them is ever replaced.

    Raises:
        NicheLensError: ``out`` exists and may not be replaced, or cannot be created.
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
    file_in_path = next((parent for parent in out.absolute().parents if parent.exists() and not parent.is_dir()), None)
    if file_in_path is not None:
        message = f"{out}: {file_in_path} is a file, not a folder; choose another --out"
        raise NicheLensError(message)


def files_read(*groups: object) -> list[Path]:
    """Files that groups of options name beside the slides. A command reads them: no output of it may replace one.

    Args:
        *groups: dataclasses of options.
    """
    values = [getattr(group, option.name) for group in groups for option in fields(group)]  # type: ignore[arg-type]
    listed = [part for value in values if isinstance(value, list) for part in value]
    return [value for value in [*values, *listed] if isinstance(value, Path)]
