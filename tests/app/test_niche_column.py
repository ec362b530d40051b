"""A search for niches can stand where a column of niches is named."""

import pytest

from app.niche_column import FOUND, found_column, niche_search
from data_prep.errors import NicheLensError
from data_prep.niche_options import NicheOptions


@pytest.mark.parametrize(
    ("options", "column"),
    [
        (NicheOptions(), FOUND),
        (NicheOptions(n_niches=7), f"{FOUND}: 7"),
        (NicheOptions(scale="fine"), f"{FOUND}: fine"),
        (NicheOptions(auto=True), f"{FOUND}: auto"),
    ],
)
def test_every_search_has_a_column(options: NicheOptions, column: str) -> None:
    assert found_column(options) == column
    assert niche_search(column) == options


def test_other_columns_stand_for_no_search() -> None:
    assert niche_search("region") is None
    assert niche_search(f"{FOUND}, by hand") is None


def test_what_no_search_can_be_is_refused() -> None:
    with pytest.raises(NicheLensError, match="must be 2 to 100"):
        niche_search(f"{FOUND}: 1000")
    with pytest.raises(NicheLensError):
        niche_search(f"{FOUND}: {'9' * 5000}")
    with pytest.raises(NicheLensError, match="leave out the number and the scale"):
        found_column(NicheOptions(n_niches=7, auto=True))
