"""When a story was published: what its header's words say, and what <time> says beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.html import page_from_html
from model.page import Metadata
from model.stories import Story
from model.telling.dates import DateHit
from model.telling.header_dates import more_exact, same_time, zoned
from tests.model.telling import BODY, MORE, told

TITLE = "Council votes to mend the old pier"
PROSE = f"<p>{BODY} {MORE}</p><p>{MORE} {BODY}</p>"


def story(header: str, metadata: Metadata | None = None) -> Story:
    """The one story of a page with this header."""
    page = page_from_html(f"<article><h1>{TITLE}</h1>{header}{PROSE}</article>")
    return told(page if metadata is None else replace(page, metadata=metadata)).stories[0]


def time(value: str, words: str, attributes: str = "") -> str:
    return f"<time {attributes} datetime='{value}'>{words}</time>"


@pytest.mark.parametrize(
    "words", ["3 hours ago", "Yesterday", "Heute, 14:05 Uhr", "12 March", "il y a 3 heures", "8h"]
)
def test_words_that_name_no_day_leave_it_to_the_time(words: str) -> None:
    found = story(f"<p>{time('2021-03-12T14:05:00Z', words)}</p>")
    assert (found.published, found.published_words) == ("2021-03-12T14:05:00+00:00", words)
    assert found.updated is None
    assert found.text == f"{BODY} {MORE}\n\n{MORE} {BODY}", "a date is no text"


@pytest.mark.parametrize(
    ("words", "value", "iso"),
    [
        ("03/04/2021", "2021-03-04", "2021-03-04"),
        ("03/04/2021", "2021-04-03", "2021-04-03"),
        ("03/04/2021", "2021-03-04T14:05Z", "2021-03-04T14:05+00:00"),
        ("03.04.21, 14:05", "2021-03-04", "2021-03-04T14:05"),
        ("12 March 2021", "2021-03-12T14:05:09+01:00", "2021-03-12T14:05:09+01:00"),
        ("12 March 2021, 2:05 pm", "2021-03-12T14:05:09+01:00", "2021-03-12T14:05:09+01:00"),
        ("12 March 2021, 14:05", "2021-03-12", "2021-03-12T14:05"),
        ("12 March 2021, 14:05", "2021-03-12T00:00:00+00:00", "2021-03-12T14:05"),
        ("12 March 2021 14:05 CET", "2021-03-12T13:05:00", "2021-03-12T14:05+01:00"),
    ],
)
def test_the_time_fills_in_what_the_words_leave_open(words: str, value: str, iso: str) -> None:
    found = story(f"<p>{time(value, words)}</p>")
    assert (found.published, found.published_words) == (iso, words)


@pytest.mark.parametrize("value", ["2019-09-03", "2021-12-03T08:00Z", "2021-03-11T23:30:00Z"])
def test_the_day_is_the_one_that_a_reader_sees(value: str) -> None:
    assert story(f"<p>{time(value, '12 March 2021')}</p>").published == "2021-03-12"
    assert story(f"<p>{time(value, '15 March 2021')}</p>").published == "2021-03-15"


@pytest.mark.parametrize(
    "header",
    [
        f"<p>Published {time('2021-03-12', 'Friday')} | Updated {time('2021-03-14', 'Sunday')}</p>",
        f"<p>Updated {time('2021-03-14', 'Sunday')}, posted {time('2021-03-12', 'Friday')}</p>",
        f"<p>{time('2021-03-12', 'Friday')}</p><p>Last updated 2 days ago: "
        f"{time('2021-03-14', 'Sunday')}</p>",
        f"<p>{time('2021-03-12', 'Friday', 'class=published')} "
        f"{time('2021-03-14', 'Sunday', 'class=updated')}</p>",
        f"<p>{time('2021-03-14', 'Sunday', 'itemprop=dateModified')}</p>"
        f"<p>{time('2021-03-12', 'Friday', 'itemprop=datePublished')}</p>",
        f"<p>{time('2021-03-12', 'Posted Friday')} {time('2021-03-14', 'Updated Sunday')}</p>",
        f"<p>Veröffentlicht: {time('2021-03-12', 'Freitag')}</p>"
        f"<p>Aktualisiert: {time('2021-03-14', 'Sonntag')}</p>",
        f"<p>12 March 2021</p><p>{time('2021-03-14', 'vor 3 Stunden', 'class=date-modified')}</p>",
    ],
)
def test_updates_are_told_by_words_class_or_itemprop(header: str) -> None:
    found = story(header)
    assert found.published is not None
    assert (found.published[:10], found.updated) == ("2021-03-12", "2021-03-14")


def test_words_say_more_than_a_class() -> None:
    found = story(f"<p>Published {time('2021-03-12', 'Friday', 'class=updated')}</p>")
    assert (found.published, found.updated) == ("2021-03-12", None)


def test_the_words_of_an_update_stand_beside_it() -> None:
    found = story(f"<p>Posted {time('2021-03-12', 'Friday')}, updated {time('2021-03-14', '9h')}")
    assert (found.published_words, found.updated_words) == ("Friday", "9h")


def test_a_date_alone_that_a_class_calls_updated_is_that_of_publication_too() -> None:
    # Below it stands a day of which the text speaks.
    found = story(
        f"<p>{time('2021-03-12', '12 March 2021', 'class=updated')}</p>"
        "<p>Tickets cost more from 1 April 2021 on.</p>"
    )
    assert (found.published, found.updated) == ("2021-03-12", "2021-03-12")


def test_one_element_around_two_dates_is_about_the_day_that_it_names() -> None:
    words = "Posted: Mar 12, 2021 8:25 AM | Last Updated: Sunday 3 pm"
    found = story(f"<p>{time('2021-03-12T13:25Z', words)}</p>")
    assert (found.published, found.updated) == ("2021-03-12T13:25+00:00", None)
    assert found.published_words == "Mar 12, 2021 8:25 AM"
    other = story(f"<p>{time('2021-03-12T13:25Z', 'Updated 14 March 2021 | Posted 12 March 2021')}")
    assert (other.published, other.updated) == ("2021-03-12T13:25+00:00", "2021-03-14")


def test_an_element_around_two_lines_is_no_line_with_a_date() -> None:
    found = story(f"<p>{time('2021-03-12', 'Seen at the quay<br>3 hours ago')}</p>")
    assert found.published is None


def test_a_time_in_the_text_is_not_the_story_s() -> None:
    long = f"<p>On {time('1999-01-02', 'a Saturday')} it had begun. {BODY} {MORE}</p>"
    for line in (
        f"<p>It had begun on {time('1999-01-02', 'a Saturday')}.</p>",
        f"<p>It had begun in the old town on {time('1999-01-02', 'Saturday')} before noon</p>",
        long,
    ):
        found = story(line)
        assert (found.published, found.updated) == (None, None)
        assert "Saturday" in found.text


TEASER = "<a href=/x>Orchestra finds the score that it had lost</a>"
OTHER = time("2020-01-01T08:00Z", "3 hours ago")


@pytest.mark.parametrize(
    "furniture",
    [
        f"<aside>{TEASER}<p>{OTHER}</p></aside>",
        f"<div class='read-more'>{TEASER}<p>{OTHER}</p></div>",
        f"<div id='comments'><p>Jo</p><p>{OTHER}</p></div>",
        f"<nav><p>{OTHER}</p></nav>",
        f"<ul><li>{TEASER}<p>{OTHER}</p><li>{TEASER}<p>{OTHER}</p></ul>",
        f"<div class='card'>{TEASER}<div>{OTHER}</div></div>",
    ],
)
def test_a_time_in_furniture_is_not_the_story_s(furniture: str) -> None:
    assert story(furniture).published is None
    # Between two stories it is not that of the one below, either.
    first = f"<article><h1>{TITLE}</h1>{PROSE}</article>"
    last = f"<article><h2>Orchestra rehearses in the bakery</h2>{PROSE}</article>"
    page = page_from_html(first + furniture + last)
    at = page.blocks().index("Orchestra rehearses in the bakery")
    answer = told(page, [(0, 3), (at, len(page))])
    assert [s.published for s in answer.stories] == [None, None]


def test_a_date_in_a_list_of_its_own_is_the_story_s() -> None:
    found = story(f"<ul><li>By <a href=/a>Ana Brook</a><li>{time('2021-03-12', '3h ago')}</ul>")
    assert (found.byline, found.published) == ("Ana Brook", "2021-03-12")


def test_every_story_of_a_page_has_its_own() -> None:
    pieces = [
        f"<article><h2>{TITLE} number {i}</h2><p>{time(f'2021-03-1{i}T08:00Z', f'{i}h ago')}</p>"
        f"{PROSE}</article>"
        for i in range(1, 5)
    ]
    page = page_from_html("".join(pieces))
    answer = told(page, [(4 * i, 4 * i + 4) for i in range(4)])
    assert [s.published for s in answer.stories] == [
        f"2021-03-1{i}T08:00+00:00" for i in range(1, 5)
    ]
    assert [s.published_words for s in answer.stories] == [f"{i}h ago" for i in range(1, 5)]


def test_a_time_above_the_headline_or_behind_the_lead_is_read() -> None:
    above = page_from_html(f"<p>{time('2021-03-12', '3 hours ago')}</p><h1>{TITLE}</h1>{PROSE}")
    for bounds in ((0, 4), (1, 4)):
        assert told(above, [bounds]).stories[0].published == "2021-03-12"
    lead = f"<p>{BODY} {MORE}</p>"
    assert story(f"{lead}<p>{time('2021-03-12', '3 hours ago')}</p>").published == "2021-03-12"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"By Ana Brook {time('2021-03-12', 'Yesterday')}", "Ana Brook"),
        (f"Ana Brook {time('2021-03-12', '1 day ago')}", "Ana Brook"),
        (f"Ana Brook, {time('2021-03-12', '12 March 2021')}", "Ana Brook"),
        (f"{time('2021-03-12', 'Yesterday')} by Ana Brook", "Ana Brook"),
    ],
)
def test_a_name_beside_a_time_is_the_byline(line: str, name: str) -> None:
    found = story(f"<p>{line}</p>")
    assert (found.byline, found.published) == (name, "2021-03-12")


def test_what_is_glued_to_a_date_is_none_of_its_words() -> None:
    found = story(f"<p><a>Ana Brook</a>{time('2021-03-12', 'March 12, 2021')}</p>")
    assert (found.byline, found.published_words) == ("Ana Brook", "March 12, 2021")


@pytest.mark.parametrize(
    ("seen", "other", "iso"),
    [
        ("2023-12-22T22:00", "2023-12-23T03:00:46+00:00", "2023-12-22T22:00-05:00"),
        ("2023-12-26T09:03", "2023-12-25T22:03:00+00:00", "2023-12-26T09:03+11:00"),
        ("2022-05-03T22:41", "2022-05-04T04:41+02:00", "2022-05-03T22:41-04:00"),
        ("2023-12-22T22:00:30", "2023-12-23T03:00:46Z", "2023-12-22T22:00:30-05:00"),
        ("2023-12-22T22:00-06:00", "2023-12-23T03:00Z", "2023-12-22T22:00-06:00"),
        ("2023-12-22T22:00", "2023-12-23T03:07:00Z", "2023-12-22T22:00"),
        ("2023-12-22T22:00", "2023-12-24T03:00:00Z", "2023-12-22T22:00"),
        ("2023-12-22T22:00", "2023-12-23T03:00", "2023-12-22T22:00"),
        ("2023-12-22", "2023-12-23T03:00Z", "2023-12-22"),
    ],
)
def test_the_zone_of_a_clock_is_told_by_the_same_moment_in_another(
    seen: str, other: str, iso: str
) -> None:
    assert zoned(seen, other) == iso


def test_a_day_that_is_another_one_elsewhere_is_told_with_its_zone() -> None:
    given = Metadata(published="2021-03-13T03:00:46+00:00")
    found = story("<p>12 March 2021, 10:00 PM</p>", given)
    assert found.published == "2021-03-12T22:00-05:00"
    assert found.published_words == "12 March 2021, 10:00 PM"


def test_metadata_hold_against_a_time_without_a_day_in_its_words() -> None:
    given = Metadata(published="2021-03-14T08:00+00:00")
    for words, day in (("3 hours ago", "2021-03-14"), ("12 March 2021", "2021-03-12")):
        found = story(f"<p>{time('2021-03-12T07:10Z', words)}</p>", given)
        assert found.published is not None
        assert found.published[:10] == day
    agreed = story(f"<p>{time('2021-03-14T08:00Z', '3 hours ago')}</p>", given)
    assert (agreed.published, agreed.published_words) == (given.published, "3 hours ago")
    only = story(f"<p>{time('2021-03-12', '3 hours ago')}</p>", Metadata(updated="2021-03-14"))
    assert (only.published, only.updated) == ("2021-03-12", "2021-03-14")


def test_the_more_exact_of_metadata_and_page_is_told() -> None:
    header = f"<p>{time('2021-03-12T14:05:09+01:00', '12 March 2021')}</p>"
    assert story(header, Metadata(published="2021-03-12")).published == "2021-03-12T14:05:09+01:00"
    assert story("<p>12 March 2021</p>", Metadata(published="2021-03-12T08:00Z")).published == (
        "2021-03-12T08:00Z"
    )


def test_metadata_say_which_number_is_the_month() -> None:
    for iso in ("2021-04-03T08:00+00:00", "2021-03-04T08:00+00:00"):
        found = story("<p>03/04/2021</p>", Metadata(published=iso))
        assert (found.published, found.published_words) == (iso, "03/04/2021")


def test_words_are_not_told_beside_a_date_that_they_do_not_mean() -> None:
    both = Metadata(published="2021-03-12T08:00+00:00", updated="2021-03-14T09:30+00:00")
    found = story("<p>14 March 2021</p>", both)
    assert (found.published, found.published_words) == (both.published, None)


def test_words_in_another_zone_mean_the_same_moment() -> None:
    seen = DateHit("2021-03-12T23:31", "12 March 2021, 11:31 pm")
    assert same_time(seen, "2021-03-13T04:31+00:00")
    assert not same_time(seen, "2021-03-13T04:44+00:00")
    assert not same_time(seen, "2021-03-14T23:31+00:00")
    assert not same_time(seen, "2021-03-13")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2021-03-12", "2021-03-12T14:05", "2021-03-12T14:05"),
        ("2021-03-12T14:05", "2021-03-12T13:05Z", "2021-03-12T13:05Z"),
        ("2021-03-12T14:05", "2021-03-12T00:00:00+00:00", "2021-03-12T14:05"),
        ("2021-03-12", "2021-03-12T00:00", "2021-03-12"),
        ("2021-03-12T14:05+01:00", "2021-03-12T13:05+00:00", "2021-03-12T14:05+01:00"),
    ],
)
def test_the_more_exact_of_two_dates(one: str, other: str, expected: str) -> None:
    assert more_exact(one, other) == expected
