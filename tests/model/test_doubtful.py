"""Pages of HTML that markup leaves in doubt are read again without it; others are not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import model.doubtful
from model.decoder import Span, decode
from model.doubtful import agrees, left_in_doubt
from model.html import page_from_html
from model.look import Look
from model.page import Page
from model.segmenter import Segmenter
from tests.model.tiny import story
from training.labelled import LabelledPage, as_page, read_pages

Floats = NDArray[np.float32]

BLIND = Path(__file__).parents[1] / "blind" / "longer.jsonl"
OUT, IN, SURE, MAYBE = (0.9, 0.09, 0.01), (0.04, 0.95, 0.01), (0.0, 0.1, 0.9), (0.0, 0.8, 0.2)


@cache
def segmenter() -> Segmenter:
    return Segmenter.load()


def blind(name: str) -> LabelledPage:
    (page,) = (page for page in read_pages(BLIND) if page.id == name)
    return page


def two_stories() -> Page:
    """Headline and three paragraphs, twice."""
    return page_from_html(
        "".join(
            f"<h2>Headline of number {n}</h2>"
            + "".join(
                f"<p>{line}</p>" for line in story(f"topic {n}", headline=False).split("\n")[:3]
            )
            for n in range(2)
        )
    )


def look_at(page: Page) -> Look:
    batch = segmenter()._reader.batches([page])
    parts = segmenter().classifiers
    look = Look.first(next(iter(batch)), parts.space, parts.wording)
    return look.again(np.full((len(page), 3), 1 / 3, np.float32))


def said(*rows: tuple[float, float, float]) -> Floats:
    return np.asarray(rows, np.float32)


def doubtful(page: Page, proba: Floats) -> list[int]:
    look = look_at(page)
    return left_in_doubt(look, proba, [decode(proba, look.tokens, 0.5, look.headlines)])


def test_a_page_whose_later_line_may_be_a_start_is_in_doubt() -> None:
    page = two_stories()
    assert len(page) == 8
    assert doubtful(page, said(SURE, IN, IN, IN, MAYBE, IN, IN, IN)) == [0]


@pytest.mark.parametrize(
    "rows",
    [
        (SURE, IN, IN, IN, IN, IN, IN, IN),  # nothing may be one
        (SURE, IN, IN, IN, SURE, IN, IN, IN),  # both are found
        (OUT,) * 8,  # no story at all
        (SURE, MAYBE, IN, IN, IN, IN, IN, IN),  # its own header
    ],
)
def test_other_pages_are_not(rows: tuple[tuple[float, float, float], ...]) -> None:
    assert doubtful(two_stories(), said(*rows)) == []


def test_neither_text_nor_what_was_read_without_markup_is_in_doubt() -> None:
    page, proba = two_stories(), said(SURE, IN, IN, IN, MAYBE, IN, IN, IN)
    assert doubtful(replace(page, markup=None), proba) == []
    look = replace(look_at(page), bare=np.ones(8, bool))
    assert left_in_doubt(look, proba, [decode(proba, look.tokens, 0.5, look.headlines)]) == []


def test_half_of_the_cuts_must_be_possible_by_markup() -> None:
    spans = [Span(first, first + 2, 0.9, np.ones(2, bool)) for first in (0, 2, 4, 6)]
    assert agrees(said(SURE, IN, MAYBE, IN, MAYBE, IN, IN, IN), spans)
    assert not agrees(said(SURE, IN, MAYBE, IN, IN, IN, IN, IN), spans)
    assert not agrees(said(SURE, IN, MAYBE, IN, IN, IN, IN, IN), spans[:1])


def test_a_police_report_in_markup_that_nobody_knows_is_cut_where_its_stories_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth = blind("b15_polizeibericht_de")
    page = as_page(truth)
    answer = segmenter().segment(page, explain=True)
    assert [seam.offset for seam in answer.seams] == truth.starts[1:]
    assert all(seam.evidence for seam in answer.seams)
    monkeypatch.setattr(model.doubtful, "_POSSIBLE", 1.1)
    assert not segmenter().segment(page).seams


def test_what_is_read_again_depends_neither_on_the_bar_nor_on_its_neighbours() -> None:
    page, other = as_page(blind("b15_polizeibericht_de")), two_stories()
    alone = segmenter().segment(page)
    assert segmenter().segment_many([other, page, other])[1] == alone
    low, none = (segmenter().segment(page, threshold=bar) for bar in (0.5, 1.0))
    chances = {seam.offset: seam.probability for seam in low.seams}
    assert {seam.offset: seam.probability for seam in alone.seams}.items() <= chances.items()
    assert not none.seams


def test_its_blocks_are_told_as_they_were_read() -> None:
    truth = blind("b15_polizeibericht_de")
    answer = segmenter().segment(as_page(truth), blocks=True)
    assert answer.blocks is not None
    chances = {block.start: block.start_probability for block in answer.blocks}
    # With its markup no line but the first had one of a half.
    assert min(chances[start] for start in truth.starts) > 0.5
