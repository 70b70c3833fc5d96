"""Which blocks may be the first of a story and what is known of each, against the slow way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from model.batch import Batch
from model.cues import CUES
from model.decoder import Span, draw_spans
from model.look import Look
from model.page import Page
from model.top_columns import TOP_COLUMNS
from model.tops import Tops, begin_at, list_tops
from model.wording import ROLES, Wording
from tests.model.slow_tops import SlowTops
from tests.model.tiny import random_space

Floats = NDArray[np.float32]
LINES = (
    "Harbour news",
    "By Ana Brook",
    "12 March 2021",
    "Share",
    "w1 w2 w3 w4 w5 w6 w7 w8 w9 w1 w2 w3.",
    "w5 w6 w7 w8 w9 w1 w2 w3 w4 w5 w6 w7 w8 w9 w1 w2 w3 w4 w5 w6 w7 w8 w9 w1 w2 w3.",
    "WEATHER",
    "w4 w5 w6 w7:",
)
SIZES = ((30, 5), (9, 1), (0, 0), (40, 9), (3, 3), (12, 0), (1, 1), (26, 4))


class Pages:
    """Pages of such lines with so many stories anywhere, some of them with markup."""

    def __init__(self, seed: int = 0, sizes: Sequence[tuple[int, int]] = SIZES) -> None:
        rng = np.random.default_rng(seed)
        self.pages: list[Page] = []
        self.firsts: list[list[int]] = []
        for i, (size, stories) in enumerate(sizes):
            page = Page.from_text("\n".join(rng.choice(LINES, size)))
            if i % 2:
                markup = rng.uniform(0, 1, (size, len(CUES))).astype(np.float32)
                dress = rng.integers(0, 4, size) * 10**15
                page = replace(page, markup=markup, dress=dress)
            self.pages.append(page)
            self.firsts.append(np.sort(rng.choice(size, stories, replace=False)).tolist())
        count = sum(size for size, _ in sizes)
        self.proba = rng.dirichlet((1.0, 2.0, 0.5), count).astype(np.float32)

    def look(self) -> Look:
        rng = np.random.default_rng(0)
        space = random_space(rng)
        shape = (3 * len(space.table), len(ROLES))
        wording = Wording(
            rng.normal(0, 1, shape).astype(np.float16), np.zeros(len(ROLES), np.float32)
        )
        first = Look.first(Batch.read(self.pages, space.table), space, wording)
        return first.again(self.proba) if len(self.proba) else first

    def found(self) -> list[list[Span]]:
        ends = np.cumsum([len(page) for page in self.pages])
        return [
            draw_spans(firsts, [0.5] * len(firsts), self.proba[end - len(page) : end])
            for page, firsts, end in zip(self.pages, self.firsts, ends, strict=True)
        ]

    def tops(self) -> tuple[Look, Tops]:
        look = self.look()
        return look, list_tops(look, self.proba, self.found())


@pytest.mark.parametrize("seed", range(4))
def test_candidates_and_their_columns_are_those_of_the_slow_way(seed: int) -> None:
    made = Pages(seed)
    look, tops = made.tops()
    expected: list[tuple[int, int]] = []
    story = 0
    row = iter(tops.rows)
    for page, firsts in enumerate(made.firsts):
        low, high = look.batch.offsets[page], look.batch.offsets[page + 1]
        proba = made.proba[low:high].astype(np.float64)
        slow = SlowTops(firsts, proba[:, 0], proba[:, 2], look.tokens[low:high].tolist())
        codes = codes_of(look, page)
        for k in range(len(firsts)):
            for block in slow.candidates(k):
                expected.append((story + k, low + block))
                named = slow.own(k, block)
                for like, code in codes.items():
                    agree = slow.agreement(k, block, code)
                    named |= {f"{like}_{what}": value for what, value in agree.items()}
                found = dict(zip(TOP_COLUMNS, next(row).tolist(), strict=True))
                np.testing.assert_allclose(
                    [found[name] for name in named],
                    [*named.values()],
                    rtol=1e-4,
                    atol=1e-5,
                    err_msg=f"page {page}, story {k}, block {block}: {[*named]}",
                )
        story += len(firsts)
    assert list(zip(tops.story.tolist(), tops.block.tolist(), strict=True)) == expected
    assert len(expected) > 60


def codes_of(look: Look, page: int) -> dict[str, list[object | None]]:
    """By what the lines of a page are alike, as `model.tops` has it."""
    low, high = look.batch.offsets[page], look.batch.offsets[page + 1]
    shape: list[object | None] = look.layout.shape[low:high].tolist()
    line: list[object | None] = look.layout.line[low:high].tolist()
    dress = look.batch.pages[page].dress
    elements: list[object | None] = [None] * len(shape) if dress is None else dress.tolist()
    padded = [None, *shape, None]
    around = [None, *elements, None]
    bare: list[object | None] = [None] * len(shape)
    return {
        "shape": shape,
        "line": line,
        "above": [(a, b) if i else None for i, (a, b) in enumerate(zip(padded, shape))],  # noqa: B905
        "below": [*zip(shape, padded[2:], strict=True)],
        "order": orders_of(look, page),
        "dress": elements,
        "dress_above": bare if dress is None else [*zip(elements, around, strict=False)],
        "dress_below": bare if dress is None else [*zip(elements, around[2:], strict=True)],
    }


def orders_of(look: Look, page: int) -> list[object | None]:
    """What each line and the three below are: text, a date, another line, or none at all."""
    low, high = look.batch.offsets[page], look.batch.offsets[page + 1]
    kinds = []
    for at in range(low, high):
        said = {name: float(look.layout.columns[name][at]) for name in ("length", "uncased")}
        length = said["length"] * (1 + said["uncased"])
        ends = look.layout.columns["ends_stop"][at] > 0
        text = length >= 60 if ends else length >= 150
        kinds.append("text" if text else "date" if look.layout.columns["date"][at] else "line")
    return [tuple(kinds[at : at + 4]) for at in range(len(kinds))]


def test_a_page_is_measured_the_same_whatever_stands_beside_it() -> None:
    made = Pages(1)
    _, together = made.tops()
    story = 0
    for page, firsts in enumerate(made.firsts):
        alone = Pages(1)
        ends = np.cumsum([len(one) for one in made.pages])
        own = slice(ends[page] - len(made.pages[page]), ends[page])
        alone.pages, alone.firsts = [made.pages[page]], [firsts]
        alone.proba = made.proba[own]
        if not firsts:
            continue
        _, tops = alone.tops()
        mine = (together.story >= story) & (together.story < story + len(firsts))
        np.testing.assert_allclose(together.rows[mine], tops.rows, rtol=1e-4, atol=1e-4)
        story += len(firsts)


def test_columns_of_what_was_measured_are_given_as_they_are_and_less_the_start_s() -> None:
    made = Pages(2)
    look, tops = made.tops()
    named = {name: tops.rows[:, i] for i, name in enumerate(TOP_COLUMNS)}
    found = np.full(int(tops.story.max()) + 1, -1)
    own = named["step"] == 0
    found[tops.story[own]] = tops.block[own]
    for name in ("parts_best", "similar_60", "segments_0.15"):
        here, there = look.columns[name][tops.block], look.columns[name][found[tops.story]]
        np.testing.assert_allclose(named[name], here)
        np.testing.assert_allclose(named[f"{name}_less"], here - there, atol=1e-6)
    breaks = look.batch.breaks
    np.testing.assert_allclose(named["breaks"], np.minimum(breaks[tops.block], 6))
    length = look.layout.columns["length"]
    above = np.where(tops.block > look.batch.first[tops.block], length[tops.block - 1], np.nan)
    np.testing.assert_allclose(named["length-1"], above)
    heading = made_markup(look)[tops.block, CUES.index("heading_level")]
    np.testing.assert_allclose(named["heading_level+0"], heading)


def made_markup(look: Look) -> Floats:
    assert look.markup is not None
    return look.markup


def test_each_story_begins_at_its_likeliest_candidate() -> None:
    made = Pages(3)
    look, tops = made.tops()
    found, offsets = made.found(), look.batch.offsets
    chances = np.random.default_rng(0).choice([0.1, 0.2, 0.7], len(tops.story))
    placed = begin_at(tops, chances, found, made.proba, offsets)
    story = moved = 0
    for before, after, low in zip(found, placed, offsets, strict=False):
        assert [s.probability for s in after] == [s.probability for s in before]
        for was, now in zip(before, after, strict=True):
            mine = np.flatnonzero(tops.story == story)
            story += 1
            if len(mine) == 0:
                assert now.first == was.first
                continue
            # Of equally likely ones the upper.
            best = mine[np.argmax(chances[mine])]
            assert low + now.first == tops.block[best]
            moved += now.first != was.first
        firsts = [s.first for s in after]
        assert firsts == sorted(set(firsts))
        assert all(a.last <= b.first for a, b in pairwise(after))
    assert moved > 5


def test_without_stories_there_are_no_candidates() -> None:
    for sizes in ([(5, 0), (0, 0)], [(0, 0)]):
        _, tops = Pages(0, sizes).tops()
        assert tops.rows.shape == (0, len(TOP_COLUMNS))
        assert len(tops.story) == len(tops.block) == 0


def test_columns_are_told_apart() -> None:
    assert len(set(TOP_COLUMNS)) == len(TOP_COLUMNS)
