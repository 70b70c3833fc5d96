"""Lines in footers and forms are not told, wherever the labels put them."""

from __future__ import annotations

import pytest

from model.html import page_from_html
from tests.model.telling import BODY, MORE, told

TITLE = "Council votes to mend the old pier"
PROSE = f"<p>{BODY} {MORE}</p><p>{MORE} {BODY}</p>"
TOLD = f"{BODY} {MORE}\n\n{MORE} {BODY}"


def text(markup: str) -> str:
    return told(page_from_html(markup)).stories[0].text


@pytest.mark.parametrize(
    "furniture",
    [
        "<footer><p>© 2024 Daily Pier</p></footer>",
        "<form><p>Your e-mail</p></form>",
        "<button>Load more</button>",
        "<div role='complementary'><p>Read this, too</p></div>",
        "<div role='contentinfo'>Terms of use</div>",
        "<aside><p>Five more about piers</p></aside>",
        "<figure><p class='wp-caption-text'>The pier in March. Photo: Ana Brook</p></figure>",
        "<div class='share-bar'><p>Tell your friends</p></div>",
        "<div class='author-box'><p>Ana Brook writes of harbours.</p></div>",
        "<p class='post-tags'>piers, harbours</p>",
    ],
)
def test_what_stands_in_furniture_is_no_text(furniture: str) -> None:
    assert text(f"<h1>{TITLE}</h1>{PROSE}{furniture}") == TOLD
    assert text(f"<h1>{TITLE}</h1><p>{BODY} {MORE}</p>{furniture}<p>{MORE} {BODY}</p>") == TOLD


def test_a_page_that_is_all_in_a_form_is_told_whole() -> None:
    assert text(f"<form><h1>{TITLE}</h1>{PROSE}<p>Nobody knew.</p></form>") == (
        f"{TOLD}\n\nNobody knew."
    )


@pytest.mark.parametrize("name", ["image-caption", "author-page", "share-content", "tags"])
def test_a_page_that_is_all_called_so_is_told_whole(name: str) -> None:
    assert text(f"<div class='{name}'><h1>{TITLE}</h1>{PROSE}<p>Nobody knew.</p></div>") == (
        f"{TOLD}\n\nNobody knew."
    )


def test_what_would_be_a_good_part_of_the_story_stays() -> None:
    assert text(f"<h1>{TITLE}</h1>{PROSE}<footer><p>{MORE} {MORE}</p></footer>") == (
        f"{TOLD}\n\n{MORE} {MORE}"
    )


def test_a_byline_in_a_footer_is_read_all_the_same() -> None:
    header = f"<h1>{TITLE}</h1><footer>By Ana Brook, 12 March 2021</footer>{PROSE}"
    story = told(page_from_html(f"<article>{header}</article>")).stories[0]
    assert (story.byline, story.published, story.text) == ("Ana Brook", "2021-03-12", TOLD)


def test_places_where_a_word_may_be_broken_are_no_text() -> None:
    assert text(f"<h1>{TITLE}</h1>{PROSE.replace('quay', 'qu&shy;ay')}") == TOLD
