"""Pages in languages that nobody speaks: other letters, the same page."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.batch import Batch
from model.page import Page
from tests.model.tiny import story, tiny_segmenter
from training.foreign import foreign, foreign_copies, foreign_pages
from training.labelled import LabelledPage, read_pages, write_pages
from training.looks import fold_of

TEXT = "The Quay stays open.\n\nÉlan of 12 May: “No”, said ANNA MÜLLER.\nОна ушла."


def test_letters_are_exchanged_and_all_else_stays() -> None:
    other = foreign(TEXT, 3)
    assert other != TEXT
    assert [c if not c.isalpha() else "x" for c in other] == [
        c if not c.isalpha() else "x" for c in TEXT
    ]
    assert [c.isupper() for c in other] == [c.isupper() for c in TEXT]
    # One letter for one letter, so that words that come back still do.
    assert len(set(zip(TEXT.lower(), other.lower(), strict=True))) == len(set(TEXT.lower()))
    assert foreign(TEXT, 3) == other != foreign(TEXT, 4)


@pytest.mark.parametrize("seed", range(8))
def test_letters_may_be_of_a_script_without_capitals(seed: int) -> None:
    other = foreign(TEXT, seed, capitals=False)
    assert len(other) == len(TEXT)
    assert not any(c.isupper() or c.islower() for c in other)
    assert len(set(other.casefold())) == len(set(TEXT.casefold()))
    # Small and large letter become one.
    words = other.split(" ")
    assert len(words) == len(TEXT.split(" "))


def test_every_letter_of_every_cased_script_finds_another() -> None:
    every = "".join(c for c in map(chr, range(0x2000)) if c.isalpha())
    other = foreign(every, 1, capitals=False)
    assert len(other) == len(every)


def test_scripts_without_spaces_stay_as_they_are() -> None:
    assert foreign("今天下雨 and ไทย", 1)[:4] == "今天下雨"
    assert foreign("今天下雨 and ไทย", 1)[-3:] == "ไทย"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.integers(0, 99))
def test_any_text_keeps_its_length_and_its_lines(text: str, seed: int) -> None:
    other = foreign(text, seed)
    assert len(other) == len(text)
    before, after = Page.from_text(text), Page.from_text(other)
    np.testing.assert_array_equal(before.breaks, after.breaks)


def test_copies_are_a_share_with_the_same_truth_and_markup() -> None:
    page = Page.from_text(TEXT)
    truth = LabelledPage("p", TEXT, [0, int(page.starts[1])], outlets=("a",), articles=("1",))
    copies = foreign_copies([(page, truth)] * 400, 0.25, 7)
    assert 70 < len(copies) < 130
    assert len({copy.text for copy, _ in copies}) > 60
    for copy, told in copies:
        assert copy.text == told.text
        np.testing.assert_array_equal(copy.starts, page.starts)
        assert (told.starts, told.outlets, told.articles) == (truth.starts, ("a",), ("1",))
    # One in four is of a script without capitals.
    uncased = sum(not any(c.isupper() for c in copy.text) for copy, _ in copies)
    assert 0.12 < uncased / len(copies) < 0.4
    assert foreign_copies([(page, truth)], 0.0, 7) == []


def test_a_copy_is_in_the_fold_of_its_page() -> None:
    """Or trees that saw the one would be asked what they say of the other."""
    corrections = [LabelledPage(f"hash {n}", TEXT, [0], kind="corrected") for n in range(40)]
    named = [replace(one, articles=(f"article {n}",)) for n, one in enumerate(corrections)]
    for pages in (corrections, named):
        copies = foreign_copies([(Page.from_text(TEXT), one) for one in pages], 1.0, 7)
        folds = [fold_of(truth, 1) for truth in pages]
        assert 0 < sum(folds) < len(folds)
        assert [fold_of(truth, 1) for _, truth in copies] == folds


def test_no_word_of_a_foreign_page_is_known() -> None:
    space = tiny_segmenter().classifiers.space
    text = f"{story('topic 1')}\n{story('topic 3')}"
    batch = Batch.read([Page.from_text(text), Page.from_text(foreign(text, 5))], space.table)
    known = space.known_share(batch)
    own = known[: batch.offsets[1]]
    assert np.all(own == own[0])
    assert own[0] > 0.5
    assert np.all(known[batch.offsets[1] :] < 0.1)


def test_pages_to_measure_with_keep_their_labels_and_lose_their_words(tmp_path: Path) -> None:
    known = LabelledPage(id="a", text=TEXT, starts=(0, 22), lang="en", outlets=("one.example",))
    unspaced = replace(known, id="b", text="今天下雨。渡轮停运，市民不满。" * 3, starts=(0,))
    html = replace(known, id="c", html="<p>The Quay stays open.")
    write_pages(tmp_path / "pages.jsonl", [known, unspaced, html])
    subprocess.run(
        [
            sys.executable, "-m", "training.foreign", str(tmp_path / "pages.jsonl"),
            "--out", str(tmp_path / "foreign.jsonl"), "--seed", "3",
        ],
        check=True,
    )  # fmt: skip
    (found,) = read_pages(tmp_path / "foreign.jsonl")
    assert (found.id, found.text) == ("a foreign", foreign(TEXT, 3))
    assert list(found.starts) == [0, 22]
    assert found.outlets == known.outlets
    (without,) = foreign_pages([known], 3, capitals=False)
    assert without.text == foreign(TEXT, 3, capitals=False)
