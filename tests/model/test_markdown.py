"""Markdown and dumps of pages: their signs are no words, and nothing else is lost."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.markdown import read_markdown
from model.page import Page
from model.segmenter import Segmenter
from tests.model.tiny import story

MARKDOWN = """\
[ ![Lantern](https://lantern.example/logo_(small).png) ](/ "Home")

  * [Harbour](/harbour)
  * [**Council** news](https://lantern.example/c "All of the
council")
  * [__](https://share.example/?u=a%2Fb)

# Goats win a prize

By [Ana Brook](mailto:ana@lantern.example) | 12 March 2021

The goats ate _all_ of the **hay**\\. Nobody [minded][1], said 2 * 3 of them.

> "It was old hay\\!"

![The goats](data:image/png;base64,AAAA==)

***

Next story
----------

The ferry stays in port [sic] for snake_case reasons.

[1]: https://lantern.example/minded
"""


def read(text: str) -> list[str]:
    return Page.from_text(text).blocks()


def test_what_is_read_of_markdown_is_what_a_reader_sees() -> None:
    assert read(MARKDOWN) == [
        "Harbour",
        "Council news",
        "Goats win a prize",
        "By Ana Brook | 12 March 2021",
        "The goats ate all of the hay. Nobody minded, said 2 * 3 of them.",
        '"It was old hay!"',
        "Next story",
        "The ferry stays in port [sic] for snake_case reasons.",
    ]


def test_blocks_stand_where_their_lines_do() -> None:
    page = Page.from_text(MARKDOWN)
    assert page.text == MARKDOWN
    shown = [MARKDOWN[a:b] for a, b in zip(page.starts, page.ends, strict=True)]
    assert shown[2] == "# Goats win a prize"
    assert shown[-2] == "Next story"
    # An empty line parts every paragraph there: it says nothing.
    assert page.breaks.tolist() == [1] * len(page)


@pytest.mark.parametrize(
    "text",
    [
        "The minister [who resigned](later) said so.\nHe did [not](yet).\n# 1 of 2 seats went.",
        "Results\n-------\nAna 12\n-------\nBen 9\n=====",
        "[1] Ana Brook, in a letter.\n[2] The same.\n[3] Nobody.",
        "def f(a):\n    return a[0](b) * a[1]\n\nf(x)[2]",
        "Items ** two and __init__ and *one*.",
    ],
)
def test_text_that_is_none_is_left_alone(text: str) -> None:
    assert not read_markdown(text).marks
    assert read(text) == [line.strip() for line in text.split("\n") if line.strip()]


def test_numbers_and_addresses_of_a_dump_are_not_read() -> None:
    menu = "".join(f"     * [{n}]Section {n}\n" for n in range(1, 14))
    text = (
        f"   #[14]alternate\n\n{menu}\nGoats win\n\n   The [15]goats ate hay.\n   [logo.png]\n"
        "   Name ____________________\n   ________________________\n\nReferences\n\n"
        "   1. https://lantern.example/a\n   2. file:///b#c\n"
    ).replace("#[14]alternate\n\n", "")
    assert read(text.replace("[15]", "[14]")) == [
        *(f"Section {n}" for n in range(1, 14)),
        "Goats win",
        "The goats ate hay.",
        "Name",
    ]


TAGS = (
    "<p>A &amp; B said &ldquo;no&rdquo;.</p><p class='x'>Don&#39;t <b>go</b><br/>there</p>"
    "<!-- x --><h2>Two</h2>\n<ul><li>x &lt; y</li></ul><p>&nbsp;</p>"
)


def test_tags_and_characters_by_name_are_read_as_what_they_stand_for() -> None:
    page = Page.from_text(TAGS)
    assert page.blocks() == ["A & B said “no”.", "Don't go", "there", "Two", "x < y"]
    # Each with its own tags, so that what is cut there can be shown.
    assert TAGS[page.starts[3] : page.ends[3]] == "<h2>Two</h2>"
    assert TAGS[page.starts[1] : page.ends[2]] == "<p class='x'>Don&#39;t <b>go</b><br/>there</p>"


def test_words_in_tags_of_their_own_are_not_glued() -> None:
    text = (
        "<p>One</p><table><tr><td>two</td><td>three</td></tr></table><dl><dt>four</dt><dd>five</dd>"
        "</dl><figure><figcaption>six</figcaption></figure>seven<p>eight</p>"
    )
    words = ["One", "two", "three", "four", "five", "six", "seven", "eight"]
    assert read(text) == words


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_sign_that_breaks_a_line_is_not_read(newline: str) -> None:
    text = MARKDOWN + "By Ana Brook\\\nOldbrook\\\\\n"
    assert read(text.replace("\n", newline))[-2:] == ["By Ana Brook", "Oldbrook\\"]


def test_characters_by_name_say_nothing_of_empty_lines() -> None:
    page = Page.from_text("A &amp; B.\n\n\nC &amp; D.\n&nbsp;\nE.")
    assert page.blocks() == ["A & B.", "C & D.", "E."]
    assert page.breaks.tolist() == [0, 3, 2]


def test_a_whole_document_that_is_called_text_is_read_without_its_scripts() -> None:
    text = (
        "<html><head><title>Quay</title>\n<style>p {\n color: red }</style></head><body>\n"
        "<script>var a = '<p>no</p>';\nvar b;</script><p>It opened.</p><p>A band.</p>\n"
        "<SCRIPT>c()</SCRIPT><p>It rained.</p></body></html>"
    )
    assert read(text) == ["Quay", "It opened.", "A band.", "It rained."]
    assert read("<script>a\n<p>One</p>\n<p>Two</p>") == ["a", "One", "Two"]


@pytest.mark.parametrize(
    "text",
    [
        "If a<b and c>d, a <b> is one.",
        "Q&A; R&D; and &c; all <in> one",
        "He <sighs>\n</sighs> left",
        "<script>x</script>\n<img src=x>\n</div></div></a>",
    ],
)
def test_signs_that_are_no_tags_stay(text: str) -> None:
    assert not read_markdown(text).marks


def test_a_story_in_tags_is_told_without_them(tiny: Segmenter) -> None:
    plain = story("topic 2")
    title, *rest = plain.split("\n")
    text = f"<h1>{title}</h1>" + "".join(f"<p>{line}</p>" for line in rest)
    (told,) = tiny.segment(text).stories
    assert told.headline == title
    assert told.text.split("\n\n") == rest
    assert text[told.start : told.end] == text


def test_footnotes_are_no_links_of_a_dump() -> None:
    text = "\n".join(f"He said so.[{n}] She did not.[{n}] Others might." for n in range(1, 20))
    assert not read_markdown(text).marks


def test_a_story_in_markdown_is_told_without_it(tiny: Segmenter) -> None:
    plain = story("topic 2")
    title, *rest = plain.split("\n")
    linked = [f"{line[:30]}[{line[30:40]}](https://lantern.example/x){line[40:]}" for line in rest]
    text = "\n\n".join([f"# {title}", *linked, "[Share](https://share.example/)"])
    told = tiny.segment(text)
    assert told.stories[0].headline == title
    for line in rest:
        assert line in told.stories[0].text
    assert "lantern.example" not in told.stories[0].text


SIGNS = st.lists(
    st.sampled_from(
        [
            "[", "]", "(", ")", "](", "![", "](http://a.example/b)", "[a](/b)", "# ", "\n",
            "\n\n",
            "**", "_", "\\", "> ", "* ", "word ", "Word. ", "[1]", "]: /x", '"', "<", ">", "-", "=",
            "\u200b", "\ud800", "<p>", "</p>", "<br>", "<a ",
            "&amp;", "&nbsp;", "今天", "\t", "[a](b \"c\nd\")",
        ]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(SIGNS)
def test_whatever_stands_there_every_block_says_something(some: str) -> None:
    text = f"# One\n# Two\n{some}"
    page = Page.from_text(text)
    assert page.text == text
    assert all(page.blocks())
    assert (page.starts < page.ends).all()
    assert (page.ends[:-1] <= page.starts[1:]).all()
    spans = list(page.marks.spans())
    assert all(a < b for a, b in spans)
    assert all(a[1] < b[0] for a, b in pairwise(spans))


@settings(max_examples=30, deadline=None)
@given(SIGNS)
def test_a_page_of_signs_is_segmented(tiny: Segmenter, some: str) -> None:
    text = (
        f"{story('topic 1', paragraphs=2)}\n# One\n# Two\n{some}\n{story('topic 2', paragraphs=2)}"
    )
    answer = tiny.segment(text, threshold=0.1)
    at = 0
    for told in answer.stories:
        assert at <= told.start < told.end <= len(text)
        at = told.end


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "![",
        "](",
        "[a](b ",
        '[x](a "',
        "\\[",
        "*a ",
        "_",
        "> ",
        "[a](-\n",
        "[1]a ",
        "]: ",
        "<a ",
        "</p>",
        "<p><",
        "&amp;",
        " ",
        "\t",
        "[a]:\t",
        "<script>",
    ],
)
def test_time_is_linear_in_the_length(unit: str) -> None:
    def seconds(times: int) -> float:
        text = "# One\n# Two\n" + unit * times
        best = float("inf")
        for _ in range(3):
            began = time.perf_counter()
            Page.from_text(text)
            best = min(best, time.perf_counter() - began)
        return best

    # Twice that would be 8 times as long again if each sign looked back at all others.
    assert seconds(80_000) < 12 * seconds(20_000) + 0.05
