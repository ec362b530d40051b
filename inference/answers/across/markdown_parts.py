"""Text that comes from files, in Markdown, and the parts that Markdown pages share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#$])")


def escaped(text: str) -> str:
    """Text as it is in Markdown, on one line: no name can make a link, a tag or a column."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table; the cells are escaped already."""
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]
