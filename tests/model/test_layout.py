"""What blocks look like: dates and bylines of many languages, shapes, repeated lines."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.batch import Batch
from model.layout import _DATE, Layout, looks_like_byline, looks_like_date, read_layout
from model.page import Page
from model.vocabulary import MONTHS
from model.words import WordTable

TABLE = WordTable([], buckets=16)


def layout(text: str) -> Layout:
    return read_layout(Batch.read([Page.from_text(text)], TABLE))


def cue(line: str, name: str) -> float:
    return float(layout(line).columns[name][0])


@pytest.mark.parametrize(
    "line",
    [
        "12 March 2021",
        "March 12, 2021 at 2:05 PM",
        "Published: 2021-03-12 14:05",
        "12.03.2021, 14:05 Uhr",
        "12/03/21",
        "12 de marzo de 2021",
        "12 марта 2021",
        "le 3 août 2021",
        "2021年3月12日",
        "3月12日 星期五",
        "12 سبتمبر 2021",
        "3rd of no month but 3rd May",
        "12 Ocak 2024",
        "5 września 2022",
    ],
)
def test_dates_of_many_languages_are_seen(line: str) -> None:
    assert looks_like_date(line)
    assert cue(line, "date") == 1.0


@pytest.mark.parametrize(
    "line",
    ["Council votes on budget", "It cost 640 crowns", "Section 12", "Score 3-1", "Mayor resigns"],
)
def test_other_lines_are_no_dates(line: str) -> None:
    assert not looks_like_date(line)
    assert cue(line, "date") == 0.0


@pytest.mark.parametrize(
    "line",
    [
        "By Ana Brook",
        "BY ANA BROOK",
        "Von Ana Brook",
        "Por Ana Brook",
        "Автор: Анна Брук",
        "作者：安娜",
        "文／安娜",
        "ByAna Brook",
        "Oleh Ana",
    ],
)
def test_bylines_of_many_languages_are_seen(line: str) -> None:
    assert looks_like_byline(line)
    assert cue(line, "byline") == 1.0


@pytest.mark.parametrize(
    "line",
    [
        "Ferry stops for the winter",
        "Bystanders cheered",
        "dashed hopes",
        "Debate goes on",
        "DAMAGE IN PORT",
        "Average pay",
        "Diana",
    ],
)
def test_other_lines_are_no_bylines(line: str) -> None:
    assert not looks_like_byline(line)
    assert cue(line, "byline") == 0.0


BODY = " and after that a great many things were said by a great many people in the town hall."


@pytest.mark.parametrize(
    "opening",
    [
        "LONDON:",
        "KYIV, Ukraine (AN) —",
        "Jakarta, KBC –",
        "HARRISBURG, Pa. (AN) --",
        "Nairobi —",
        "Wien (dpa) -",
        "SPRINGFIELD, Ill.:",
    ],
)
def test_datelines_are_seen_at_the_opening_of_long_blocks(opening: str) -> None:
    assert cue(f"{opening} The council met{BODY}", "dateline") == 1.0
    assert cue(f"The council met{BODY}", "dateline") == 0.0
    # A short line is a header line, never a body that opens with a place.
    assert cue(f"{opening} The council", "dateline") == 0.0


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("ALL CAPITALS", "upper", 1.0),
        ("none at all", "upper", 0.0),
        ("Every Word Capital", "capitalised", 1.0),
        ("Only the first", "capitalised", 1 / 3),
        ("It ends.", "ends_stop", 1.0),
        ("It ends.”", "ends_stop", 1.0),
        ("终于结束。", "ends_stop", 1.0),
        ("यह है।", "ends_stop", 1.0),
        ("ዝናብ ዘነበ።", "ends_stop", 1.0),
        ("ዝናብ ዘነበ፡፡", "ends_stop", 1.0),
        ("မိုးရွာသည်။", "ends_stop", 1.0),
        ("ฝนตก", "ends_stop", 0.0),
        ("ฝนตก" * 40, "ends_stop", 1.0),
        ("今天下雨" * 40, "ends_stop", 0.0),
        ("It goes on", "ends_stop", 0.0),
        ("a ”", "ends_stop", 0.0),
        ("Such as:", "ends_colon", 1.0),
        ("And then…", "ends_ellipsis", 1.0),
        ("• point", "opens_bullet", 1.0),
        ("lower", "opens_lower", 1.0),
        ("7 days", "opens_digit", 1.0),
        ("ab12", "digits", 0.5),
        ("今天下雨", "uncased", 1.0),
        ("one two three", "words", 3.0),
        ("one two three", "length", 13.0),
        ("at 14:05 sharp", "time", 1.0),
        ("3 hours ago", "time", 1.0),
        ("1. The first", "numbered", 1.0),
        ("😀😀", "punctuation", 1.0),
    ],
)
def test_cues_of_one_line(line: str, name: str, value: float) -> None:
    assert cue(line, name) == pytest.approx(value, abs=1e-6)


def test_equal_lines_are_equal_whatever_their_case() -> None:
    line = layout("Ferry Stops\nother\nFERRY STOPS").line
    assert line[0] == line[2] != line[1]


def test_lines_of_one_look_share_a_shape_and_others_do_not() -> None:
    lines = [
        "By Ana Brook",
        "By Tom Field",
        "12 March 2021",
        "4 May 2022",
        "A long line of words that ends.",
    ]
    shape = layout("\n".join(lines)).shape.tolist()
    assert shape[0] == shape[1]
    assert shape[2] == shape[3]
    assert len(set(shape)) == 3


def test_a_batch_without_blocks_has_no_columns() -> None:
    assert layout("").columns == {}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=6))
def test_every_cue_is_a_finite_number_and_a_line_looks_the_same_anywhere(lines: list[str]) -> None:
    batch = Batch.read([Page.from_text("\n".join(lines))], TABLE)
    together = read_layout(batch)
    for values in together.columns.values():
        assert values.shape == (len(batch),)
        assert np.isfinite(values).all()
    for i, block in enumerate(batch.blocks):
        alone = read_layout(Batch.read([Page.from_text(block)], TABLE))
        if len(alone.line) != 1:
            continue
        assert alone.line[0] == together.line[i]
        assert alone.shape[0] == together.shape[i]
        for name, values in together.columns.items():
            assert alone.columns[name][0] == values[i]


PIECES = st.sampled_from(
    ["March", "mar", "MÄRZ", "марта", "tháng", "May", "Mai", "3", "12", "2021", "th", "º", ".", ",",
     " ", "  ", "de", " de ", "-", "/", "年", "月", "日", "x", "_", "í", "อ", "สิงหาคม"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(line=st.lists(PIECES, max_size=9).map("".join))
def test_dates_read_from_the_end_are_those_read_from_the_front(line: str) -> None:
    """The straightforward pattern, which tries every month at every word."""
    month = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
    front = rf"\b(?:{month})\b\.?,?\s*(?:de\s+)?\d"
    plain = re.search(front, line, re.IGNORECASE) or _DATE.search(line)
    assert looks_like_date(line) == (plain is not None)
