"""A story does not begin with what ends the one before."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import model.tails
from model.segmenter import Segmenter
from model.tails import _moved
from training.labelled import as_page, read_pages

BLIND = Path(__file__).parents[1] / "blind" / "sources.jsonl"
HEAD, TEXT, TAIL, MENU = 1, 2, 3, 4
WORDS = {HEAD: 8.0, TEXT: 40.0, TAIL: 5.0, MENU: 1.0}
BODY = "A paragraph of a story about the ferry and what it costs to take it to the other side. " * 2


def moved(firsts: list[int], *dress: int) -> list[int]:
    tokens = np.array([WORDS[one] for one in dress], np.float32)
    return _moved(firsts, np.array(dress, np.int64), tokens)


def test_what_ends_every_story_is_above_none() -> None:
    one = (HEAD, TEXT, TEXT, TAIL)
    assert moved([0, 3, 7], *one, *one, *one) == [0, 4, 8]
    assert moved([0, 3], *one, *one) == [0, 4]
    two = (HEAD, TEXT, TAIL, TAIL)
    assert moved([0, 2, 6], *two, *two, *two) == [0, 4, 8]


def test_what_is_above_the_first_story_too_heads_all() -> None:
    one = (TAIL, HEAD, TEXT, TEXT)
    assert moved([0, 4, 8], *one, *one, *one, TAIL) == [0, 4, 8]


def test_what_is_not_below_the_last_story_may_head_the_others() -> None:
    assert moved([0, 2, 5], HEAD, TEXT, TAIL, HEAD, TEXT, TAIL, HEAD, TEXT) == [0, 2, 5]


def test_it_must_be_above_each_of_them_and_no_paragraph() -> None:
    far = (HEAD, TEXT, TAIL, HEAD, TEXT, TEXT, TEXT, HEAD, TEXT, TEXT, TEXT, TEXT, TAIL)
    assert moved([0, 2, 7], *far) == [0, 2, 7]
    assert moved([0, 2], HEAD, TEXT, TEXT, HEAD, TEXT, TEXT) == [0, 2]


def test_a_story_keeps_a_line_above_its_text() -> None:
    assert moved([0, 2], HEAD, TEXT, TAIL, TEXT, TAIL) == [0, 2]
    assert moved([0, 2], HEAD, TEXT, TAIL) == [0, 2]


@cache
def segmenter() -> Segmenter:
    return Segmenter.load()


@pytest.mark.parametrize("name", ["d_g09_blogger_front", "d_g21_ja_rss_reader"])
def test_a_blogs_posts_begin_at_their_dates(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (truth,) = (page for page in read_pages(BLIND) if page.id == name)
    answer = segmenter().segment(as_page(truth))
    assert [seam.offset for seam in answer.seams] == truth.starts[1:]
    monkeypatch.setattr(model.tails, "_moved", lambda firsts, *_: firsts)
    before = segmenter().segment(as_page(truth))
    assert [seam.offset for seam in before.seams] != truth.starts[1:]
    assert [s.probability for s in before.seams] == [s.probability for s in answer.seams]


def test_pages_of_text_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model.tails, "_moved", None)  # not even asked
    page = "\n".join(f"Headline {n} of the day\n{BODY}\n{BODY}\nShare this" for n in range(3))
    assert segmenter().segment(page, threshold=0.0).seams


def test_so_are_pages_longer_than_any_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    (truth,) = (page for page in read_pages(BLIND) if page.id == "d_g09_blogger_front")
    page = as_page(truth)
    right = [seam.offset for seam in segmenter().segment(page).seams]
    monkeypatch.setattr(model.tails, "LONGEST", len(page) - 1)
    assert [seam.offset for seam in segmenter().segment(page).seams] != right
