"""Headers in the dress of real sites, invented anew: what each of them once hid from its reader."""

from __future__ import annotations

import pytest

from model.html import page_from_html
from model.page import Metadata
from model.stories import Story
from model.telling.dates import find_date
from tests.model.telling import BODY, MORE, told

LONG = f"{BODY} {MORE}"
QUESTION = (
    "Will the northern pier be mended before the boats go out again, or is it one more of the "
    "promises that nobody keeps?"
)


def of_text(*lines: str) -> Story:
    (story,) = told("\n".join([*lines, LONG, LONG])).stories
    return story


def of_html(markup: str, headline: str | None = None) -> Story:
    page = page_from_html(f"<body><main>{markup}<p>{LONG}</p><p>{LONG}</p></main></body>")
    (story,) = told(page, metadata=Metadata(headline=headline)).stories
    return story


@pytest.mark.parametrize(
    ("lines", "headline", "byline", "published"),
    [
        pytest.param(
            [
                "Council votes to mend the old pier",
                "By Marta Ellwood",
                "PUBLISHED: March 14, 2025 at 8:48 p.m. | UPDATED: March 15, 2025 at 10:54 a.m.",
            ],
            "Council votes to mend the old pier",
            "Marta Ellwood",
            "2025-03-14T20:48",
            id="a line of dates in capitals is none of an agency",
        ),
        pytest.param(
            [
                "Council votes to mend the old pier",
                "Marit Oslund: The town has waited long enough, and so have the boats.",
                "By Marta Ellwood",
                "March 14, 2025",
            ],
            "Council votes to mend the old pier",
            "Marta Ellwood",
            "2025-03-14",
            id="nor is a lead that names its speaker",
        ),
        pytest.param(
            ["Pátek 14. března 2025, 18:05", "Starý most bude znovu postaven do dvou let"],
            "Starý most bude znovu postaven do dvou let",
            None,
            "2025-03-14T18:05",
            id="a date is no headline in languages that the layout does not know",
        ),
        pytest.param(
            ["Council votes to mend the old pier", LONG, "Publié le 14 juil. 2025 à 08:01"],
            "Council votes to mend the old pier",
            None,
            "2025-07-14T08:01",
            id="nor below a lead",
        ),
        pytest.param(
            ["Vor 3 Stunden aktualisiert", "Rat stimmt für den alten Pier am Nordhafen"],
            "Rat stimmt für den alten Pier am Nordhafen",
            None,
            None,
            id="what only says how long ago",
        ),
        pytest.param(
            ["Belediye köprü için karar verdi", "Giriş Tarihi: 14.03.2025 18:05"],
            "Belediye köprü için karar verdi",
            None,
            "2025-03-14T18:05",
            id="a label in front of a date is nobody's name",
        ),
        pytest.param(
            ["Council votes to mend the old pier", "Press Release | March 14, 2025"],
            "Council votes to mend the old pier",
            None,
            "2025-03-14",
            id="nor is the kind of text",
        ),
        pytest.param(
            [
                "Council votes to mend the old pier",
                "The pier closed on 3 May 2019 after an inspection",
                "By Marta Ellwood",
                "March 14, 2025",
            ],
            "Council votes to mend the old pier",
            "Marta Ellwood",
            "2025-03-14",
            id="a lead tells of another day",
        ),
        pytest.param(
            ["El consejo aprueba el puente", "Escrito por Ana Ruiz", "12 de marzo de 2021"],
            "El consejo aprueba el puente",
            "Ana Ruiz",
            "2021-03-12",
            id="Spanish, written by",
        ),
        pytest.param(
            ["Le conseil vote le budget du port", "Rédigé par Anne Dubois", "12 mars 2021"],
            "Le conseil vote le budget du port",
            "Anne Dubois",
            "2021-03-12",
            id="French, written by",
        ),
        pytest.param(
            ["市议会通过新大桥的预算方案", "2025-03-14 18:05:22 来源：临江日报 作者：陈思远"],
            "市议会通过新大桥的预算方案",
            "陈思远",
            "2025-03-14T18:05:22",
            id="Chinese, behind date and source",
        ),
        pytest.param(
            ["Council votes to mend the old pier", "Marta Ellwood, F1 Editor", "March 14, 2025"],
            "Council votes to mend the old pier",
            "Marta Ellwood",
            "2025-03-14",
            id="a role with a figure in it",
        ),
        pytest.param(
            ["Council votes to mend the old pier", "Marta Ellwood", "Harbour correspondent, Brook"],
            "Council votes to mend the old pier",
            "Marta Ellwood",
            None,
            id="a role and where",
        ),
        pytest.param(
            ["Council votes to mend the old pier", "By MARTA ELLWOOD FOR DAILY PIER"],
            "Council votes to mend the old pier",
            "MARTA ELLWOOD",
            None,
            id="whom it was written for",
        ),
    ],
)
def test_of_text(
    lines: list[str], headline: str, byline: str | None, published: str | None
) -> None:
    story = of_text(*lines)
    assert (story.headline, story.byline, story.published) == (headline, byline, published)


