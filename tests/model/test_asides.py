"""What a page says beside its story is not told with it; what a story says in such words is."""

from __future__ import annotations

import time

import numpy as np
import pytest

from model.page import Page
from model.telling.asides import is_aside, is_disclosure
from tests.model.telling import BODY, MORE, told

TITLE = "Council votes to mend the old pier"
THIRD = "A gull sat on the mast the whole day, and the children gave it what was left of the bread."
PROSE = f"{BODY} {MORE} {THIRD} {BODY}"
ASIDES = [
    "Tags: piers, harbours, councils",
    "Filed Under: Harbours, Wellen",
    "Schlagwörter: Hafen, Brücke",
    "Related: The ferry that nobody wanted",
    "[Read more: What the river kept]",
    "Also read- Who owns the quay?",
    "Lesen Sie auch: Wem gehört der Kai?",
    "Lee también: El muelle que nadie quería",
    "4 min read",
    "3 Min. Lesezeit",
    "We may earn a commission from links on this page.",
    "Our editors choose all boats. If you buy by our links, we may earn an affiliate commission.",
    "In diesem Artikel sind Affiliate-Links enthalten.",
]


@pytest.mark.parametrize("line", ASIDES)
def test_asides_are_known(line: str) -> None:
    assert is_aside(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Related families moved to the quay in May.",
        "More than 40 boats left: none came back.",
        "Read the minutes of the council, said the mayor: they are dull.",
        "The tags: red, blue and a green that nobody had seen before.",
        "40 minutes later the ferry had left.",
        "The commission met on Monday, and its affiliate in Wellen did not.",
        f"Related: {PROSE}",
    ],
)
def test_sentences_are_none(line: str) -> None:
    assert not is_aside(line)


@pytest.mark.parametrize("line", ASIDES)
def test_asides_are_no_text_of_a_story(line: str) -> None:
    page = "\n".join([TITLE, PROSE, line, f"{THIRD} {MORE} {PROSE}"])
    assert told(page).stories[0].text == f"{PROSE}\n\n{THIRD} {MORE} {PROSE}"


def test_a_page_that_is_mostly_such_lines_is_told_whole() -> None:
    lines = [f"Read more: The {n} ferry that nobody wanted" for n in ("first", "second", "third")]
    assert told("\n".join([TITLE, MORE, *lines])).stories[0].text == "\n\n".join([MORE, *lines])


def test_who_earns_by_a_page_is_not_its_headline() -> None:
    line = "We may earn a commission from links on this page"
    assert is_disclosure(line)
    assert told("\n".join([line, TITLE, PROSE, MORE])).stories[0].headline == TITLE


@pytest.mark.parametrize(
    "heading",
    ["Comments", "12 Comments", "Comments (12)", "Leave a Reply", "Kommentare:", "3 Kommentare",
     "Schreiben Sie einen Kommentar", "Комментарии", "コメント"],
)  # fmt: skip
@pytest.mark.parametrize("furniture", [True, False])
def test_what_readers_say_is_not_told(heading: str, furniture: bool) -> None:
    page = "\n".join([TITLE, PROSE, MORE, heading, "I never liked that pier.", "Me neither."])
    answer = told(page, outside=[3] if furniture else [])
    assert answer.stories[0].text == f"{PROSE}\n\n{MORE}"


@pytest.mark.parametrize("heading", ["Kommentare: ,", "Comment from the mayor", "Comments off"])
def test_other_words_are_no_heading_of_comments(heading: str) -> None:
    page = "\n".join([TITLE, PROSE, MORE, heading, THIRD])
    assert told(page, outside=[3]).stories[0].text == f"{PROSE}\n\n{MORE}\n\n{THIRD}"


def test_a_button_early_in_a_story_ends_nothing() -> None:
    page = "\n".join([TITLE, BODY, "Comments", MORE, THIRD])
    assert told(page, outside=[2]).stories[0].text == f"{BODY}\n\n{MORE}\n\n{THIRD}"


def test_comments_of_the_next_story_end_nothing() -> None:
    page = "\n".join([TITLE, PROSE, MORE, "Comments", "Orchestra finds a score", THIRD, BODY])
    first, second = told(page, [(0, 3), (3, 7)], outside=[3]).stories
    assert first.text == f"{PROSE}\n\n{MORE}"
    assert second.text.endswith(f"{THIRD}\n\n{BODY}")


def test_a_long_line_is_told_once_and_a_short_one_as_often_as_it_stands() -> None:
    refrain = "And the gull went round again"
    page = "\n".join([TITLE, PROSE, refrain, MORE, PROSE, refrain])
    assert told(page).stories[0].text == "\n\n".join([PROSE, refrain, MORE, refrain])


def test_items_of_lists_are_told_as_often_as_they_stand() -> None:
    item = "• Every boat has two masts, a crew of five and room for twenty-four children"
    page = "\n".join([TITLE, "The first fleet", item, "The second fleet", item, PROSE])
    assert told(page).stories[0].text.count(item) == 2


def test_lines_that_are_rather_of_no_story_are_not_told() -> None:
    page = Page.from_text("\n".join([TITLE, PROSE, "Sign in to the harbour", MORE]))
    assert told(page, chances=[0.1, 0.1, 0.46, 0.1]).stories[0].text.count("\n\n") == 2
    assert told(page, chances=[0.1, 0.1, 0.48, 0.1]).stories[0].text == f"{PROSE}\n\n{MORE}"


def test_a_story_that_is_rather_none_is_told_all_the_same() -> None:
    page = Page.from_text("\n".join([TITLE, PROSE, MORE]))
    assert told(page, chances=np.full(3, 0.49).tolist()).stories[0].text == f"{PROSE}\n\n{MORE}"


def test_a_story_of_which_only_the_headline_is_sure_is_told_all_the_same() -> None:
    page = Page.from_text("\n".join([TITLE, PROSE, MORE]))
    assert told(page, chances=[0.1, 0.49, 0.49]).stories[0].text == f"{PROSE}\n\n{MORE}"


def test_lines_that_almost_are_take_no_longer() -> None:
    lines = [
        "tags " * 39,
        "read more " * 19,
        "comment " * 14,
        "ffiliate " * 66,
        "9 " * 15,
        "(" * 200,
    ]
    lines += ["may earn a small " * 30 + "ommission"]
    before = time.process_time()
    for line in lines * 50:
        is_aside(line)
        told("\n".join([BODY, line]))
    assert time.process_time() - before < 2.0
