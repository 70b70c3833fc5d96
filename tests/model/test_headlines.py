"""Which line at a story's top is the headline, where nothing but its look tells."""

from __future__ import annotations

import pytest

from model.html import page_from_html
from tests.model.telling import BODY, MORE, told

TITLE = "Council votes to mend the old pier"
PROSE = f"{BODY} {MORE}"


def headline_of(*lines: str, outside: tuple[int, ...] = ()) -> str | None:
    return told("\n".join([*lines, PROSE]), outside=outside).stories[0].headline


@pytest.mark.parametrize(
    "line",
    [
        "Politics | Sport | Culture | Subscribe",
        "Startseite · Politik · Wirtschaft · Kultur",
        "Accept all  Reject all  Manage preferences",
        "Home / Town hall / Council and harbour",
        "होम | देश | विदेश | खेल | कारोबार | मनोरंजन",
    ],
)
def test_the_links_of_a_site_are_no_headline(line: str) -> None:
    assert headline_of(line, TITLE, "By Ana Brook", "12 March 2021") == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "Council votes | Boats are back | The pier is mended at last",
        "渡轮每天中午出发  傍晚回来  旅客提前到达码头",
        "Rovers 2 - 1 Holm: Marsh | Brook | Hill",
    ],
)
def test_a_headline_in_parts_is_no_menu(title: str) -> None:
    assert headline_of(title, "12 March 2021") == title


def test_a_heading_is_no_menu() -> None:
    page = page_from_html(f"<h1>Boats | Pier | Harbour town</h1><p>{PROSE}</p><p>{PROSE}</p>")
    assert told(page).stories[0].headline == "Boats | Pier | Harbour town"


@pytest.mark.parametrize(
    "remark",
    [
        "We may earn a commission from links.",
        "यह वेबसाइट कुकीज़ का उपयोग करती है। आगे बढ़ने पर आप इससे सहमत हैं।",
    ],
)
def test_a_remark_is_no_headline(remark: str) -> None:
    assert headline_of(remark, TITLE, "12 March 2021") == TITLE


def test_where_the_page_is_ends_with_the_headline() -> None:
    trail = f"Daily Pier » Town » {TITLE}"
    assert headline_of("All news of this town and harbour", trail, "Town", TITLE) == TITLE


@pytest.mark.parametrize(
    "row", ["Brennick Town 1 Corrin Villa 5", "He said that it was only settling in."]
)
def test_what_comes_again_further_down_is_no_headline(row: str) -> None:
    rows = [f"Holm Rovers {k} Marsh United {k + 1}" for k in range(4)]
    assert headline_of(TITLE, *rows, row, row) == TITLE
    assert headline_of("Daily Pier, the paper of the coast", TITLE, "Share", TITLE) == TITLE


def test_the_headline_stands_over_the_byline_though_taken_for_furniture() -> None:
    lines = ["Sport", TITLE, "By Ana Brook", "12 March 2021", "Rovers 1 Corrin United 5"]
    assert headline_of(*lines, outside=(1, 2, 3)) == TITLE
    # A section's name of some length, where the headline comes again below the date.
    again = ["All that the harbour talks of", TITLE, "12 March 2021", "Share", TITLE]
    assert headline_of(*again, outside=(0, 1)) == TITLE
    # What stands below a date is the headline where nothing is above it.
    assert headline_of("Sport", "12 March 2021", TITLE, outside=(0,)) == TITLE


@pytest.mark.parametrize(
    "title",
    [
        "Magistrates: results from Brennick, 4 to 8 March",
        "Ce soir à la télé : nos choix du jeudi 6 février",
    ],
)
def test_a_headline_may_name_a_day(title: str) -> None:
    assert headline_of(title, "By Ana Brook", "12 March 2021", MORE) == title


@pytest.mark.parametrize(
    "line",
    [
        "in the harbour town of Brennick, 12 March 2021",
        "Published for the first time on 12 March",
        "Ana Brook, of the Daily Pier, 12 March",
        "Thursday 12 March",
    ],
)
def test_a_line_with_a_date_is_no_headline(line: str) -> None:
    assert headline_of("Sport", line, TITLE) == TITLE


LEAD = "In 1966 a bus went into the river with all in it. Last summer somebody found its bell"


@pytest.mark.parametrize(
    ("line", "lead", "headline"),
    [
        ("What the river kept", LEAD, "What the river kept"),
        ("What the river kept", "The bus went into it in 1966.", "What the river kept"),
        (
            "The national interest",
            "It is not for us. It is for them",
            "It is not for us. It is for them",
        ),
        ("How was your week?", TITLE, TITLE),
        ("All of the cup", "Rovers vs. Corrin: the final", "Rovers vs. Corrin: the final"),
    ],
)
def test_a_short_headline_stands_over_whole_sentences(line: str, lead: str, headline: str) -> None:
    assert headline_of("Long read", line, lead, "By Ana Brook", "12 March 2021") == headline
