"""What nobody sees at the edges of lines changes no answer; inside words it stays."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from model.decoder import START
from model.page import Page
from model.segmenter import Segmenter
from model.stories import Segmentation
from tests.model.test_shipped_model import LIGHTHOUSE, SECOND
from training.examples import block_labels
from training.labelled import LabelledPage

SIGNS = (
    "\ufeff", "\u200b", "\u200c", "\u200d", "\u2060", "\x00", "\u200e", "\u200f", "\u202a",
    "\u202e", "\u2066", "\u2069", "\xad", "\ufffe", "\uffff", "\ufdd0", "\x80", "\x9f", "\x1b",
    "\x7f",
)  # fmt: skip
PAGE = f"{LIGHTHOUSE}\n{SECOND}"
# As one page whose breaks were lost, and with an empty line after each paragraph.
FORMS = (PAGE, PAGE.replace("\n", "\n\n"), PAGE.replace("\n", "\r\n"), " ".join(PAGE.split()))


@pytest.fixture(scope="module")
def shipped() -> Segmenter:
    return Segmenter.load()


def strewn(text: str, signs: tuple[str, ...], rng: random.Random) -> tuple[str, list[int]]:
    """A page with signs at the edges of its lines, blank ones among them, and where each of its
    characters, and its end, now stands."""
    out: list[str] = []
    at: list[int] = []
    size = 0

    def some() -> str:
        return "".join(rng.choice(signs) for _ in range(rng.randint(0, 3)))

    for line in text.splitlines(keepends=True):
        content = line.rstrip("\r\n")
        before, behind = some(), some()
        at += range(size + len(before), size + len(before) + len(content))
        inner = size + len(before) + len(content) + len(behind)
        at += range(inner, inner + len(line) - len(content))
        out += [before, content, behind, line[len(content) :]]
        size = inner + len(line) - len(content)
    return "".join(out), [*at, size]


def moved(answer: Segmentation, at: list[int], text: str) -> Segmentation:
    stories = tuple(
        replace(one, start=at[one.start], end=at[one.end - 1] + 1) for one in answer.stories
    )
    seams = tuple(replace(one, offset=at[one.offset]) for one in answer.seams)
    return replace(answer, text=text, stories=stories, seams=seams)


@pytest.mark.parametrize("form", range(len(FORMS)))
@pytest.mark.parametrize("seed", range(4))
def test_the_same_stories_at_shifted_offsets(form: int, seed: int, shipped: Segmenter) -> None:
    text, at = strewn(FORMS[form], SIGNS, random.Random(seed))
    plain = shipped.segment(FORMS[form], explain=True)
    assert len(plain.stories) == 2
    assert shipped.segment(text, explain=True) == moved(plain, at, text)


@pytest.mark.parametrize("sign", [*SIGNS, "\ufeff\u200b \u200f\t\x00"])
def test_a_line_of_nothing_else_is_blank(sign: str) -> None:
    page = Page.from_text(f"{sign}one two\n{sign}\n {sign} \nthree{sign}\n{sign}")
    assert page.blocks() == ["one two", "three"]
    assert page.breaks.tolist() == [0, 3]
    assert len(Page.from_text(f"{sign}\n {sign}")) == 0


@pytest.mark.parametrize(
    "word", ["می\u200cخواهم", "क्\u200dष", "👩\u200d👩\u200d👧", "Schiff\xadfahrt"]
)
def test_inside_words_all_stays(word: str) -> None:
    assert Page.from_text(f"\u200f{word} {word}\u200e").blocks() == [f"{word} {word}"]


def test_they_do_not_make_a_line_long() -> None:
    """A line that is just short enough stays whole, whatever stands at its edges."""
    two = "The ferry leaves. " * 13
    long = "The ferry to the outer islands leaves at noon. " * 60
    page = Page.from_text(f"{long}\n\ufeff{two.strip()}{chr(0x200B) * 40}")
    assert page.block(len(page) - 1) == two.strip()


def test_a_label_that_was_set_at_one_is_that_of_its_line() -> None:
    text = "\ufeffFirst of all\nand more\n\u200bSecond of all\nand more"
    truth = LabelledPage("one", text, [0, text.index("\u200b")], []).check()
    labels = block_labels(Page.from_text(text), truth)
    assert [int(at) for at in (labels == START).nonzero()[0]] == [0, 2]
