"""Headings that stand out alike are tried as headlines; those inside one story are none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import model.heads
from model.heads import heads_of
from model.segmenter import Segmenter
from training.labelled import LabelledPage, as_page, read_pages

BLIND = Path(__file__).parents[1] / "blind"
HEAD, TEXT, MENU, NAME = 1, 2, 3, 4
WORDS = {HEAD: 8.0, TEXT: 40.0, MENU: 1.0, NAME: 4.0}


@cache
def segmenter() -> Segmenter:
    return Segmenter.load()


@cache
def blind(trial: str) -> dict[str, LabelledPage]:
    return {page.id: page for page in read_pages(BLIND / f"{trial}.jsonl")}


def heads(*dress: int, outside: float = 0.1) -> list[int]:
    tokens = np.array([WORDS[one] for one in dress], np.float32)
    share = np.full(len(dress), outside, np.float32)
    return heads_of(np.array(dress, np.int64), tokens, share).tolist()


def test_heads_have_text_below_each_and_none_above_the_first() -> None:
    assert heads(NAME, HEAD, TEXT, HEAD, TEXT, TEXT, HEAD, TEXT, MENU) == [1, 3, 6]
    assert heads(NAME, TEXT, HEAD, TEXT, HEAD, TEXT, HEAD, TEXT) == []
    assert heads(NAME, HEAD, TEXT, HEAD, MENU, HEAD, TEXT) == []


def test_two_are_too_few_and_furniture_is_none() -> None:
    assert heads(NAME, HEAD, TEXT, HEAD, TEXT) == []
    assert heads(NAME, HEAD, TEXT, HEAD, TEXT, HEAD, TEXT, outside=0.9) == []
    assert heads(MENU, MENU, MENU, TEXT) == []


def test_of_two_rows_alike_the_upper_is_taken() -> None:
    assert heads(*(HEAD, NAME, TEXT) * 3) == [0, 3, 6]
    assert heads(*(NAME, HEAD, TEXT) * 3) == [0, 3, 6]


@pytest.mark.parametrize(
    "name", ["d_g17_wire_ru", "d_g23_sharepoint_intranet", "d_g27_forum_board"]
)
def test_stories_under_heads_alike_are_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = blind("sources")[name]
    answer = segmenter().segment(as_page(truth), explain=True)
    assert [seam.offset for seam in answer.seams] == truth.starts[1:]
    monkeypatch.setattr(model.heads, "_SURE", 1.1)
    assert not segmenter().segment(as_page(truth)).seams


@pytest.mark.parametrize(
    ("trial", "name"),
    [
        ("everyday", "c_h34_us_longform_chapters"),
        ("sources", "d_g37_feature_chapters"),
        ("sources", "d_g48_liveblog_council"),
        ("longer", "b29_liveblog_us"),
    ],
)
def test_chapters_and_live_blogs_are_tried_and_stay_whole(
    trial: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    find = model.heads.heads_of

    def told(*given: np.ndarray) -> np.ndarray:
        asked.append(find(*given))
        return asked[-1]

    monkeypatch.setattr(model.heads, "heads_of", told)
    assert not segmenter().segment(as_page(blind(trial)[name])).seams
    assert max(map(len, asked)) >= 3


def test_a_page_is_read_alike_alone_and_among_others() -> None:
    truth = blind("sources")["d_g17_wire_ru"]
    page, other = as_page(truth), "A line.\nAnother line of the page."
    assert segmenter().segment_many([other, page, page])[1:] == [segmenter().segment(page)] * 2


def test_a_page_longer_than_any_feed_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    page = as_page(blind("sources")["d_g17_wire_ru"])
    monkeypatch.setattr(model.heads, "LONGEST", len(page) - 1)
    assert not segmenter().segment(page).seams
