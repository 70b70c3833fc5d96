"""Headline, byline and date in the first sentence of a story whose line breaks are lost."""

from __future__ import annotations

import pytest

from model.page import Page
from model.telling.run_on import read_run_on
from tests.model.telling import told

BODY = "Corrin Rovers are in the final for the first time since 1988."
CASES = {
    "a byline, a date and a place": (
        "Rovers reach the final after penalties By Jory Elsham 3 November 2022 ",
        "CORRIN — ",
        "Rovers reach the final after penalties",
        "Jory Elsham",
        "2022-11-03",
    ),
    "two names, a label and a clock": (
        "Bank raises rate again By Nell Overbeck and Ida Holm | Published: March 12, 2021 10:04 ",
        "",
        "Bank raises rate again",
        "Nell Overbeck and Ida Holm",
        "2021-03-12T10:04",
    ),
    "a byline and a place": (
        "Runner takes a wrong turn and wins By Mara Quillon ",
        "PORT LOWELL, Lakeland (Agency) — ",
        "Runner takes a wrong turn and wins",
        "Mara Quillon",
        None,
    ),
    "a place alone": (
        "Runner takes a wrong turn and wins another race ",
        "PORT LOWELL – ",
        "Runner takes a wrong turn and wins another race",
        None,
        None,
    ),
    "the date first": (
        "Council votes to reopen the salt works 9 March 2023 By Mara Quillon ",
        "BRENNICK — ",
        "Council votes to reopen the salt works",
        "Mara Quillon",
        "2023-03-09",
    ),
    "another language": (
        "Ministra anuncia um novo plano Por Ana Souza 12/03/2021 ",
        "",
        "Ministra anuncia um novo plano",
        "Ana Souza",
        "2021-03-12",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_header_is_told_from_the_text_behind_it(name: str) -> None:
    header, place, headline, byline, day = CASES[name]
    found = read_run_on(header + place + BODY)
    assert found is not None
    assert (found.headline, found.byline) == (headline, byline)
    assert (found.published.iso if found.published else None) == day
    assert (header + place + BODY)[found.end :] == place + BODY


@pytest.mark.parametrize(
    "sentence",
    [
        "CORRIN — The furnace at the works has burned since 1957.",
        "The company was bought By Design on 3 November 2022 to cut costs.",
        "He said that By Ana Brook is a book from 2 March 2021.",
        "John Dietrich, Ashley Lund and Tom Kerr CORRIN — The governor said so.",
        "Corrin Park Press CORRIN PARK — A fight is on.",
        "The council met on 3 November 2022 and voted.",
        "It rained. The wind rose By Ana Brook 3 November 2022 CORRIN — So it went.",
        "",
    ],
)
def test_what_is_no_header_is_left_alone(sentence: str) -> None:
    assert read_run_on(sentence) is None


def test_the_clean_text_begins_behind_it_and_offsets_stay() -> None:
    rest = " ".join(f"The ferry to island {n} left at noon, the harbour said." for n in range(60))
    header, place, headline, byline, day = CASES["a byline, a date and a place"]
    (story,) = told(Page.from_text(f"{header}{place}{BODY} {rest}")).stories
    assert (story.headline, story.byline, story.published) == (headline, byline, day)
    assert story.published_words == "3 November 2022"
    assert story.start == 0
    assert story.text.startswith(f"{place}{BODY}")


def test_where_lines_are_kept_nothing_is_taken_out_of_a_sentence() -> None:
    header, place, *_ = CASES["a byline, a date and a place"]
    lines = f"{header}{place}{BODY}\n" + "The harbour slept all day.\n" * 9
    (story,) = told(Page.from_text(lines)).stories
    assert story.text.startswith(header)
