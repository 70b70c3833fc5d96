"""What is read of <time> elements: which values are dates, what calls them so, where they stand."""

from __future__ import annotations

import pickle
from itertools import pairwise

import pytest

from model.html import page_from_html
from model.page import Page, Stamp
from model.telling import times


def stamps(html: str) -> list[tuple[str, str, str | None]]:
    """ISO 8601, words and what each is called."""
    page = page_from_html(html)
    return [(s.iso, page.text[s.start : s.end], s.called) for s in page.stamps]


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("2021-03-12", "2021-03-12"),
        (" 2021-03-12 ", "2021-03-12"),
        ("2021-03-12T14:05", "2021-03-12T14:05"),
        ("2021-03-12 14:05:09", "2021-03-12T14:05:09"),
        ("2021-03-12T14:05Z", "2021-03-12T14:05+00:00"),
        ("2021-03-12T14:05:09.123+01:00", "2021-03-12T14:05:09+01:00"),
        ("2021-03-12T14:05:09-0330", "2021-03-12T14:05:09-03:30"),
        ("2021-03-12 14:05:09 UTC", "2021-03-12T14:05:09+00:00"),
    ],
)
def test_dates(value: str, iso: str) -> None:
    assert stamps(f"<p>Seen <time datetime='{value}'>a while ago</time></p>") == [
        (iso, "a while ago", None)
    ]


@pytest.mark.parametrize(
    "value",
    [
        "", "2021", "2021-03", "2021-W10", "03-12", "14:05", "14:05Z", "PT3M", "P1DT2H", "3h 20m",
        "2021-13-01", "2021-02-30", "2021-03-12T25:00", "2021-03-123", "2021-03-12 and more",
        "2021-03-122022-03-12", "0001-01-01T00:00:00", "1970-01-01T00:00:00Z", "12/03/2021",
        "{{ date }}", "undefined", "1615557909", "2021-03-12" + " " * 50 + "x",
    ],
)  # fmt: skip
def test_durations_times_alone_and_garbage(value: str) -> None:
    assert stamps(f"<p><time datetime='{value}'>3 hours ago</time></p>") == []


@pytest.mark.parametrize(
    ("attributes", "called"),
    [
        ("class='entry-date published'", "published"),
        ("class='updated'", "updated"),
        ("class='entry-date published updated'", "published"),
        ("class='LastModified-x1'", "updated"),
        ("class='post-date'", None),
        ("itemprop='datePublished'", "published"),
        ("itemprop='dateModified'", "updated"),
        ("itemprop='dateModified' class='published'", "updated"),
        ("title='updated'", None),
    ],
)
def test_what_the_markup_calls_a_date(attributes: str, called: str | None) -> None:
    html = f"<p><time {attributes} datetime='2021-03-12'>Friday</time></p>"
    assert stamps(html) == [("2021-03-12", "Friday", called)]


def test_words_are_found_whatever_stands_in_and_around_the_element() -> None:
    html = (
        "<p>By Ana Brook<time datetime='2021-03-12'> <span>12</span>\n <b>March</b></time>, at noon"
        "<TIME DATETIME=2021-03-14>Sunday</TIME>"
    )
    assert [s[1] for s in stamps(html)] == ["12 March", "Sunday"]
    page = page_from_html(html)
    assert page.text.startswith("By Ana Brook")
    assert [page.text.index("12"), page.text.index("Sunday")] == [s.start for s in page.stamps]


def test_what_has_no_words_or_far_too_many_is_no_date_line() -> None:
    assert stamps("<p>Seen<time datetime='2021-03-12'></time> today</p>") == []
    assert stamps(f"<p><time datetime='2021-03-12'>{'word ' * 40}</time></p>") == []
    assert stamps("<p>Seen <time>12 March 2021</time> <timer datetime='2021-03-12'>x</timer>") == []


def test_scripts_comments_and_attributes_hold_no_elements() -> None:
    html = (
        "<script>x = \"<time datetime='2020-01-01'>a</time>\"</script>"
        "<!-- <time datetime='2020-01-01'>b</time> -->"
        "<p title=\"<time datetime='2020-01-01'>\">c</p><template><time datetime=2020-01-01>d"
        "</time></template><p><time datetime='2021-03-12'>Friday</time></p>"
    )
    assert stamps(html) == [("2021-03-12", "Friday", None)]


def test_one_in_another_and_what_was_never_closed() -> None:
    html = "<p><time datetime='2021-03-12'>a <time datetime='2021-03-14'>b</time> c</time></p>"
    assert stamps(html) == [("2021-03-14", "b", None)]
    assert stamps("<p><time datetime='2021-03-12'>never closed") == [
        ("2021-03-12", "never closed", None)
    ]


def test_they_are_ascending_and_disjoint_where_the_parser_moves_them() -> None:
    row = "<tr><td><time datetime='2021-03-12'>cell</time><time datetime='2021-03-14'>stray</time>"
    html = f"<table><time datetime='2021-03-16'>moved</time>{row}</table>"
    bounds = [(s.start, s.end) for s in page_from_html(html).stamps]
    assert len(bounds) == 3
    assert all(a[1] <= b[0] for a, b in pairwise(bounds))


def test_so_many_are_looked_at_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "MAX_TIMES", 5)
    assert len(stamps("<p><time datetime='2021-03-12'>x</time> y</p>" * 9)) == 5


def test_a_page_that_is_parted_or_pickled_keeps_them() -> None:
    html = "<p>Old words. <time datetime='2021-03-12'>New</time> <del>no</del> <b hidden>x</b>.</p>"
    page = page_from_html(html)
    parted = page.parted({0: len("Old words. ")})
    assert parted.blocks()[1].startswith("New")
    for kept in (parted, pickle.loads(pickle.dumps(page))):
        assert isinstance(kept, Page)
        (stamp,) = kept.stamps
        assert stamp == Stamp(11, 14, "2021-03-12")
        assert kept.text[stamp.start : stamp.end] == "New"
        assert kept.hidden is not None
        assert kept.deleted is not None
        assert [kept.text[a:b].strip() for a, b in [*kept.deleted, *kept.hidden]] == ["no", "x"]
