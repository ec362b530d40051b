"""The one error that people see, and helpers for its text."""

from __future__ import annotations

import difflib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Line breaks, other control characters, and halves of characters, which no file in UTF-8 can hold."""
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError)
"""What `zipfile` raises for an archive that is damaged or, the last one, packed in a way that Python cannot unpack."""


class NicheLensError(Exception):
    """Bad input, explained in one line: what was wrong, where, and what to do.

    Commands print it as `error: <message>` and exit with 2. Every other exception is a bug and stays a traceback.
    The message may quote any name from a file: control characters are replaced by their codes.
    """

    def __init__(self, message: str) -> None:
        super().__init__(CONTROL.sub(lambda match: ascii(match[0])[1:-1], message))


def suggest(wrong: str, known: Iterable[Any], *, kind: str, show_all: bool = False) -> str:
    """The second half of a message about an unknown name: the closest known ones, or all of a short list.

    Args:
        wrong: the unknown name.
        known: the names that exist.
        kind: what they are, in the plural: "genes".
        show_all: list all known names, however many.
    """
    listed = [str(name) for name in known]
    close = near_names(wrong, listed)
    parts = []
    if close:
        parts.append("did you mean " + " or ".join(f"'{name}'" for name in close) + "?")
    if show_all or len(listed) <= 30:
        parts.append(f"{kind}: " + (", ".join(listed) or "none"))
    elif not close:
        parts.append(f"{kind} begin with " + ", ".join(listed[:5]))
    return " ".join(parts) if len(parts) < 2 else f"{parts[0]} ({parts[1]})"


def near_names(wrong: str, known: Iterable[Any]) -> list[str]:
    """Up to three known names that are much like a wrong one, the nearest first."""
    by_fold = {str(name).casefold(): str(name) for name in known}
    return [by_fold[name] for name in difflib.get_close_matches(wrong.casefold(), by_fold, n=3, cutoff=0.6)]


def first_line(error: Exception) -> str:
    """The first line of an exception's text, or its type where it has no text."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
