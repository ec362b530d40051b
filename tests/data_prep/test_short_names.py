"""Short forms of names: no longer than asked, and as distinct as the names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_prep.short_names import SHORTEST, SHOWN, short, short_names


def test_a_name_that_fits_stays() -> None:
    assert short("Tumour core") == "Tumour core"
    assert short("x" * SHOWN) == "x" * SHOWN


def test_a_long_name_keeps_its_ends() -> None:
    name = "Layer 2/3 intratelencephalic neurons of the primary visual cortex"
    assert short(name, 20) == "Layer 2/3 …al cortex"
    assert len(short(name)) == SHOWN


def test_names_that_differ_in_the_middle_only_stay_distinct() -> None:
    names = [f"{'a' * 50}{middle}{'z' * 50}" for middle in "123"]
    forms = short_names(names, 20)
    assert list(forms.values()) == [
        "aaaaaaaaaa…zzzzzzzzz",
        "aaaaaaaaa…2…zzzzzzzz",
        "aaaaaaaaa…3…zzzzzzzz",
    ]
    assert short(names[2], 20, among=names) == forms[names[2]]


def test_a_form_that_is_the_name_of_another_is_not_used() -> None:
    long, taken = "abcdefghijklmnopqrstuvwxyz", "abcdef…vwxyz"
    assert short_names([long, taken], 12) == {long: "abcde…2…wxyz", taken: taken}


def test_too_few_characters_are_refused() -> None:
    with pytest.raises(ValueError, match="least"):
        short_names(["name"], SHORTEST - 1)


@given(st.lists(st.text("ab…2", max_size=40), max_size=30), st.integers(SHORTEST, 30))
def test_forms_are_distinct_and_fit(names: list[str], n: int) -> None:
    forms = short_names(names, n)
    assert set(forms) == set(names)
    assert len(set(forms.values())) == len(forms)
    assert all(len(form) <= n for form in forms.values())
    assert all(forms[name] == name for name in names if len(name) <= n)
