"""Whether a page is HTML, told alike by the command line and by the page at `/`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from service import opening

SCRIPT = Path(opening.__file__).parent / "web" / "source.js"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<!DOCTYPE html><p>x", True),
        ('<?xml version="1.0"?>\n<!-- a -->\n<HTML>x', True),
        ("<!-- a --> words", False),
        ("<div><p>x</p></div>", True),
        ("<script>alert(1)</script>", False),
        ("A story on </p> tags", False),
        ("<3 this page", False),
        ("", False),
    ],
)
def test_html_is_told_from_text(text: str, html: bool) -> None:
    assert opening.looks_like_html(text) == html


def test_no_text_takes_long() -> None:
    began = time.monotonic()
    for piece in ("<!-- -->", "<?xml ", "<?xml>", "<!--", "<", " "):
        assert not opening.looks_like_html(piece * 20_000 + "x")
    assert time.monotonic() - began < 5


def test_the_page_tells_by_the_same_rule() -> None:
    script = SCRIPT.read_text(encoding="utf-8")
    for rule in (opening._BEGINS, opening._CLOSES_A_BLOCK, opening.HTML_FILE):
        assert f"/{rule.pattern}/i;" in script
