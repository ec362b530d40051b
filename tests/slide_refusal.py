"""What the reader says of a bad file, for tests."""

from pathlib import Path

import pytest

from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions
from data_prep.read.slide_reader import read_slides


def refusal(path: Path, niche_key: str | None = "region", **options: object) -> str:
    """The one line that refuses a file; it names the file."""
    with pytest.raises(NicheLensError) as caught:
        read_slides(path, ReadOptions(() if niche_key is None else (niche_key,), **options))
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message
