"""Headlines without the site's name and without the section in the same heading."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.html import page_from_html
from model.page import Metadata
from model.telling.titles import best_title
from tests.model.telling import BODY, MORE, told

TITLE = "Council votes to mend the old pier"


@pytest.mark.parametrize(
    ("seen", "named", "best"),
    [
        (TITLE, TITLE, TITLE),
        (TITLE, None, TITLE),
        (None, None, None),
        (None, f"{TITLE} | Daily Pier", TITLE),
        (None, f"{TITLE} - Daily Pier", TITLE),
        (None, f"Daily Pier: {TITLE}", TITLE),
        (None, f"{TITLE} – by night", f"{TITLE} – by night"),
        (None, "Daily Pier", "Daily Pier"),
        ("Daily Pier", f"{TITLE} | Daily Pier", TITLE),
        ("DAILY PIER", None, "DAILY PIER"),
        ("Daily Pier", "Daily Pier", "Daily Pier"),
        (f"Town Hall {TITLE}", TITLE, TITLE),
        (f"Town Hall - {TITLE}", TITLE, TITLE),
        (f"Town Hall “{TITLE}”", TITLE, f"“{TITLE}”"),
        (f"Harbour{TITLE}", TITLE, TITLE),
        (f"Harbour{TITLE}", f"{TITLE} | The Evening Bell", TITLE),
        (f"Harbour: {TITLE}", TITLE, f"Harbour: {TITLE}"),
        ("A list of Ana Brook’s great plays", "Ana Brook’s great plays", None),
        ("The ferries and the sea", "the sea", None),
        ("Neue Straße: Maßnahmen am Fluß", "Neue Strasse: Massnahmen am Fluss", None),
    ],
)
def test_of_two_headlines_one(seen: str | None, named: str | None, best: str | None) -> None:
    wanted = seen if best is None and seen else best
    assert best_title(seen, named, "Daily Pier") == wanted


def test_a_title_keeps_all_where_the_site_has_no_name() -> None:
    assert best_title(None, f"{TITLE} | Daily Pier", None) == f"{TITLE} | Daily Pier"


def test_the_main_story_is_told_with_it() -> None:
    markup = f"<h1><span>Harbour</span>{TITLE}</h1><p>{BODY} {MORE}</p><p>{MORE} {BODY}</p>"
    page = page_from_html(markup)
    assert told(page).stories[0].headline == f"Harbour{TITLE}", "nothing says where it parts"
    page = replace(page, metadata=Metadata(headline=TITLE))
    story = told(page).stories[0]
    assert story.headline == TITLE
    assert story.text == f"{BODY} {MORE}\n\n{MORE} {BODY}"


@pytest.mark.parametrize(
    "line",
    [
        "By Ana Brook - Daily Pier - Thursday, March 12, 2021",
        "Published: 12.03.2021 | Author: Ana Brook | Filed under: Town, Harbour",
        "Ana Brook / 12.03.2021 / 06:15 / Photo: Harbour Wire / 150 /",
        "Home » Harbour » Piers » Council votes to mend",
        "By Ana Brook, Senior Technology Correspondent",
        "https://example.org/uploads/2021/03/the-old-pier-in-winter.jpg",
    ],
)
def test_long_lines_of_a_header_are_no_headline(line: str) -> None:
    story = told(f"{line}\n{TITLE}\n{BODY} {MORE}").stories[0]
    assert story.headline == TITLE
    assert told(f"{line}\n{BODY} {MORE}\n{MORE}").stories[0].headline != line


def test_a_headline_may_open_with_a_date_or_with_a_colon_and_a_place() -> None:
    for headline in (
        "12.03.2021 - Ferry comes back to the old quay of Halden after two years",
        f"Halden » {TITLE}",
    ):
        assert told(f"{headline}\n{BODY} {MORE}").stories[0].headline == headline
