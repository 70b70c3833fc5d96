"""One subject or two: what the likelihood says of constructed runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.subject import one_subject


def gain(one: float, other: float, cosine: float, kind: complex = 1) -> float:
    """By how much two runs of these lengths, each all one way, are likelier apart than together."""
    square = np.array([one**2, other**2, one**2 + other**2 + 2 * one * other * cosine])
    mass = np.array([one, other, one + other])
    above, below, together = one_subject(square * kind, mass * kind)
    return float(above + below - together)


def test_a_run_of_nothing_is_neither_likely_nor_unlikely() -> None:
    assert one_subject(np.zeros(1, complex), np.zeros(1, complex))[0] == 0.0


@pytest.mark.parametrize("words", [10.0, 100.0, 1000.0])
def test_what_points_one_way_belongs_together(words: float) -> None:
    assert gain(words, words, 1.0) < 0 < gain(words, words, -1.0)


def test_long_runs_say_more_than_short_ones() -> None:
    """A cosine of nothing is chance between two lines, and two subjects between two stories."""
    gains = [gain(words, words, 0.0) for words in (5.0, 20.0, 80.0, 320.0, 1280.0)]
    assert gains == sorted(gains)
    assert gains[0] < 1 < 50 < gains[-1]


@given(
    st.floats(1, 5000), st.floats(1, 5000), st.floats(-1, 1), st.floats(0.01, 0.5, allow_nan=False)
)
def test_the_more_alike_the_likelier_together(
    one: float, other: float, cosine: float, more: float
) -> None:
    assert gain(one, other, min(cosine + more, 1.0)) <= gain(one, other, cosine) + 1e-6
    assert gain(one, other, cosine) == pytest.approx(gain(other, one, cosine), abs=1e-6)
