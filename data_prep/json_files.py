"""JSON files in the folder of a model or dataset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from data_prep.errors import NicheLensError, first_line


def read_json(name: str, file: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Args:
        name: the model or dataset that the file belongs to, for messages.
        file: path of the file.

    Raises:
        NicheLensError: the file is not readable or does not hold an object.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{name}: {file.name} is not readable JSON ({first_line(error)}); restore it, or write it again"
        raise NicheLensError(message) from error
    if not isinstance(content, dict):
        message = f"{name}: {file.name} is not a JSON object; restore it, or write it again"
        raise NicheLensError(message)
    return content
