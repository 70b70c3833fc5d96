"""Text -> blocks: nothing lost, nothing doubled, in linear time, whatever comes in."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.characters import UNSEEN
from model.page import LONG_LINE, LOST_LINE, Page, sentence_spans

#: Where a reader sees a new line, and what a scraper leaves between words.
BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]
ODD = st.sampled_from(
    [
        *BREAKS,
        " ",
        "\t",
        "\u00a0",
        "\u3000",
        "e\u0301",
        "\u0301",
        "👩‍👩‍👧",
        "\x00",
        "\x1c",
        "שלום",
        "مرحبا",
    ]
)
ANY = st.lists(st.one_of(ODD, st.text(max_size=12), st.characters(codec="utf-8")), max_size=60)
SENTENCE = "The ferry to the outer islands leaves at noon and comes back at dusk. "


def visible(text: str) -> str:
    """What a reader sees of it, without white space."""
    return "".join(sign for sign in text if not sign.isspace() and sign not in UNSEEN)


def covered(page: Page) -> str:
    return "".join(map(visible, page.blocks()))


@settings(max_examples=250, deadline=None)
@given(ANY.map("".join))
@example("")
@example(" \r\n\t\u00a0")
@example("a" * 1300 + "! B" * 400)
@example("\u0301\n\u0301")
@example("a. \n" + "b. C" * 500)
def test_blocks_hold_every_visible_character_once_and_in_order(text: str) -> None:
    page = Page.from_text(text)
    assert page.text == text
    assert covered(page) == visible(text)
    assert np.all(page.starts < page.ends)
    assert np.all(page.ends[:-1] <= page.starts[1:])
    assert len(page.breaks) == len(page.starts) == len(page.ends) == len(page)
    assert page.starts.dtype == page.ends.dtype == page.breaks.dtype == np.int64
    for i, block in enumerate(page.blocks()):
        assert block == block.strip().strip(UNSEEN) == page.block(i)
        assert not any(sign in block for sign in BREAKS)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*BREAKS, "a b", " ", "c"]), max_size=30).map("".join))
def test_breaks_are_those_a_reader_counts(text: str) -> None:
    page = Page.from_text(text)
    at = 0
    for start, breaks in zip(page.starts.tolist(), page.breaks.tolist(), strict=True):
        between = text[at:start].replace("\r\n", "\n")
        assert breaks == sum(between.count(sign) for sign in BREAKS if sign != "\r\n")
        at = start


@pytest.mark.parametrize("newline", BREAKS)
def test_each_kind_of_break_separates_blocks_and_counts_once(newline: str) -> None:
    page = Page.from_text(f"  one two{newline}{newline}three ")
    assert page.blocks() == ["one two", "three"]
    assert page.breaks.tolist() == [0, 2]


@pytest.mark.parametrize("sign", ["\x1c", "\x1d", "\x1e", "\x1f"])
def test_separators_inside_a_sentence_are_no_breaks(sign: str) -> None:
    assert Page.from_text(f"one{sign}two").blocks() == [f"one{sign}two"]


@pytest.mark.parametrize("text", ["", " ", "\n\n\n", "\t\u00a0\u3000\r\n\u2028"])
def test_a_page_of_white_space_has_no_blocks(text: str) -> None:
    page = Page.from_text(text)
    assert len(page) == 0
    assert page.blocks() == []
    assert page.text == text


@pytest.mark.parametrize("blank", ["\u034f \u200c\u00a0" * 40, "\u2800", "\u3164\uffa0"])
def test_what_letters_hold_behind_their_preview_is_blank(blank: str) -> None:
    page = Page.from_text(f"Flood warning lifted. {blank}\n{blank}\nMorning letter\n{blank}")
    assert page.blocks() == ["Flood warning lifted.", "Morning letter"]
    assert page.breaks.tolist() == [0, 2]


def test_short_lines_are_whole_blocks_even_with_several_sentences() -> None:
    line = SENTENCE * 3
    page = Page.from_text(f"{line}\n{line}")
    assert page.blocks() == [line.strip()] * 2


def test_a_line_too_long_for_a_paragraph_is_cut_into_sentences() -> None:
    long = SENTENCE * (LONG_LINE // len(SENTENCE) + 2)
    page = Page.from_text(f"Headline\n\n{long}\nAfter")
    assert page.block(0) == "Headline"
    assert page.block(1) == SENTENCE.strip()
    assert set(page.blocks()[1:-1]) == {SENTENCE.strip()}
    # The first sentence carries the line's breaks, the others none.
    assert page.breaks.tolist() == [0, 2] + [0] * (len(page) - 3) + [1]


def test_where_line_breaks_were_lost_shorter_lines_are_cut_too() -> None:
    short = SENTENCE * 4
    assert LOST_LINE < len(short) < LONG_LINE
    kept = Page.from_text("\n".join([short] * 5))
    assert len(kept) == 5
    lost = Page.from_text("\n".join([SENTENCE * 60, short]))
    assert set(lost.blocks()) == {SENTENCE.strip()}
    assert len(lost) == 64


def test_lines_shorter_than_a_seam_could_hide_in_stay_whole_on_lost_pages() -> None:
    two = SENTENCE * 2
    assert len(two) < LOST_LINE
    assert two.strip() in Page.from_text(f"{SENTENCE * 60}\n{two}").blocks()


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One is here. Two is there! Three?", ["One is here.", "Two is there!", "Three?"]),
        ("He said “go.” They went.", ["He said “go.”", "They went."]),
        ("No. 5 of e.g. this", ["No. 5 of e.g. this"]),
        ("Пришёл. Увидел? Победил!", ["Пришёл.", "Увидел?", "Победил!"]),
        ("今天下雨。明天晴。", ["今天下雨。", "明天晴。"]),
        ("他说：“走。”他们走了。", ["他说：“走。”", "他们走了。"]),
        ("यह एक है। यह दो है।", ["यह एक है।", "यह दो है।"]),
        ("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."]),
        ("ዝናብ ዘነበ። ጀልባ ቆመ፡፡ ሄደ?", ["ዝናብ ዘነበ።", "ጀልባ ቆመ፡፡", "ሄደ?"]),
        ("མི་འདུག།  ཆར་བབས། །", ["མི་འདུག།", "ཆར་བབས། །"]),
        ("မိုးရွာသည်။လှေရပ်သည်။", ["မိုးရွာသည်။", "လှေရပ်သည်။"]),
        ("ភ្លៀង។ ទូក៕", ["ភ្លៀង។", "ទូក៕"]),
        ("It ends. ■ A list • Of points. *Done", ["It ends.", "■ A list • Of points.", "*Done"]),
        ("no end", ["no end"]),
    ],
)
def test_sentences_of_many_scripts(text: str, sentences: list[str]) -> None:
    assert [text[a:b] for a, b in sentence_spans(text, 0, len(text))] == sentences


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["A b", ". ", "。", "! ", "”", " ", "1", "ж. Ж"])).map("".join))
def test_sentences_cover_the_span_and_nothing_else(text: str) -> None:
    padded = f"x. Y{text}z. Q"
    spans = sentence_spans(padded, 4, len(padded) - 4)
    assert "".join("".join(padded[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(4 <= a < b <= len(padded) - 4 for a, b in spans)


def test_sentence_spans_hold_no_white_space_at_their_edges() -> None:
    text = "Once upon.   Twice over.\u00a0 Thrice"
    spans = sentence_spans(text, 0, len(text))
    assert [text[a:b] for a, b in spans] == ["Once upon.", "Twice over.", "Thrice"]


def test_titles_and_initials_end_no_sentence() -> None:
    text = "Then Mr. Marsh met Sen. A. Brook and Prof. Reed. They spoke of the pier."
    spans = sentence_spans(text, 0, len(text))
    assert [text[a:b] for a, b in spans][1:] == ["They spoke of the pier."]


def grows_with_the_length_only(small: str, large: str) -> bool:
    """Ten times the text takes ten to twelve times the time, and not a hundred times.

    Processor time of the fastest of several readings, which other jobs disturb least; and as
    caches are shared with them, a busy moment is waited for to pass.
    """

    def timed(text: str, times: int) -> float:
        seconds = []
        for _ in range(times):
            before = time.process_time()
            Page.from_text(text)
            seconds.append(time.process_time() - before)
        return min(seconds)

    return any(timed(large, times=3) < 16 * timed(small, times=5) for _ in range(3))


@pytest.mark.parametrize(
    "unit",
    [
        pytest.param("\n", id="blank lines"),
        pytest.param("a b. ", id="one endless line"),
        pytest.param("a", id="one endless word"),
        pytest.param(SENTENCE, id="one endless line of sentences"),
        pytest.param("今天下雨。", id="one endless line of Chinese"),
        pytest.param("word\r\n", id="short lines"),
        pytest.param(".”)", id="stops and quotes"),
        pytest.param(". (", id="stops and openings"),
        pytest.param("\u00a0\t", id="white space"),
        pytest.param(".  \n", id="stops and blanks"),
        pytest.param(". * ", id="stops and bullets"),
    ],
)
def test_time_grows_with_the_length_only(unit: str) -> None:
    small = unit * (50_000 // len(unit))
    assert grows_with_the_length_only(small, small * 10)


@pytest.mark.parametrize("filler", [" ", "\u00a0", ".", "!”", "—", "("])
def test_long_runs_of_one_sign_are_no_trap(filler: str) -> None:
    """Regular expressions that look ahead over a run must not do so from its every character."""
    small = "A." + filler * 4_000 + "b"
    large = "A." + filler * 40_000 + "b"
    assert grows_with_the_length_only(small, large)


def test_a_million_blank_lines_between_two_blocks() -> None:
    page = Page.from_text("a" + "\n" * 1_000_000 + "b")
    assert page.blocks() == ["a", "b"]
    assert page.breaks.tolist() == [0, 1_000_000]
