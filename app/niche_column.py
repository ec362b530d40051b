"""Found niches as a column: where a column of niches is named, a search for niches can be named too.

found by clustering        the number of niches is found
found by clustering: fine  likewise, on another scale
found by clustering: 7     the number is given
found by clustering: auto  count splitting chooses the preparation, and the number if it can
"""

from __future__ import annotations

from data_prep.errors import NicheLensError
from data_prep.niche_options import NicheOptions

FOUND = "found by clustering"
"""Stands for a column of niches where niches are found. No program writes a column of this name."""
_MORE = ": "
_AUTO = "auto"


def found_column(options: NicheOptions) -> str:
    """The column that stands for a search.

    Raises:
        NicheLensError: both `auto` and a number or a scale are given; no column stands for both.
    """
    if options.auto:
        if options != NicheOptions(auto=True):
            message = "auto chooses the number too; leave out the number and the scale"
            raise NicheLensError(message)
        return f"{FOUND}{_MORE}{_AUTO}"
    if options.n_niches:
        return f"{FOUND}{_MORE}{options.n_niches}"
    return FOUND if options.scale == NicheOptions().scale else f"{FOUND}{_MORE}{options.scale}"


def niche_search(column: str) -> NicheOptions | None:
    """The search that a column stands for; None for a column of a file.

    Raises:
        NicheLensError: the number or the scale is out of range.
    """
    name, _, wanted = column.partition(_MORE)
    if name != FOUND:
        return None
    if wanted == _AUTO:
        return NicheOptions(auto=True)
    if wanted.isdecimal() and len(wanted) < 5:  # int refuses thousands of digits
        return NicheOptions(n_niches=int(wanted))
    return NicheOptions(scale=wanted) if wanted else NicheOptions()
