"""Short forms of long names, for show: the beginning and the end of a name, with an ellipsis in the middle."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

SHOWN = 40
"""Characters of a name that a table, a legend or a headline shows: two names stand side by side on a phone."""
SHORTEST = 12
"""Below this, the beginning and the end tell nothing any more."""


def short(name: str, n: int = SHOWN, among: Iterable[str] = ()) -> str:
    """A name in at most ``n`` characters.

    Args:
        name: the name.
        n: greatest length, at least `SHORTEST`.
        among: names that are shown beside it, in their order on the slide. Distinct names get distinct short forms.
    """
    if len(name) <= n:
        return name
    return short_names([*among, name], n)[name]


def short_names(names: Iterable[str], n: int = SHOWN) -> dict[str, str]:
    """Each name → its form of at most ``n`` characters; distinct names have distinct forms.

    A name that fits stays as it is. Of names that would look alike, all but the first get a number in the middle.

    Args:
        names: the names of one slide, in their order.
        n: greatest length, at least `SHORTEST`.
    """
    if n < SHORTEST:
        message = f"names cannot be shortened to {n} characters; {SHORTEST} is the least"
        raise ValueError(message)
    distinct = list(dict.fromkeys(names))
    forms = {name: name for name in distinct if len(name) <= n}
    taken = set(forms)
    next_number: dict[str, count] = {}
    for name in distinct:
        if name in forms:
            continue
        form = _cut(name, n, "…")
        numbers = next_number.setdefault(form, count(2))
        while form in taken:
            form = _cut(name, n, f"…{next(numbers)}…")
        forms[name] = form
        taken.add(form)
    return {name: forms[name] for name in distinct}


def _cut(name: str, n: int, middle: str) -> str:
    """The beginning, the middle and the end, ``n`` characters in all; the beginning is the longer half."""
    kept = n - len(middle)
    return name[: (kept + 1) // 2] + middle + name[len(name) - kept // 2 :]
