"""Lines that were wrapped are made whole, and no others."""

from __future__ import annotations

import random
import re
import textwrap

import numpy as np
import pytest

from model.html import page_from_html
from model.marks import Marks
from model.page import Page
from model.segmenter import Segmenter
from tests.model.tiny import story
from training.labelled import LabelledPage
from training.saved import saved

STOCK = re.findall(
    r"\w+",
    "ferry harbour council goats hay old a the of in by winter lighthouse keeper said that "
    "nobody minded when it came to vote on new rules for mooring at night",
)


def paragraph(seed: int, words: int = 70, sentence: int = 14) -> str:
    """Sentences that no width divides evenly."""
    rng = random.Random(seed)
    some = [rng.choice(STOCK) for _ in range(words)]
    for i in range(0, words, sentence):
        some[i] = some[i].capitalize()
        some[min(i + sentence, words) - 1] += "."
    return " ".join(some)


PARAGRAPHS = [paragraph(n) for n in range(6)]


def wrap(text: str, width: int = 72, first: str = "", rest: str = "") -> str:
    return "\n".join(
        textwrap.wrap(
            text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        )
    )


@pytest.mark.parametrize("width", [48, 66, 72, 78, 120])
@pytest.mark.parametrize(("first", "rest"), [("", ""), ("  ", "  "), ("    ", ""), ("* ", "  ")])
def test_wrapped_paragraphs_are_made_whole(width: int, first: str, rest: str) -> None:
    text = "\n\n".join(wrap(one, width, first, rest) for one in PARAGRAPHS)
    page = Page.from_text(text)
    assert page.text == text
    assert page.blocks() == [first.strip() + " " * bool(first.strip()) + one for one in PARAGRAPHS]
    assert text[page.starts[1] : page.ends[1]].count("\n") > 2


def printed(text: str) -> str:
    """Wrapped by the widths of letters, as a typesetter does."""
    found = saved(LabelledPage("p", text, [0]), "printed")
    assert found is not None
    return found.text.strip()


def test_print_is_made_whole_where_paragraphs_are_parted() -> None:
    text = "\n\n".join(printed(one) for one in PARAGRAPHS)
    widths = {len(line) for one in text.split("\n\n") for line in one.split("\n")[:-1]}
    assert len(widths) > 6
    assert Page.from_text(text).blocks() == PARAGRAPHS
    titled = "\n\n".join(f"Goats win\n\n{printed(one)}" for one in PARAGRAPHS)
    assert Page.from_text(titled).blocks() == [b for one in PARAGRAPHS for b in ("Goats win", one)]


def test_of_print_whose_paragraphs_nothing_parts_sentences_end_blocks() -> None:
    text = "\n".join(printed(one) for one in PARAGRAPHS)
    blocks = Page.from_text(text).blocks()
    assert " ".join(blocks) == " ".join(PARAGRAPHS)
    # No story's first line is within a block: each begins with a paragraph, or within one.
    assert all(any(one.startswith(b) or b in one for one in PARAGRAPHS) for b in blocks)
    assert len(blocks) < 3 * len(PARAGRAPHS)


def test_indents_part_paragraphs_that_no_empty_line_does() -> None:
    text = "\n".join(wrap(one, first="    ") for one in PARAGRAPHS)
    assert Page.from_text(text).blocks() == PARAGRAPHS


def test_lines_that_end_early_end_a_paragraph() -> None:
    short = [f"{one} {'Nobody came.'}" for one in PARAGRAPHS]
    blocks = Page.from_text("\n".join(wrap(one) for one in short)).blocks()
    # But for those whose last line is full by chance.
    assert sum(one in blocks for one in short) >= 4


def test_headlines_menus_and_points_stay_lines_of_their_own() -> None:
    menu = ["Home", "News", "Sport and more of it", "* A point of a list", "* Another one of it"]
    text = "\n".join([*menu, "", "Goats win a prize", "", *(wrap(p) + "\n" for p in PARAGRAPHS)])
    assert Page.from_text(text).blocks() == [*menu, "Goats win a prize", *PARAGRAPHS]


def test_windows_line_ends_and_characters_of_two_columns() -> None:
    text = "\n\n".join(wrap(one) for one in PARAGRAPHS).replace("\n", "\r\n")
    assert Page.from_text(text).blocks() == PARAGRAPHS
    rng = random.Random(3)
    stock = "港务局渡轮停驶冬天山羊委员会"
    signs = ["".join(rng.choice(stock) for _ in range(150)) for _ in range(6)]
    wide = "\n\n".join("\n".join(textwrap.wrap(one, 38)) for one in signs)
    assert Page.from_text(wide).blocks() == signs


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(PARAGRAPHS),
        "\n".join(s for p in PARAGRAPHS for s in p.replace(". ", ".\n").split("\n")),
        "\n".join(paragraph(n, words=random.Random(n).randint(5, 14)) for n in range(80)),
        "\n".join(["the same line of words, again and again"] * 60),
        "\n".join(f"{word} section" for word in STOCK * 4),
        "\n".join(f"https://lantern.example/{'x' * (n % 30 + 20)}" for n in range(80)),
        "",
        "\n" * 100,
    ],
    ids=["paragraphs", "sentences", "headlines", "one line", "menu", "addresses", "empty", "blank"],
)
def test_lines_that_were_meant_to_end_are_left_alone(text: str) -> None:
    page = Page.from_text(text)
    assert not page.marks
    assert len(page) == sum(bool(line) for line in text.split("\n"))


def test_preformatted_text_of_a_page_is_made_whole() -> None:
    wrapped = "\n\n".join(wrap(one) for one in PARAGRAPHS)
    page = page_from_html(f"<h1>Goats win</h1><pre>{wrapped}</pre><p>Share</p>")
    assert page.blocks() == ["Goats win", *PARAGRAPHS, "Share"]
    assert page.markup is not None
    assert len(page.markup) == len(page)
    assert page.markup[0, 0] == 1


def test_a_story_whose_lines_are_wrapped_is_told_in_paragraphs(tiny: Segmenter) -> None:
    plain = story("topic 2")
    text = "\n\n".join(wrap(line) for line in plain.split("\n"))
    (told,) = tiny.segment(text).stories
    assert told.text.split("\n\n") == plain.split("\n")[1:]
    assert text[told.start : told.end] == text


def test_a_word_is_found_where_it_stands_behind_marks() -> None:
    text = "One [two](x) three\nfour  five"
    marks = Marks.joined([(4, 5), (8, 12), (18, 19)])
    shown = marks.without(text, 0, len(text))
    assert shown == "One two three four five"
    for word in shown.split():
        assert text[marks.place(text, 0, len(text), shown.index(word)) :].startswith(word)
    assert marks.place(text, 0, len(text), len(shown)) == len(text)


def test_a_page_is_parted_behind_marks() -> None:
    text = "\n\n".join(wrap(one) for one in PARAGRAPHS)
    page = Page.from_text(text)
    kept = page.block(0).index(". ") + 2
    parted = page.parted({0: kept})
    assert [parted.block(0), parted.block(1)] == [page.block(0)[: kept - 1], page.block(0)[kept:]]
    assert np.array_equal(parted.starts[2:], page.starts[1:])


def test_spans_that_touch_are_one() -> None:
    marks = Marks.joined([(5, 7), (1, 3), (3, 4), (6, 9)])
    assert list(marks.spans()) == [(1, 4), (5, 9)]
    assert not Marks()
    assert Marks().without("a  b", 0, 4) == "a  b"
