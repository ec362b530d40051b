"""Numbers that people read."""

import pytest

from inference.answers.readable import percent, q_value


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.0, "<1%"), (0.005, "<1%"), (0.01, "1%"), (0.374, "37%"), (0.99, "99%"), (0.995, ">99%"), (1.0, ">99%")],
)
def test_no_probability_reads_as_certain(p: float, words: str) -> None:
    assert percent(p) == words


@pytest.mark.parametrize(
    ("q", "words"),
    [
        (0.0, "<1e-300"),
        (1e-300, "<1e-300"),
        (3.2e-12, "3e-12"),
        (4.1e-5, "4e-5"),
        (0.0042, "0.0042"),
        (0.25, "0.25"),
        (1.0, ">0.99"),
    ],
)
def test_no_q_reads_as_zero_or_one(q: float, words: str) -> None:
    assert q_value(q) == words
