"""Whatever is sent as HTML gives a page, in time that grows with its size and no faster."""

from __future__ import annotations

import time

import numpy as np
import pytest

from model import html, markup
from model.errors import UndecodablePage
from model.html import MAX_CHARACTERS, page_from_html
from model.page import Page

ARTICLE = (
    "<h2>A headline of some length</h2><p>And a paragraph, <a href=x>with a link</a>, too.</p>"
)


def seconds(source: str, times: int = 3) -> float:
    """Of this thread alone: other jobs of the machine do not count."""
    best = 99.0
    for _ in range(times):
        begin = time.thread_time()
        page_from_html(source)
        best = min(best, time.thread_time() - begin)
    return best


# Each makes a page of the given number of pieces.
GROWING = {
    "flat": lambda n: ARTICLE * n,
    "deep divs": lambda n: "<div>" * n + "text" + "</div>" * n,
    "deep divs with text": lambda n: "<div>x" * n,
    "deep inline": lambda n: "<b>x" * n,
    "deep lists": lambda n: "<ul><li>x" * n,
    "deep tables": lambda n: "<table><tr><td>x" * n,
    "deep quotes": lambda n: "<blockquote><p>x" * n,
    "stray end tags": lambda n: "<span>x" * n + "</b>" * n,
    "end tags only": lambda n: "</div>" * n,
    "misnested": lambda n: "<a><b><i><u>x</a>" * n,
    "formatting left open": lambda n: "".join(f"<p><b id=i{i}>x</p>" for i in range(n)),
    "blocks in formatting": lambda n: "<b><div></b>x" * n,
    "attributes": lambda n: "<p " + " ".join(f"a{i}=1" for i in range(n)) + ">x",
    "attributes with signs": lambda n: "<p " + " ".join(f"a{i}='>'" for i in range(n)) + ">x",
    "many classes": lambda n: '<p class="' + " ".join(f"c{i}" for i in range(n)) + '">x',
    "options": lambda n: "<select>" + "<option>x" * n + "</select>y",
    "open comments": lambda n: "<p>x<!--" * n,
    "open quotes": lambda n: '<a title="x' * n,
    "open scripts": lambda n: "<script>x" * n,
    "less-than signs": lambda n: "<" * n,
    "ampersands": lambda n: "&" * n,
    "blanks": lambda n: "<p>&nbsp; </p>&nbsp;" * n,
    "ruby": lambda n: "<ruby>x<rp>(<rt>y<rp>)</ruby>" * n,
    "ruby left open": lambda n: "<ruby>" + "x<rt>y" * n,
    "readings without ruby": lambda n: "<rt>x<rp>y" * n,
    "templates": lambda n: "<template>x" * n,
    "table rows": lambda n: "<table>" + "<tr><td>x<td>y" * n,
    "one long line": lambda n: "word. Next " * n,
    "json-ld": lambda n: '<script type="application/ld+json">' + "[{" * n + "</script>x",
    "json-ld commas": lambda n: (
        '<script type="application/ld+json">{"a":1' + ",  " * n + "</script>"
    ),
    "times": lambda n: "<p><time datetime='2021-03-12T14:05Z'>x</time>" * n,
    "times left open": lambda n: "<time datetime='2021-03-12'>x" * n,
    "times of garbage": lambda n: "<time datetime='2021-03-12 1 1 1 1 1 1 1 1 1'>x</time>" * n,
    "times in a script": lambda n: "<time>x</time><script>" + "<time datetime=x" * n + "</script>",
    "long times": lambda n: "<time datetime='2021-03-12'>" + "x <b>y</b>" * n + "</time>",
    "hidden lines": lambda n: "<p hidden>x<p>y" * n,
    "deleted words": lambda n: "<del>old</del><ins>new</ins> " * n,
    "deleted prices": lambda n: "<del>$9</del> $8 " * n,
    "metas": lambda n: '<meta name="author" content="x">' * n + "x",
}


@pytest.mark.parametrize("kind", GROWING)
def test_time_is_linear(kind: str) -> None:
    make = GROWING[kind]
    small, large = make(5_000), make(20_000)
    # Four times the size; the constant keeps the noise of a busy machine out, and what is once
    # fast enough needs no second try.
    tries = ((seconds(large, 1), 8 * seconds(small, 1) + 0.4) for _ in range(3))
    assert any(taken < most for taken, most in tries)


