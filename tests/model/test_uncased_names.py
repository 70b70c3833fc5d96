"""Names in scripts without capitals: told where they are hardly anything else, else not."""

from __future__ import annotations

import pytest

from model.telling.uncased_names import uncased_person
from tests.model.telling import BODY, MORE, told

TITLE = "पुराने घाट की मरम्मत के लिए परिषद ने मतदान किया"


def byline_of(*lines: str, text: str = f"{BODY} {MORE}") -> str | None:
    return told("\n".join([TITLE, *lines, text])).stories[0].byline


@pytest.mark.parametrize(
    "name",
    [
        "नेहा सक्सेना",
        "भास्कर ज्योति बरुआ",
        "هاجر بن عمار",
        "منى بدوي",
        "عبد الله الكروي",
        "小野里 美咲",
        "渡辺洋介",
    ],
)
def test_a_name_beside_a_date_is_told(name: str) -> None:
    assert uncased_person(name) == name
    assert byline_of(name, "2021-03-12 09:12") == name
    assert byline_of("2021-03-12 09:12", name) == name
    assert byline_of(name, "शेयर करें") is None


@pytest.mark.parametrize(
    "line",
    [
        "कारोबार समाचार",
        "राज्य",
        "أخبار محلية",
        "جمال وصحة",
        "محمد وعلي",
        "قضايا المجتمع",
        "علي: الجسر",
        "社会 政治",
        "柔道 女子",
        "金融機関",
        "上野動物園",
        "小林製薬",
        "中東",
        "印刷する",
        "我要分享",
        "周楠",
        "国际",
    ],
)
def test_sections_and_buttons_are_no_names(line: str) -> None:
    assert uncased_person(line) is None
    assert byline_of(line, "2021-03-12 09:12") is None


def test_whom_the_story_is_about_did_not_write_it() -> None:
    about = f"घाट पर {BODY} नेहा सक्सेना {MORE}"
    assert byline_of("नेहा सक्सेना", "2021-03-12 09:12", text=about) is None
    assert byline_of("बोलीं नेहा सक्सेना", "2021-03-12 09:12", text=about) is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("लेखक: नेहा सक्सेना", "नेहा सक्सेना"),
        ("लेखक संघ की बैठक", None),
        ("संवाददाता रंजीत कुमार झा", "रंजीत कुमार झा"),
        ("文・佐久間理恵", "佐久間理恵"),
        ("取材・文＝佐久間 理恵", "佐久間 理恵"),
        ("文·周楠", "周楠"),
        ("文・写真", None),
    ],
)
def test_what_announces_a_name(line: str, name: str | None) -> None:
    assert byline_of(line, "2021-03-12 09:12") == name
