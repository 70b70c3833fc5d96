"""Bylines of invented headers: announced, called so by the markup, with a role, beside a date."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.html import page_from_html
from model.page import Metadata
from tests.model.telling import BODY, MORE, told

TITLE = "Council votes to mend the old pier"
PROSE = f"<p>{BODY} {MORE}</p><p>{MORE} {BODY}</p>"
TOLD = f"{BODY} {MORE}\n\n{MORE} {BODY}"


def of_text(*lines: str) -> str | None:
    return told("\n".join([TITLE, *lines, f"{BODY} {MORE}"])).stories[0].byline


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["ByAna Brook"], "Ana Brook"),
        (["PorAna Ruiz"], "Ana Ruiz"),
        (["DeShawn Marsh walks on"], None),
        (["By Ana Brook", "By Ben Marsh", "12 March 2021"], "Ana Brook, Ben Marsh"),
        (["By Ana Brook", "12 March 2021", "Photos by Ben Marsh"], "Ana Brook"),
        (["By", "Ana Brook", "and", "Ben Marsh"], "Ana Brook, Ben Marsh"),
        (["By", "Ana Brook,", "Ben Marsh &", "Jo Hill"], "Ana Brook, Ben Marsh, Jo Hill"),
        (["By", "Ana Brook", "Town Hall"], "Ana Brook"),
        (["Author of the article:", "Ana Brook"], "Ana Brook"),
        (["Kommentar von Ana Brook"], "Ana Brook"),
        (["Review by Ana Brook Contributor"], "Ana Brook"),
        (["Von Ana Brook, Redakteurin"], "Ana Brook"),
        (["Eine Analyse von Ana Brook", "12. März 2021"], "Ana Brook"),
        (["Ana Brook", "Senior Editor", "12 March 2021"], "Ana Brook"),
        (["Ana Brook, Wellness Writer"], "Ana Brook"),
        (["Senior Editor", "12 March 2021"], None),
        (["Ana Brook12 March 2021"], "Ana Brook"),
        (["Ana BrookDec. 20, 2023"], "Ana Brook"),
        (["Ana Brook 8:41 PM on December 20, 2023"], "Ana Brook"),
        (["12 March 2021 / Ana Brook"], "Ana Brook"),
        (["Ana Brook · Harbour Wire · Posted: Dec 22, 2023 8:25 AM EST"], "Ana Brook"),
        (["19.6.2007 9:40 Uhr Ana Brook 71 Kommentare"], "Ana Brook"),
        (["Submitted by Ana Brook and Ben Marsh on 12 March 2021"], "Ana Brook and Ben Marsh"),
        (["Submitted by Ana Brook on Jumatatu, 12 March 2021"], "Ana Brook"),
        (["Submitted by Ana Brook, retail correspondent on 12 March 2021"], "Ana Brook"),
        (
            ["12 March 2021 by Ana Maria Brook and Ben van Marsh"],
            "Ana Maria Brook and Ben van Marsh",
        ),
        (["12 March 2021 by Ana Brook and Ben van Dam"], "Ana Brook and Ben van Dam"),
        (["12 March 2021 by Ana Brook and Ben Marsh Pier Staff"], "Ana Brook and Ben Marsh"),
        (["12 March 2021 by Ana Brook Marsh Hill Daily Pier"], "Ana Brook Marsh Hill"),
        (["Ana Brook 3 hours ago"], "Ana Brook"),
        (["Ana Brook|Published 4 months ago"], "Ana Brook"),
        (["New York, 12 March 2021"], None),
        (["Local News 12 March 2021"], None),
        (["Posted On 12 March 2021"], None),
        (["de Política"], None),
        (["홍길동 기자 hong@example.org"], "홍길동"),
        (["홍길동·김철수 특파원"], "홍길동·김철수"),
        (["기자 간담회가 열린다고 밝혔다"], None),
        (["Text: Ana Brook"], "Ana Brook"),
        (["Tekst: Ana Brook", "Foto: Ben Marsh"], "Ana Brook"),
        (["Reporter: Ana Brook"], "Ana Brook"),
        (["Photographer: Ana Brook"], None),
        (["Town: Ana Brook"], None),
        (["Auteur(s)", "Ana Brook"], "Ana Brook"),
    ],
)
def test_names_in_the_lines_of_a_header(lines: list[str], name: str | None) -> None:
    assert of_text(*lines) == name


def test_a_name_above_the_headline_that_nothing_announces_is_a_section() -> None:
    story = told(f"Digital Life\n12 March 2021\n{TITLE}\n{BODY} {MORE}").stories[0]
    assert (story.headline, story.byline) == (TITLE, None)


@pytest.mark.parametrize(
    ("markup", "name"),
    [
        ("<p class='byline'>Ana Brook</p>", "Ana Brook"),
        ("<p class='article-author'>ANA BROOK</p>", "ANA BROOK"),
        ("<p class='article-author'>TOP STORIES</p>", None),
        ("<p class='article-author'>NEWSROOM</p>", None),
        ("<span itemprop='author'>Ana Brook</span>", "Ana Brook"),
        ("<p class='author'>Ana Brook</p><p class='author'>Ben Marsh</p>", "Ana Brook, Ben Marsh"),
        ("<p class='author'>Close</p>", None),
        ("<p class='author'>山田太郎</p>", "山田太郎"),
        ("<p class='author'>अनिल कुमार</p>", "अनिल कुमार"),
        ("<p class='author'>โดย สมชาย ใจดี</p>", "สมชาย ใจดี"),
        ("<p class='author'>来源：新华社</p>", None),
        ("<p>山田太郎</p>", None),
        ("<p class='author'>Published on</p>", None),
        ("<p>in Town by <a rel='author' href='/a'>anabrook7</a></p>", "anabrook7"),
        ("<p><a rel='author nofollow' href='/a'>Ana</a> 4 Comments</p>", "Ana"),
        ("<p><a rel='author' href='/a'>Unknown</a></p>", None),
        ("<p><a rel='nofollow' href='/a'>anabrook7</a></p>", None),
        ("<nav><a rel='author' href='/a'>anabrook7</a></nav>", None),
        (f"<p><a rel='author' href='/a'>anabrook7</a> {BODY} {MORE}</p>", None),
    ],
)
def test_what_the_markup_calls_a_byline(markup: str, name: str | None) -> None:
    page = page_from_html(f"<article><h1>{TITLE}</h1>{markup}{PROSE}</article>")
    assert told(page).stories[0].byline == name


def test_a_byline_is_none_of_the_text() -> None:
    for line in ("<p class='byline'>Ana Brook</p>", "<p>by <a rel='author'>anabrook7</a></p>"):
        page = page_from_html(f"<article><h1>{TITLE}</h1>{line}{PROSE}</article>")
        assert told(page).stories[0].text == TOLD


def test_metadata_complete_what_the_page_shows() -> None:
    page = page_from_html(f"<article><h1>{TITLE}</h1><p>By Ana Brook</p>{PROSE}</article>")
    given = Metadata(byline="Ana Brook, Ben Marsh", site="Daily Pier")
    assert told(replace(page, metadata=given)).stories[0].byline == "Ana Brook, Ben Marsh"
    given = Metadata(byline="Daily Pier", site="Daily Pier")
    assert told(replace(page, metadata=given)).stories[0].byline == "Ana Brook"


@pytest.mark.parametrize(
    "line",
    [
        "De proef kostte 1,3 miljoen euro. Het herstel gaat nog vier ton kosten.",
        "Von Dezember an halten auf der Strecke 24 Züge weniger am Tag. Das geht",
        "De proef kostte 1,3 miljoen euro.",
        "Von Mai an fahren Busse.",
        "By noon some 40 boats had left the quay and none of them was back",
    ],
)
def test_a_paragraph_that_opens_like_a_byline_is_text(line: str) -> None:
    (story,) = told("\n".join([TITLE, "12 March 2021", line, f"{BODY} {MORE}"])).stories
    assert story.byline is None
    assert line in story.text


@pytest.mark.parametrize(
    "line",
    [
        "By Ana Brook 3 comments 2 shares and one more thing to read here",
        "By Ana Brook for the Daily Pier in Brennick at 14:05",
        "By Ana Brook in the town of Brennick on 12 March 2021",
        "By Ana Brook for the Daily Pier last seen 2 hours ago",
    ],
)
def test_figures_in_a_byline_make_it_no_paragraph(line: str) -> None:
    (story,) = told("\n".join([TITLE, line, f"{BODY} {MORE}"])).stories
    assert (story.byline or "").startswith("Ana Brook")


def test_the_signature_of_a_post_is_not_that_of_the_next() -> None:
    posts = f"{TITLE}\n{BODY} {MORE}\nPosted by Ana Brook\nOrchestra finds a lost score\n{BODY}"
    assert [s.byline for s in told(posts, [(0, 2), (3, 5)]).stories] == [None, None]
    signed = told(f"By Ben Marsh\n{posts}", [(0, 3), (4, 6)])
    assert [s.byline for s in signed.stories] == ["Ben Marsh", "Ana Brook"]
    apart = told(posts.replace("Posted", "Most read\nPosted"), [(0, 2), (4, 6)])
    assert [s.byline for s in apart.stories] == [None, "Ana Brook"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Poem of the week: The Ice Road by Ben Marsh", None),
        ("Mending piers: a comment by The Ice Road", "The Ice Road"),
        ("The Ice Road: Piers must be mended at once", "The Ice Road"),
        ("The Ice Road is mended at last, says the town", None),
        (TITLE, "The Ice Road"),
    ],
)
def test_whom_the_headline_names_beside_its_date_it_is_about(title: str, name: str | None) -> None:
    (story,) = told(f"{title}\n12 March 2021\nThe Ice Road\n{BODY} {MORE}").stories
    assert (story.headline, story.byline) == (title, name)
