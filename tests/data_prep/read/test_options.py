"""Options of reading: words that mean nothing are refused before a file is opened."""

import pytest

from data_prep.errors import NicheLensError
from data_prep.read.options import ReadOptions


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y_axis": "upwards"}, "--y-axis is 'upwards' and must be down or up"),
        ({"unit": "mm"}, "--unit is 'mm' and must be pixel or micron"),
        ({"niche_keys": ("region",), "find_niches": True}, "both --niche-key and --find-niches are given"),
    ],
)
def test_contradictions_and_unknown_words_are_refused(options: dict, message: str) -> None:
    with pytest.raises(NicheLensError, match=message):
        ReadOptions(**options)


def test_known_words_are_accepted() -> None:
    assert ReadOptions(y_axis="up", unit="micron").y_axis == "up"
