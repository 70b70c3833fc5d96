"""training.duplicates: any number of near copies of one text is seen, a common phrase is none."""

from __future__ import annotations

import pytest

from tests.training.test_corpus import prose
from training.duplicates import COPY, duplicate_pairs, first_of_each


def versions(count: int) -> list[str]:
    """One text as so many sites have it, each with some words of its own."""
    body = prose(1000, words=200)
    return [f"{body}\n{prose(2000 + n, words=12)}" for n in range(count)]


@pytest.mark.parametrize("count", [2, 40, 41, 150])
def test_of_any_number_of_near_copies_one_stays(count: int) -> None:
    others = [prose(n, words=200) for n in range(5)]
    texts = versions(count) + others
    names = [str(n) for n in range(len(texts))]
    kept = first_of_each(texts, names, COPY)
    assert len(kept) == 1 + len(others)
    assert set(range(count, count + len(others))) < set(kept)


def test_near_copies_hang_together_whatever_their_number() -> None:
    group = list(range(60))

    def root(n: int) -> int:
        while group[n] != n:
            n = group[n]
        return n

    for a, b in duplicate_pairs(versions(60), COPY).tolist():
        group[root(b)] = root(a)
    assert {root(n) for n in range(60)} == {0}


def test_what_a_publisher_puts_below_all_of_its_texts_makes_no_copies() -> None:
    phrase = prose(99, words=60)
    texts = [f"{prose(n, words=150)}\n{phrase}" for n in range(60)]
    assert len(duplicate_pairs(texts, COPY)) == 0
