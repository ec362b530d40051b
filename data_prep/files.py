"""Small files of a model's or dataset's folder, and errors of libraries in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data_prep.errors import NicheLensError


def read_json(name: str, file: Path) -> dict[str, Any]:
    """The JSON object in a file of the model or dataset called ``name``.

    Raises:
        NicheLensError: not readable, or no object.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{name}: {file.name} is not readable JSON ({first_line(error)}); restore it, or write it again"
        raise NicheLensError(msg) from error
    if not isinstance(content, dict):
        msg = f"{name}: {file.name} is not a JSON object; restore it, or write it again"
        raise NicheLensError(msg)
    return content


def first_line(error: Exception) -> str:
    """The first line of what an error says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
