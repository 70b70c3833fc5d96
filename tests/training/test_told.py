"""Shares of right headlines, bylines and days, by a model that tells what it is told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from model.segmenter import Segmenter
from model.stories import Segmentation, Story
from training.real import RealPage
from training.told import measure, same_headline, same_name

TITLE = "Council votes to mend the old pier"
BODY = "The ferry leaves at noon and comes back at dusk."
HTML = (
    f'<html><head><meta property="article:published_time" content="2021-03-12">'
    f'<meta name="author" content="Ana Brook"></head><body><h1>{TITLE}</h1><p>{BODY}</p></body>'
)


class Teller:
    """Tells one story a page, with the parts that it is given."""

    def __init__(self, *parts: str | None) -> None:
        self.parts = parts

    def segment_many(self, pages: Any) -> list[Segmentation]:
        headline, byline, day = self.parts
        story = Story(0, 1, True, headline, byline, day, None, 1.0, 1.0, "")
        return [Segmentation("m", page.text, (story,), ()) for page in pages]


def told(monkeypatch: Any, *parts: str | None) -> dict[str, dict[str, float | int]]:
    monkeypatch.setattr(RealPage, "html", property(lambda page: HTML))
    page = RealPage("p", "heron.example", "en", TITLE, (TITLE, BODY), (0, 1), Path())
    return measure(cast(Segmenter, Teller(*parts)), [page])


def test_what_is_right_is_counted_right(monkeypatch: Any) -> None:
    found = told(monkeypatch, TITLE, "A. Brook", "2021-03-12T08:00")
    assert set(found) == {
        f"{p} from {f}" for p in ("headline", "byline", "day") for f in ("text", "html")
    }
    assert all(row == {"pages": 1, "told": 1.0, "right": 1.0} for row in found.values())


def test_what_is_wrong_or_missing_is_not(monkeypatch: Any) -> None:
    found = told(monkeypatch, "Another headline of the day", None, "2021-03-13")
    assert found["headline from text"] == {"pages": 1, "told": 1.0, "right": 0.0}
    assert found["byline from text"] == {"pages": 1, "told": 0.0, "right": 0.0}
    assert found["day from html"] == {"pages": 1, "told": 1.0, "right": 0.0}


def test_headlines_may_go_on() -> None:
    assert same_headline(TITLE, TITLE.upper() + " | The Heron")
    assert not same_headline("Council", TITLE)
    assert not same_headline(TITLE, "Council votes to sell the old pier")


def test_names_share_a_word() -> None:
    assert same_name("Ana Brook", "BROOK, A.")
    assert not same_name("Ana Brook", "Jo Witt")
