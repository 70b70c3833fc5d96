"""What a page says of its own story is read wherever it says it, however badly."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

from model.cues import CUES
from model.html import page_from_html
from model.page import Metadata

STORY = {
    "@type": "NewsArticle",
    "headline": "Town buys bridge",
    "author": [{"@type": "Person", "name": "Jo Miller"}, {"name": "Al Stone"}],
    "datePublished": "2024-10-18T08:00:00+02:00",
    "dateModified": "2024-10-18T09:30:00Z",
    "articleBody": "The council voted for the old bridge. It will reopen &amp; shine in May.",
}
WHOLE = Metadata(
    headline="Town buys bridge",
    byline="Jo Miller, Al Stone",
    published="2024-10-18T08:00:00+02:00",
    updated="2024-10-18T09:30:00+00:00",
)


def metadata(script: str, head: str = "") -> Metadata:
    html = f'<head>{head}<script type="application/ld+json">{script}</script></head><p>Text</p>'
    return page_from_html(html).metadata


@pytest.mark.parametrize(
    "data",
    [
        STORY,
        [STORY],
        {"@graph": [{"@type": "WebSite", "name": "The Valley Post"}, STORY]},
        {"@type": "WebPage", "headline": "Not this", "mainEntity": STORY},
        {**STORY, "@type": ["Article", "NewsArticle"]},
        {**STORY, "@type": "ReportageNewsArticle"},
        [{"@type": "BreadcrumbList"}, [[STORY]]],
    ],
)
def test_every_shape_of_json_ld(data: Any) -> None:
    assert metadata(json.dumps(data)) == WHOLE


@pytest.mark.parametrize("at", [0, 1, 2])
def test_of_several_articles_the_one_that_the_page_is_named_after_is_its_own(at: int) -> None:
    others = [{**STORY, "headline": f"Ferry {n} sunk", "author": "Ana Brook"} for n in range(2)]
    listed = [*others[:at], STORY, *others[at:]]
    script = json.dumps({"@type": "ItemList", "itemListElement": listed})
    assert metadata(script, "<title>Town buys bridge | The Valley Post</title>") == WHOLE
    named = '<meta property="og:title" content="Town buys  Bridge"><title>The Valley Post</title>'
    assert metadata(script, named) == WHOLE
    # Named after none of them, it tells the first.
    first = metadata(script, "<title>The Valley Post</title>").headline
    assert first == listed[0]["headline"]


def test_an_article_without_a_headline_gives_way_to_one_that_has_one() -> None:
    bare = {"@type": "Article", "author": {"name": "Ana Brook"}}
    assert metadata(json.dumps([bare, STORY])) == WHOLE
    assert metadata(json.dumps([bare])).byline == "Ana Brook"


@pytest.mark.parametrize(
    "script",
    [
        json.dumps(STORY)[:-1] + ",}",
        "<!--" + json.dumps(STORY) + "-->",
        "//<![CDATA[\n" + json.dumps(STORY) + "\n//]]>",
        json.dumps(STORY) + ";",
        json.dumps(STORY).replace("May.", "May.\n\tNew line"),
        json.dumps(STORY).replace("council", "council\\'s \\d\\\\"),
        json.dumps(STORY).replace('"', "&quot;"),
    ],
)
def test_broken_json_is_mended(script: str) -> None:
    assert metadata(script) == WHOLE


def test_json_beyond_mending_still_gives_its_fields() -> None:
    script = json.dumps(STORY).replace('"@type": "NewsArticle",', '"@type": "NewsArticle" "x": {,')
    found = metadata(script)
    assert (found.headline, found.published) == (WHOLE.headline, WHOLE.published)


def test_a_headline_that_is_broken_off_by_its_own_quotation_mark_is_not_told() -> None:
    script = json.dumps(STORY).replace("buys", '"buys"')
    assert metadata(script, "<title>Town buys bridge</title>").headline == WHOLE.headline
    assert metadata(script).headline is None
    assert metadata(script).published == WHOLE.published


def test_a_media_type_is_the_same_in_capitals() -> None:
    page = f'<SCRIPT TYPE="Application/LD+JSON">{json.dumps(STORY)}</SCRIPT><p>Text</p>'
    assert page_from_html(page).metadata == WHOLE


@pytest.mark.parametrize("script", ["", "nonsense", "[" * 100_000, "null", "17", '{"@type": 4}'])
def test_json_without_an_article_is_passed_over(script: str) -> None:
    assert metadata(script) == Metadata()


def test_meta_tags_fill_what_json_ld_lacks() -> None:
    head = (
        '<title>Town buys bridge | The Valley Post</title><meta name="author" content="Jo &amp; A">'
        '<meta property="og:title" content="Town buys &quot;bridge&quot;">'
        '<meta property="article:published_time" content="2024-10-18T08:00:00+0200">'
        '<meta name="lastmod" content="18 October 2024, 9:30">'
    )
    assert metadata("", head) == Metadata(
        headline='Town buys "bridge"',
        byline="Jo & A",
        published="2024-10-18T08:00:00+02:00",
        updated="2024-10-18T09:30",
    )


def test_the_title_comes_last() -> None:
    assert metadata("", "<title> Town buys\nbridge </title>").headline == "Town buys bridge"


def test_addresses_are_no_authors() -> None:
    head = '<meta property="article:author" content="https://example.org/jo">'
    assert metadata('{"@type": "Article", "author": "http://example.org/al"}', head).byline is None


def test_what_is_no_date_is_left_out() -> None:
    assert metadata('{"@type": "Article", "datePublished": "yesterday"}').published is None


def test_blocks_are_found_in_headline_and_body() -> None:
    html = (
        f'<script type="application/ld+json">{json.dumps(STORY)}</script><h1>Town buys bridge</h1>'
        "<p>The council voted for the old bridge.</p><p>It will reopen &amp; shine in May.</p>"
        "<p>Something else entirely is said here.</p><p>May.</p>"
    )
    page = page_from_html(html)
    assert page.markup is not None
    assert page.markup[:, CUES.index("jsonld_headline_match")].tolist() == [1, 0, 0, 0, 0]
    assert page.markup[:, CUES.index("jsonld_body")].tolist() == [0, 1, 1, 0, 0]


def test_a_headline_with_the_name_of_the_site_matches() -> None:
    page = page_from_html("<title>Town buys the bridge - Post</title><h1>Town buys the bridge</h1>")
    assert page.markup is not None
    assert page.markup[0, CUES.index("jsonld_headline_match")] == 1
    assert np.isnan(page.markup[0, CUES.index("jsonld_body")])


def test_half_a_character_becomes_one_that_can_be_written() -> None:
    """As where a name or a headline was cut inside an emoji."""
    story = {"@type": "NewsArticle", "headline": "Goats win \ud83d", "author": "Ana \ude00"}
    data = json.dumps(story)
    page = page_from_html(
        f'<script type="application/ld+json">{data}</script><h1>Goats</h1><p>They did.</p>'
    )
    assert page.metadata is not None
    assert page.metadata.headline == "Goats win \ufffd"
    assert page.metadata.byline == "Ana \ufffd"
    whole = data.replace("\\ud83d", "\\ud83d\\ude00")
    page = page_from_html(f'<script type="application/ld+json">{whole}</script><h1>Goats</h1>')
    assert page.metadata is not None
    assert page.metadata.headline == "Goats win 😀"


def test_a_crowd_of_authors_is_cut_short() -> None:
    crowd = json.dumps({"@type": "NewsArticle", "author": [f"N {n}" for n in range(60_000)]})
    began = time.process_time()
    page = page_from_html(f'<script type="application/ld+json">{crowd}</script><p>They did.</p>')
    assert time.process_time() - began < 5
    assert page.metadata is not None
    assert page.metadata.byline == ", ".join(f"N {n}" for n in range(20))


def test_authors_may_be_named_elsewhere_in_the_graph() -> None:
    people = [{"@type": "Person", "@id": f"#{i}", "name": f"Ana Brook {i}"} for i in range(3)]
    story: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": "H",
        "author": [{"@id": "#2"}, {"@id": "#0"}],
    }
    found = metadata(json.dumps({"@graph": [story, *people]}))
    assert found.byline == "Ana Brook 2, Ana Brook 0"
    story["author"] = {"@id": "#nobody"}
    assert metadata(json.dumps({"@graph": [story, *people]})).byline is None


def test_much_white_space_in_broken_json_costs_no_time() -> None:
    """It is scanned once: what is scanned anew from every sign of it takes hours."""
    began = time.process_time()
    assert metadata('{"author":' + " " * 100_000 + "x}") == Metadata()
    assert time.process_time() - began < 5


def test_a_reference_of_more_digits_than_a_number_may_have_stays_as_it_is() -> None:
    endless = "&#" + "9" * 5000 + ";"
    assert metadata(json.dumps({**STORY, "headline": endless})).headline == endless
    assert metadata("", f"<title>{endless.replace('&', '&amp;')}</title>").headline == endless