def test_a_hundred_thousand_levels() -> None:
    for source in ("<div>" * 100_000 + "deep", "<ul><li>x" * 100_000, "<b>" * 100_000 + "deep"):
        begin = time.perf_counter()
        page = page_from_html(source)
        assert time.perf_counter() - begin < 10
        assert page.text.startswith(("deep", "x"))
        assert len(page.text) < 20 * len(source)


def test_text_below_the_deepest_level_keeps_its_lines() -> None:
    page = page_from_html("<div>one" * 10_000)
    assert page.blocks() == ["one"] * 10_000


def test_twenty_megabytes() -> None:
    source = ARTICLE * (20_000_000 // len(ARTICLE))
    begin = time.thread_time()
    page = page_from_html(source)
    assert time.thread_time() - begin < 60
    assert len(page) == 2 * source.count("<h2>")


def test_a_page_walked_through_in_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    source = "<script>a<b</script><!-- x<y --><?php 1<2 ?>" + ARTICLE * 5
    whole = page_from_html(source)
    for part in (1, 7, 64):
        monkeypatch.setattr(markup, "_PART", part)
        pieces = page_from_html(source)
        assert pieces.text == whole.text
        assert pieces.markup is not None
        assert np.array_equal(pieces.markup, np.asarray(whole.markup), equal_nan=True)


def test_a_small_bomb_stays_small() -> None:
    # Unclosed formatting is opened again in every paragraph: by the standard, a million elements.
    page = page_from_html("".join(f"<p><b id=i{i}>x" for i in range(2_000)))
    assert len(page) == 2_000
    assert seconds("".join(f"<p><b id=i{i}>x" for i in range(2_000))) < 2


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MAX_BLOCKS", 100)
    assert len(page_from_html("x<br>" * 100)) == 100
    for lines in (101, 1000):
        with pytest.raises(UndecodablePage, match="lines of text"):
            page_from_html("x<br>" * lines)
    with pytest.raises(UndecodablePage, match="characters of HTML"):
        page_from_html("x" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize(
    "source", ["", " \n ", "<html>", "<head><title>x</title></head>", "<!--", "<"]
)
def test_nothing_to_see_is_an_empty_page(source: str) -> None:
    page = page_from_html(source)
    assert len([b for b in page.blocks() if b != "<"]) == 0
    assert page.markup is not None
    assert len(page.markup) == len(page)


def blocks(source: str) -> list[str]:
    return page_from_html(source).blocks()


def test_no_body() -> None:
    assert blocks("<title>x</title><h1>Head</h1><p>Text") == ["Head", "Text"]


def test_frames_show_nothing_of_their_own() -> None:
    source = "<html><frameset cols='20%,80%'><frame src=a><frame src=b></frameset></html>"
    assert blocks(source) == []


def test_xhtml_with_prolog() -> None:
    source = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 '
        'Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>'
        "<h1>Head</h1><p>One<br/>two</p><img src='a' alt='b'/></body></html>"
    )
    assert blocks(source) == ["Head", "One", "two"]


def test_amp() -> None:
    source = (
        "<!doctype html><html ⚡><body><amp-sidebar><ul><li>Menu</ul></amp-sidebar><h1>Head</h1>"
        "<amp-img src=x></amp-img><p>Text</p></body></html>"
    )
    assert blocks(source) == ["Menu", "Head", "Text"]


def test_php_in_between() -> None:
    assert blocks('<p>One</p><?php echo "<p>"; ?><p>Two</p>')[0] == "One"
    assert blocks('<p>One</p><?php echo "<p>"; ?><p>Two</p>')[-1] == "Two"


def test_entity_bombs_are_text() -> None:
    source = (
        '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">'
        '<!ENTITY c "&b;&b;&b;">]><html><body><p>&c;</p></body></html>'
    )
    assert len(page_from_html(source).text) < 200


@pytest.mark.parametrize("cut", range(1, 400, 13))
def test_cut_anywhere(cut: int) -> None:
    source = (
        '<!DOCTYPE html><html><head><script type=\'application/ld+json\'>{"@type":"NewsArticle",'
        "\"headline\":\"Head\"}</script><!-- note --></head><body><nav class='menu'><a href='/a'>A"
        '</a></nav><h1>Head</h1><p title="a>b">Text &amp; more</p><table><tr><td>1</td></tr>'
        "</table><svg><path d='M0'/></svg><textarea>x</textarea></body></html>"
    )
    page = page_from_html(source[:cut])
    assert isinstance(page, Page)
    assert page.markup is not None
    assert len(page.markup) == len(page)