def test_times_of_reading_are_none_of_the_text() -> None:
    for line in ("Lesedauer: 4 Min.", "Temps de lecture : 4 min", "Gestern, 18:05 Uhr"):
        story = of_text("Rat stimmt für den alten Pier am Nordhafen", line)
        assert story.text.startswith(BODY), line


@pytest.mark.parametrize(
    ("markup", "headline", "byline"),
    [
        pytest.param(
            f"<div><h2>Newsticker</h2></div><h1>{QUESTION}</h1><p>By Marta Ellwood</p>",
            QUESTION,
            "Marta Ellwood",
            id="a question as long as a paragraph",
        ),
        pytest.param(
            "<h1>Ask Marta: My neighbour wants to moor his boat at our pier, must I let him?</h1>"
            "<p>By Jonas Pike</p>",
            "Ask Marta: My neighbour wants to moor his boat at our pier, must I let him?",
            "Jonas Pike",
            id="a heading is no text of an agency",
        ),
        pytest.param(
            '<h1>Council votes to mend the pier</h1><div><a rel="author">Marta Ellwood</a>'
            '<a rel="author">Jonas Pike</a></div>',
            "Council votes to mend the pier",
            "Marta Ellwood, Jonas Pike",
            id="two links side by side",
        ),
        pytest.param(
            '<h1>Council votes to mend the pier</h1><div class="author">MARTA ELLWOOD</div>',
            "Council votes to mend the pier",
            "MARTA ELLWOOD",
            id="a name in capitals that the markup calls one",
        ),
        pytest.param(
            "<h1>Council votes to mend the pier</h1><div>By</div><div>By Marta Ellwood</div>",
            "Council votes to mend the pier",
            "Marta Ellwood",
            id="announced twice",
        ),
    ],
)
def test_of_html(markup: str, headline: str, byline: str | None) -> None:
    story = of_html(markup)
    assert (story.headline, story.byline) == (headline, byline)


def test_a_heading_above_the_story_yields_to_its_first_line() -> None:
    page = page_from_html(
        "<body><div><h3>I would like to contribute</h3></div><main><article><div>Harbour council "
        f"votes to mend the northern pier</div><p>By Ana Brook</p><p>{LONG}</p><p>{LONG}</p>"
    )
    (story,) = told(page, [(1, len(page))]).stories
    assert story.headline == "Harbour council votes to mend the northern pier"


def test_parts_of_a_heading_are_told_as_the_metadata_part_them() -> None:
    story = of_html(
        "<h1><span>“It starts soon”</span><span>Council votes to mend the pier</span></h1>",
        headline="“It starts soon”: Council votes to mend the pier",
    )
    assert story.headline == "“It starts soon”: Council votes to mend the pier"


def test_the_main_story_is_the_one_that_metadata_begin_to_name() -> None:
    page = page_from_html(
        f"<body><h2>Orchestra finds a lost score</h2><p>{LONG}</p><p>{LONG}</p>"
        f"<h1>Council votes to mend the pier</h1><p>{LONG}</p><p>{LONG}</p>"
        "<title>Council votes to mend the pier | Daily Pier</title></body>"
    )
    stories = told(page, [(0, 3), (3, 6)]).stories
    assert [story.main for story in stories] == [False, True]


@pytest.mark.parametrize(
    ("line", "iso"),
    [
        ("March 14, 20256:05 PM GMT+1", "2025-03-14T18:05+01:00"),
        ("14 March 2025 10.30 GMTLast modified on", "2025-03-14T10:30+00:00"),
        ("Fri 14 Mar 2025 10.30 ESTUpdated", "2025-03-14T10:30-05:00"),
        ("2025-03-14 | 18:05", "2025-03-14T18:05"),
        ("2025-03-14 18:05 CET", "2025-03-14T18:05+01:00"),
        ("2025-03-14 | 12 comments", "2025-03-14"),
    ],
)
def test_clocks_and_zones_that_touch_their_neighbours(line: str, iso: str) -> None:
    hit = find_date(line)
    assert hit is not None
    assert hit.iso == iso
