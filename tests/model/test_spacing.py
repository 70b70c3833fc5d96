"""Pages of text with empty lines here and there are read without them as well; others are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

import model.segmenter
import model.spacing
from model.html import page_from_html
from model.judges import Draft, Judges
from model.look import Look
from model.page import Page
from model.reader import Reader
from model.segmenter import Segmenter
from model.spacing import is_uneven, read_evenly
from tests.model.test_doubtful import look_at
from tests.model.tiny import story
from training.labelled import LabelledPage, read_pages

Floats = NDArray[np.float32]

BLIND = Path(__file__).parents[1] / "blind"
UNEVEN = "A headline\nBy Ana Brook\n\nThe first paragraph of it.\n\nThe second one."


@cache
def segmenter() -> Segmenter:
    return Segmenter.load()


def blind(file: str, name: str) -> LabelledPage:
    (page,) = (page for page in read_pages(BLIND / f"{file}.jsonl") if page.id == name)
    return page


@pytest.mark.parametrize(
    ("text", "uneven"),
    [
        (UNEVEN, True),
        (UNEVEN.replace("\n\n", "\n"), False),
        (UNEVEN.replace("\n", "\n\n"), True),
        ("\n\nA headline\nThe first paragraph.", False),  # what is above the first line is nothing
        ("One line", False),
        ("", False),
    ],
)
def test_a_page_is_uneven_if_its_lines_are_not_equally_far_apart(text: str, uneven: bool) -> None:
    assert is_uneven(Page.from_text(text)) == uneven


def test_sentences_of_one_line_and_html_are_even() -> None:
    lost = " ".join("The harbour master counted the herring at the gate." for _ in range(60))
    page = Page.from_text(f"{lost}\n{lost}")
    assert (page.breaks == 0).sum() > 50
    assert not is_uneven(page)
    assert is_uneven(Page.from_text(f"{lost}\n{lost}\n\n{lost}"))
    html = page_from_html("<h1>A headline</h1><ul><li>One</li><li>Two</li></ul><p>Three</p>")
    assert len(set(html.breaks[1:].tolist())) > 1
    assert not is_uneven(html)


def as_they_are(_reader: Any, _judges: Any, draft: Any) -> Any:
    return draft, None


def no_numbers() -> Floats:
    return np.zeros(0, np.float32)


class _Judges:
    """Says how likely pages hold a second story, by whether they are read as they are."""

    def __init__(self, as_it_is: float, evenly: float) -> None:
        self.as_it_is, self.evenly = as_it_is, evenly

    def draft(self, look: Look, proba: Floats) -> Draft:
        several = self.evenly if look.batch.breaks.max() < 2 else self.as_it_is
        cuts = replace(Judges(None).draft(look, proba).cuts, pages=np.array([0]))
        return Draft(look, proba, [[]], cuts, no_numbers(), np.array([several], np.float32))


class _Reader:
    def __init__(self) -> None:
        self.read_again: list[Page] = []

    def read(self, pages: Sequence[Page]) -> Any:
        (page,) = pages
        self.read_again.append(page)
        return look_at(page), np.full((len(page), 3), 0.25, np.float32)


@pytest.mark.parametrize(
    ("as_it_is", "evenly", "holds", "most"),
    [
        (0.97, 0.6, False, 1.0),  # both may hold a second story: the surer one says where
        (0.6, 0.97, True, 1.0),
        (0.97, 0.3, False, 0.3),  # one does not: the page is as likely to as that one says
        (0.97, 0.0, False, 0.0),
        (0.97, 0.97, False, 1.0),
    ],
)
def test_of_two_readings_the_surer_holds_if_they_agree(
    as_it_is: float, evenly: float, holds: bool, most: float
) -> None:
    page = Page.from_text(UNEVEN)
    look = look_at(page)
    said = np.full((len(page), 3), 1 / 3, np.float32)
    judges, reader = _Judges(as_it_is, evenly), _Reader()
    draft = judges.draft(look, said)
    after, at_most = read_evenly(cast(Reader, reader), cast(Judges, judges), draft)
    np.testing.assert_array_equal(at_most, np.array([most], np.float32))
    assert [len(one) for one in reader.read_again] == [len(page)]
    assert reader.read_again[0].breaks.max() == 1
    assert np.all(after.proba == (np.float32(0.25) if holds else said))
    assert (after is draft) != holds
    # What is measured later is measured as the page was read; the page itself stays.
    np.testing.assert_array_equal(
        after.look.batch.breaks, reader.read_again[0].breaks if holds else page.breaks
    )
    assert after.look.batch.pages == look.batch.pages
    assert page.breaks.max() == 2


def test_what_surely_is_one_story_is_read_once() -> None:
    page = Page.from_text(UNEVEN)
    look, reader = look_at(page), _Reader()
    said = np.full((len(page), 3), 1 / 3, np.float32)
    judges = _Judges(0.4, 0.99)
    draft = judges.draft(look, said)
    same, at_most = read_evenly(cast(Reader, reader), cast(Judges, judges), draft)
    assert same is draft
    assert at_most.tolist() == [1.0]
    assert reader.read_again == []


def test_without_a_page_of_uneven_text_nobody_is_asked() -> None:
    page = Page.from_text(story("topic 1"))
    look = look_at(page)
    said = np.full((len(page), 3), 1 / 3, np.float32)
    nobody = cast(Any, None)
    draft = Judges(None).draft(look, said)
    same, at_most = read_evenly(nobody, nobody, draft)
    assert same is draft
    assert at_most.tolist() == [1.0]


def test_speakers_with_empty_lines_between_them_are_one_story(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = blind("sources", "d_g50_radio_roundtable")
    assert len(page.starts) == 1
    assert not segmenter().segment(page.text).seams
    # Who sets a threshold for all seams hears of them still.
    asked = segmenter().segment(page.text, threshold=0.5)
    monkeypatch.setattr(model.segmenter, "read_evenly", as_they_are)
    assert segmenter().segment(page.text).seams
    assert segmenter().segment(page.text, threshold=0.5).seams == asked.seams


def test_stories_that_empty_lines_hide_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    page = blind("strangers", "es-briefing")
    answer = segmenter().segment(page.text, explain=True)
    assert [seam.offset for seam in answer.seams] == page.starts[1:]
    assert all(seam.evidence for seam in answer.seams)
    monkeypatch.setattr(model.segmenter, "read_evenly", as_they_are)
    assert not segmenter().segment(page.text).seams


def test_a_page_is_read_the_same_alone_and_among_others() -> None:
    names = ("es-briefing", "sw-habari", "en-council-sheet", "tr-scroll")
    pages = [blind("strangers", name).text for name in names]
    together = segmenter().segment_many(pages)
    for page, answer in zip(pages, together, strict=True):
        alone = segmenter().segment(page)
        assert [s.offset for s in alone.seams] == [s.offset for s in answer.seams]


def test_what_is_read_otherwise_changes_nothing_of_the_pages_beside_it() -> None:
    pages = [blind("strangers", name).text for name in ("es-briefing", "tr-scroll")]
    parts = segmenter()
    (batch,) = parts._reader.batches(pages)
    draft = parts._judges.draft(*parts._reader.look(batch))
    after, at_most = read_evenly(parts._reader, parts._judges, draft)
    own, beside = slice(*batch.offsets[:2]), slice(*batch.offsets[1:])
    assert after.look.batch.breaks[own].max() == 1
    assert np.any(after.proba[own] != draft.proba[own])
    np.testing.assert_array_equal(after.proba[beside], draft.proba[beside])
    assert at_most.tolist() == [1.0, 1.0]
    assert after.look.columns.keys() == draft.look.columns.keys()
    for name, values in draft.look.columns.items():
        np.testing.assert_array_equal(after.look.columns[name][beside], values[beside], name)
