"""What nobody sees is told of no story, unless it is the story; offsets stay as they are."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest

from model.cues import CUES
from model.html import page_from_html
from model.page import Page
from model.stories import Story
from model.telling.shown import Shown, show
from tests.model.telling import BODY, MORE, told

TITLE = "Council votes to mend the old pier"
PROSE = f"<p>{BODY}</p><p>{MORE}</p><p>{BODY} {MORE}</p>"
TOLD = f"{BODY}\n\n{MORE}\n\n{BODY} {MORE}"


def story(html: str) -> Story:
    """The one story of a page, which begins with its first block."""
    page = page_from_html(html)
    found = told(page).stories[0]
    assert (found.start, found.end) == (0, len(page.text)), "offsets are those of the whole page"
    return found


HIDING = [
    "style='display:none'",
    "style='color:red; DISPLAY : none'",
    "style='visibility: hidden'",
    "hidden",
    "hidden=hidden",
    "role=dialog aria-hidden=true",
]


@pytest.mark.parametrize("hiding", HIDING)
def test_what_is_hidden_is_no_text(hiding: str) -> None:
    html = f"<h1>{TITLE}</h1><p>{BODY}</p><div {hiding}><p>Log in to go on.</p></div><p>{MORE}</p>"
    assert story(html).text == f"{BODY}\n\n{MORE}"
    page = page_from_html(html)
    assert "Log in to go on." in page.blocks(), "the page's text keeps it"
    assert page.markup is not None
    at = page.blocks().index("Log in to go on.")
    assert page.markup[at, CUES.index("in_hidden")] == 1, "and the classifier knows it as before"


@pytest.mark.parametrize(
    "there", ["", "aria-hidden=true", "hidden=until-found", "style='opacity:0'", "class=hidden"]
)
def test_what_may_be_there_to_see_is_text(there: str) -> None:
    html = f"<h1>{TITLE}</h1><p>{BODY}</p><p {there}>The tide turns at six.</p><p>{MORE}</p>"
    assert "The tide turns at six." in story(html).text


def test_elements_that_show_nothing() -> None:
    unseen = (
        "<template><p>Not yet</p></template><noscript>Turn scripts on</noscript>"
        "<dialog><p>Sign up now</p></dialog>"
    )
    assert story(f"<h1>{TITLE}</h1>{unseen}{PROSE}").text == TOLD
    opened = f"<h1>{TITLE}</h1><dialog open><p>Sign up now</p></dialog>{PROSE}"
    assert page_from_html(opened).hidden is None
    for name in ("dialog", "details"):
        for attributes in ("style='display:none' open", "open hidden"):
            hidden = f"<{name} {attributes}><p>Sign up now</p></{name}>"
            assert story(f"<h1>{TITLE}</h1>{hidden}{PROSE}").text == TOLD


def test_what_is_hidden_within_a_line_is_cut_out_of_it() -> None:
    words = "The <b hidden>old and </b>pier<i style='display:none'>, so to say,</i> is mended."
    assert story(f"<h1>{TITLE}</h1><p>{BODY}</p><p>{words}</p>").text == (
        f"{BODY}\n\nThe pier is mended."
    )


def test_hidden_lines_are_no_headline_byline_or_date() -> None:
    hidden = "<div hidden><h1>Pier: a short title</h1><p>By Jo Marsh</p><p>9 May 2020</p></div>"
    found = story(f"{hidden}<h2>{TITLE}</h2><p>By Ana Brook</p><p>12 March 2021</p>{PROSE}")
    assert (found.headline, found.byline, found.published) == (TITLE, "Ana Brook", "2021-03-12")
    assert found.text == TOLD
    none = story(f"<h2>{TITLE}</h2>{hidden}{PROSE}")
    assert (none.headline, none.byline, none.published) == (TITLE, None, None)
    glued = story(f"<h1>{TITLE}<span hidden> | The Harbour Paper</span></h1>{PROSE}")
    assert glued.headline == TITLE


def test_hidden_lines_above_a_story_are_none_of_its_header() -> None:
    hidden = "<div hidden><h1>Pier: a short title</h1><p>By Jo Marsh</p><p>9 May 2020</p></div>"
    page = page_from_html(f"{hidden}<h2>{TITLE}</h2>{PROSE}")
    found = told(page, [(3, 7)]).stories[0]
    assert (found.headline, found.byline, found.published) == (TITLE, None, None)


@pytest.mark.parametrize("line", ["{}", "Ana Brook {}", "Seen {} at the quay"])
def test_a_hidden_time_is_no_date(line: str) -> None:
    stamp = "<time datetime='2021-03-12' {}>3 hours ago</time>"
    for attributes, day in (("hidden", None), ("", "2021-03-12")):
        shown = line.format(stamp.format(attributes))
        assert story(f"<h1>{TITLE}</h1><p>{shown}</p>{PROSE}").published == day


@pytest.mark.parametrize("hiding", HIDING)
def test_a_story_that_is_hidden_until_a_script_shows_it_stays(hiding: str) -> None:
    text = f"<h1>{TITLE}</h1><p>By Ana Brook</p>{PROSE}"
    for html in (
        f"<html {hiding}><body {hiding}>{text}</body></html>",
        f"<div {hiding}>{text}</div>",
    ):
        found = story(html)
        assert (found.headline, found.byline, found.text) == (TITLE, "Ana Brook", TOLD)
    # Behind a paywall only the lead is in sight.
    walled = f"<h1>{TITLE}</h1><p>{BODY}</p><div {hiding}><p>{MORE}</p><p>{BODY} {MORE}</p></div>"
    assert story(walled).text == TOLD


def test_every_story_is_weighed_by_itself() -> None:
    piece = f"<h2>{TITLE}</h2><p>{BODY}</p><p hidden>Log in to go on.</p><p>{MORE}</p>"
    page = page_from_html(f"{piece}<div style='display:none'>{piece}</div>")
    first, second = told(page, [(0, 4), (4, 8)]).stories
    assert first.text == f"{BODY}\n\n{MORE}"
    assert second.text == f"{BODY}\n\nLog in to go on.\n\n{MORE}"


def test_a_hidden_body_does_not_unhide_a_page_s_notices() -> None:
    """What hides the page says nothing of what is hidden in it."""
    html = f"<body style='display:none'><h1>{TITLE}</h1>{PROSE}<p hidden>Thanks for reading</p>"
    assert story(html).text == TOLD


@pytest.mark.parametrize(
    ("edited", "plain"),
    [
        ("The <del>old</del><ins>new</ins> pier is mended.", "The new pier is mended."),
        ("The <del>old</del> <ins>new</ins> pier is mended.", "The new pier is mended."),
        ("The <ins>new</ins><del>old</del> pier is mended.", "The new pier is mended."),
        ("The <del>very</del> old pier is mended.", "The old pier is mended."),
        ("The pier is mend<del>ing</del>ed.", "The pier is mended."),
        ("It cost <del>9 million</del><ins>8 million</ins> in all.", "It cost 8 million in all."),
        ("It cost <del>90</del>80 crowns.", "It cost 80 crowns."),
        ("It cost <del>$90</del> <ins>$80</ins> in all.", "It cost $80 in all."),
        ("It cost 80<del>9</del> crowns.", "It cost 80 crowns."),
        ("It is on <del>9 March</del> 10 March.", "It is on 10 March."),
        ("A boat: <del>Was $90</del>, now $80", "A boat: Was $90, now $80"),
        ("A boat: <del>$90</del>$80", "A boat: $80"),
        ("A boat (<del>$90</del>) is $80", "A boat ($90) is $80"),
        ("A boat was <del>$90</del> and is now $80.", "A boat was $90 and is now $80."),
        ("A boat: <del>90,00 €</del> <b>80,00 €</b>", "A boat: 90,00 € 80,00 €"),
    ],
)
def test_what_the_page_takes_back_is_no_text(edited: str, plain: str) -> None:
    assert story(f"<h1>{TITLE}</h1><p>{BODY}</p><p>{edited}</p>").text == f"{BODY}\n\n{plain}"


def test_whole_paragraphs_that_were_deleted_and_headlines_that_were_edited() -> None:
    found = story(f"<h1>Council <del>votes</del> voted</h1>{PROSE}<del><p>Nobody came.</p></del>")
    assert (found.headline, found.text) == ("Council voted", TOLD)


def test_a_del_that_was_never_closed_deletes_no_story() -> None:
    first = "A gull sat on the mast the whole day."
    assert story(f"<h1>{TITLE}</h1><p>{first}</p><del>{PROSE}").text == f"{first}\n\n{TOLD}"


def test_cuts_are_those_of_a_slow_way() -> None:
    rng = random.Random(7)
    for _ in range(300):
        lines = ["".join(rng.choice("ab c") for _ in range(rng.randint(1, 9))) for _ in range(6)]
        text = "\n".join(f"x{line}x" for line in lines)
        page = Page.from_text(text)
        at = sorted(rng.sample(range(len(text)), 8))
        hidden, deleted = (np.array(at[i:8:2], np.int64).reshape(-1, 2) for i in (0, 1))
        some = Page(text, page.starts, page.ends, page.breaks, hidden=hidden, deleted=deleted)
        own = sorted(rng.sample(range(6), 4))
        shown = show(some, 0, 6, own)
        left_out = set()
        total = sum(len(page.block(k)) for k in own)
        for spans in (hidden, deleted):
            inside = {i for a, b in spans.tolist() for i in range(a, b)}
            blocks = {i for k in own for i in range(page.starts[k], page.ends[k])}
            if len(inside & blocks) <= 0.4 * total:
                left_out |= inside
        for k in range(6):
            kept = ""
            for i in range(page.starts[k], page.ends[k]):
                if i not in left_out:
                    kept += text[i]
                elif i + 1 not in left_out and text[i].isspace():
                    kept += " "
            assert shown.block(k).split() == kept.split()


def seconds(stories: int) -> float:
    piece = (
        f"<article><h2>{TITLE}</h2><p><time datetime='2021-03-12'>8h</time></p><p>{BODY}</p>"
        "<p hidden>Log in</p><p>The <del>old</del> pier</p></article>"
    )
    page = page_from_html(piece * stories)
    begin = time.process_time()
    answer = told(page, [(5 * i, 5 * i + 5) for i in range(stories)])
    taken = time.process_time() - begin
    assert all(s.published == "2021-03-12" for s in answer.stories)
    assert all(s.text == f"{BODY}\n\nThe pier" for s in answer.stories)
    return taken


def test_telling_many_stories_takes_no_longer_than_there_are() -> None:
    small, large = min(seconds(250) for _ in range(3)), min(seconds(1000) for _ in range(3))
    assert large < 8 * small + 0.2


def test_a_page_without_any_is_told_as_it_stands() -> None:
    page = Page.from_text("Two  spaces\tand a tab\nstay")
    assert [Shown(page, page.marks).block(k) for k in range(2)] == page.blocks()
    assert show(page, 0, 2, [0, 1]) == Shown(page, page.marks)
