"""What meta tags and JSON-LD say of dates and authors, by all their names and forms."""

from __future__ import annotations

import pytest

from model.html import page_from_html
from model.meta_tags import read_moment
from model.page import Metadata


def metadata(head: str) -> Metadata:
    return page_from_html(f"<head>{head}</head><p>Text</p>").metadata


@pytest.mark.parametrize(
    ("given", "iso"),
    [
        ("2024-03-12T14:05:00+01:00", "2024-03-12T14:05:00+01:00"),
        ("20240312", "2024-03-12"),
        ("20240312T140500Z", "2024-03-12T14:05:00+00:00"),
        ("20240312140500", "2024-03-12T14:05:00"),
        ("1710248700", "2024-03-12T13:05:00+00:00"),
        ("1710248700000", "2024-03-12T13:05:00+00:00"),
        ("Tue, 12 Mar 2024 14:05:00 GMT", "2024-03-12T14:05+00:00"),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01", None),
        ("1970-01-01T00:00:00Z", None),
        ("20241312", None),
        ("171024870012345", None),
        ("soon", None),
        ("", None),
    ],
)
def test_dates_as_systems_write_them(given: str, iso: str | None) -> None:
    assert read_moment(given) == iso


@pytest.mark.parametrize(
    "name",
    ["article:published_time", "article:published", "og:article:published_time", "DC.date.issued",
     "dcterms:created", "publication_date", "citation_publication_date", "pdate"],
)  # fmt: skip
def test_a_date_has_many_names(name: str) -> None:
    assert metadata(f'<meta name="{name}" content="2024-03-12">').published == "2024-03-12"


def test_a_date_that_is_none_gives_way_to_the_next() -> None:
    head = (
        '<meta property="article:published_time" content="1970-01-01T00:00:00Z">'
        '<meta name="date" content="2024-03-12">'
    )
    assert metadata(head).published == "2024-03-12"


def test_every_author_may_have_a_tag() -> None:
    head = "".join(f'<meta name="author" content="{name}">' for name in ("Ana Brook", "By Jo Hill"))
    assert metadata(head).byline == "Ana Brook, Jo Hill"
    head = '<meta name="author" content="admin"><meta name="dc:creator" content="Ana Brook">'
    assert metadata(head).byline == "Ana Brook"


@pytest.mark.parametrize(
    ("fields", "byline"),
    [
        ('"author": {"name": ["Ana Brook", "Jo Hill"]}', "Ana Brook, Jo Hill"),
        ('"creator": ["Ana Brook"]', "Ana Brook"),
        ('"author": {"name": ""}, "creator": "Ana Brook"', "Ana Brook"),
        ('"author": "By Ana Brook"', "Ana Brook"),
        ('"author": "ana@example.org"', None),
    ],
)
def test_authors_of_json_ld(fields: str, byline: str | None) -> None:
    script = f'<script type="application/ld+json">{{"@type": "NewsArticle", {fields}}}</script>'
    assert metadata(script).byline == byline


def test_dates_of_json_ld_may_be_numbers() -> None:
    script = '<script type="application/ld+json">{"@type": "Article", "datePublished": %s}</script>'
    assert metadata(script % "1710248700").published == "2024-03-12T13:05:00+00:00"
    assert metadata(script % "true").published is None
    created = script.replace("datePublished", "dateCreated")
    assert metadata(created % '"2024-03-12"').published == "2024-03-12"
    tag = '<meta name="date" content="2024-03-13">'
    assert metadata(tag + created % '"2024-03-12"').published == "2024-03-13"


def test_the_name_of_the_site() -> None:
    assert metadata('<meta property="og:site_name" content="Daily Pier">').site == "Daily Pier"
    script = '"publisher": {"@type": "Organization", "name": "Daily Pier"}'
    head = f'<script type="application/ld+json">{{"@type": "Article", {script}}}</script>'
    assert metadata(head).site == "Daily Pier"
    assert metadata("").site is None
