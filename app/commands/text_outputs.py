"""Outputs of a command in several formats, chosen by the ending of each file: all are written, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from app.commands.output_paths import check_output
from data_prep.errors import NicheLensError
from data_prep.staging import staged


def check_outputs(
    paths: Sequence[Path], endings: Sequence[str], *, overwrite: bool, inputs: Sequence[Path] = ()
) -> None:
    """Refuses outputs that must not be written, before any work is done.

    Args:
        paths: the files that a command is going to write.
        endings: of the formats that it writes, such as ".html".
        overwrite: whether existing files may be replaced.
        inputs: the files that the command reads.

    Raises:
        NicheLensError: a file has another ending, exists, is an input, or is named twice.
    """
    for path in paths:
        if path.suffix not in endings:
            message = f"{path}: the ending says the format; choose one of {', '.join(endings)}"
            raise NicheLensError(message)
        check_output(path, overwrite=overwrite, inputs=inputs)
    if len({path.resolve() for path in paths}) < len(paths):
        message = f"--out names a file twice: {', '.join(map(str, paths))}"
        raise NicheLensError(message)


def write_outputs(
    paths: Sequence[Path],
    writers: Mapping[str, Callable[[], str]],
    files: Mapping[str, Callable[[Path], None]] | None = None,
) -> None:
    """Writes all files, or none.

    Args:
        paths: the files.
        writers: ending → what makes the text of the format.
        files: ending → what writes a format that is no text to a path.
    """
    with ExitStack() as outputs:
        for path in paths:
            partial = outputs.enter_context(staged(path))
            if files and path.suffix in files:
                files[path.suffix](partial)
            else:
                partial.write_text(writers[path.suffix](), encoding="utf-8")
