"""What stands above a Markdown page is known of it, and not read as its text."""

from __future__ import annotations

import time

import pytest

from model.front_matter import read_front_matter
from model.page import Metadata, Page

FRONT = """---
title: "Town buys bridge"
author: [Ana Brook, 'Ben Marsh']
url: https://valley.example/bridge
sitename: The Valley Post
date: 2024-10-18
lastmod: 2024-10-18T09:30:00Z
description: >
  Nine to two for the old bridge.
tags:
  - bridges
- council

---"""
READER = """Title: Town buys bridge

URL Source: https://valley.example/bridge

Published Time: 2024-10-18T08:00:00Z

Markdown Content:"""
BODY = "\n\n# Town buys bridge\n\nThe council of *Oldbrook* voted nine to two.\n"
READ = ["Town buys bridge", "The council of Oldbrook voted nine to two."]


@pytest.mark.parametrize("before", ["", "\ufeff", "\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_it_is_known_and_not_read(before: str, newline: str) -> None:
    text = (before + FRONT + BODY).replace("\n", newline)
    page = Page.from_text(text)
    assert page.text == text
    assert page.blocks() == READ
    assert text[page.starts[0] : page.ends[0]] == "# Town buys bridge"
    assert page.metadata == Metadata(
        headline="Town buys bridge",
        byline="Ana Brook, Ben Marsh",
        published="2024-10-18",
        updated="2024-10-18T09:30:00+00:00",
        site="The Valley Post",
    )


def test_services_that_read_pages_write_it_in_another_way() -> None:
    page = Page.from_text(READER + BODY)
    assert page.blocks() == READ
    assert page.metadata.headline == "Town buys bridge"
    assert page.metadata.published == "2024-10-18T08:00:00+00:00"


@pytest.mark.parametrize(
    "author", ["Ana Brook; Ben Marsh", "\n  - Ana Brook\n  - Ben Marsh", "Ana Brook, Ben Marsh"]
)
def test_authors_are_listed_in_many_ways(author: str) -> None:
    _, fields = read_front_matter(f"---\ntitle: Bridge\nauthor: {author}\n---\n")
    assert fields["byline"] == "Ana Brook, Ben Marsh"


@pytest.mark.parametrize(
    "text",
    [
        "---\nOldbrook: council buys bridge\nHalden: orchestra finds score\n---\nText",
        "---\ntitle: Bridge\nThe council voted on Monday.\n---\nText",
        "---\ntitle: Bridge\ndate: 2024-10-18\n\nText without an end",
        "Text\n---\ntitle: Bridge\ndate: 2024-10-18\n---\n",
        "---\n---\nText",
        "Title: Bridge\n\nThe council voted.",
    ],
)
def test_what_only_looks_like_it_is_text(text: str) -> None:
    assert read_front_matter(text) == (0, {})
    page = Page.from_text(text)
    assert page.metadata == Metadata()
    assert page.blocks() == [line for line in text.split("\n") if line]


@pytest.mark.parametrize(
    "unit", ["a: b\n", " a\n", "\n", "- a\n", "Warning: a\n", "---\n", "a", " ", "\r\n", "author: "]
)
def test_time_is_linear(unit: str) -> None:
    for head in ("---\ntitle: a\n", "Title: a\nURL Source: b\n", ""):
        begin = time.thread_time()
        read_front_matter(head + unit * 300_000)
        read_front_matter(f"{head}author: {unit.strip() * 9}{unit[:-1] * 300_000}x\n---\n")
        assert time.thread_time() - begin < 1
