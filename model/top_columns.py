"""What there is to know of each line that may be the first of a story, for the reviewer of tops.

The columns stand in the order in which they are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cues import CUES
from model.decoder import OUTSIDE, START, Span
from model.look import Look
from model.pattern import line_codes, order_codes, run_codes
from model.wording import ROLES

__all__ = ["TOP_COLUMNS", "Found", "top_columns"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# What neighbours of a candidate are asked for.
_SHAPES = (
    *((name, by) for name in ("length", "upper", "capitalised", "digits") for by in (-1, 0, 1)),
    *(("date", -1), ("date", 0), ("byline", 0), ("ends_stop", 0)),
)
_ROLES = tuple((i, by) for i in range(len(ROLES)) for by in (-1, 0, 1))
_CUES = (("heading_level", -1), ("heading_level", 0), ("link_density", -1), ("link_density", 0))
# What the last look measured, as it is and less that of the start that was found.
_MEASURED = (
    "parts_best", "parts_surely", "parting", "similar_60", "similar_150", "similar_block",
    "block_to_left", "block_to_right", "introduces_names", "chains_40", "segments_0.15",
)  # fmt: skip
# By what lines are alike: their look, their words, their look and that of the line above or below,
# what stands from there on in which order; in HTML their elements and classes, and those of the
# line above or below.
_ALIKE = ("shape", "line", "above", "below", "order", "dress", "dress_above", "dress_below")
# Of the page's other stories: the share with such a line among the candidates, the chance of a
# start that it has there, whether the first story is among them; the share that were found to start
# with such a line, whether the first was, the share that start right below one. How often it stands
# on the page, and how much of that there.
_AGREE = ("among", "chance", "first", "top", "opens", "over", "times", "gathered")
#: Of a candidate.
TOP_COLUMNS = (
    "step", "stories", "number", "odds_found", "odds", "odds_less", "rank", "share",
    "outside-1", "outside", "outside+1", "breaks", "breaks_less", "body_between", "position",
    *(f"{name}{by:+d}" for name, by in _SHAPES),
    *(f"reads_like_{ROLES[role]}{by:+d}" for role, by in _ROLES),
    *(f"{name}{by:+d}" for name, by in _CUES),
    *_MEASURED,
    *(f"{name}_less" for name in _MEASURED),
    *(f"{like}_{what}" for like in _ALIKE for what in _AGREE),
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """All stories of a batch: their page, first block, and whether they are their page's first."""

    page: Ints
    start: Ints
    opens: Bools
    counts: Ints

    @classmethod
    def of(cls, look: Look, found: Sequence[Sequence[Span]]) -> Found:
        many = np.array([len(spans) for spans in found], np.int64)
        page = np.repeat(np.arange(len(found)), many)
        firsts = np.array([span.first for spans in found for span in spans], np.int64)
        opens = np.ones(len(page), bool)
        opens[1:] = page[1:] != page[:-1]
        return cls(page, look.batch.offsets[page] + firsts, opens, many[page])


def top_columns(
    look: Look, proba: Floats, mass: Doubles, stories: Found, story: Ints, block: Ints
) -> Floats:
    """``TOP_COLUMNS`` of each candidate, shape (n_candidates, n_columns).

    Parameters
    ----------
    look : Look
        The last one.
    proba : float32 array, shape (n_blocks, 3)
        What it said.
    mass : float64 array, shape (n_blocks + 1,)
        Words of body before each block of the batch.
    stories : Found
    story, block : int64 arrays, shape (n_candidates,)
        Of each candidate.
    """
    start = proba[:, START].astype(np.float64)
    own = _own(look, proba, mass, stories, story, block)
    agree = [
        column
        for code in _codes(look)
        for column in _agreement(look, start, stories, story, block, code)
    ]
    return np.stack([*own, *agree], axis=1).astype(np.float32)


def _own(
    look: Look, proba: Floats, mass: Doubles, stories: Found, story: Ints, block: Ints
) -> list[Doubles]:
    """What is known of each candidate by itself and beside the start that was found."""
    batch = look.batch
    start = proba[:, START].astype(np.float64)
    odds = np.log(np.clip(start, 1e-5, 1 - 1e-5)) - np.log(np.clip(1 - start, 1e-5, 1 - 1e-5))
    found = stories.start[story]
    number = np.arange(len(stories.page)) - np.maximum.accumulate(
        np.where(stories.opens, np.arange(len(stories.page)), 0)
    )
    order = np.lexsort((-start[block], story))
    rank = np.empty(len(block))
    rank[order] = np.arange(len(block)) - np.searchsorted(story, story[order])
    total = np.bincount(story, start[block])[story]
    breaks = np.minimum(batch.breaks, 6).astype(np.float64)

    def near(values: NDArray[np.floating], by: int) -> Doubles:
        return np.append(values, np.nan)[batch.places(by)[block]]

    outside = proba[:, OUTSIDE]
    columns = [
        block - found,
        stories.counts[story],
        number[story],
        odds[found],
        odds[block],
        odds[block] - odds[found],
        rank,
        start[block] / np.maximum(total, 1e-9),
        *(near(outside, by) for by in (-1, 0, 1)),
        breaks[block],
        breaks[block] - breaks[found],
        mass[block] - mass[found],
        block - batch.first[block],
        *(near(look.layout.columns[name], by) for name, by in _SHAPES),
        *(near(look.wording[:, role], by) for role, by in _ROLES),
    ]
    unknown = np.full(len(batch), np.nan, np.float32)
    markup = look.markup
    for name, by in _CUES:
        values = unknown if markup is None else markup[:, CUES.index(name)]
        columns.append(near(values, by))
    # The first look alone measures less.
    measured = [look.columns.get(name, unknown) for name in _MEASURED]
    columns += [values[block] for values in measured]
    columns += [values[block] - values[found] for values in measured]
    return [np.asarray(column, np.float64) for column in columns]


def _codes(look: Look) -> list[Ints | None]:
    """By each of ``_ALIKE``: equal numbers for blocks that are alike; -1, like no other; None where
    no page has markup."""
    batch = look.batch
    at = np.arange(len(batch))
    shapes = run_codes(look, 2)
    # A line and the one above: the pair that begins a line before.
    above = np.where(at > batch.first, shapes[np.maximum(at - 1, 0)], -1)
    lines = line_codes(look)
    codes: list[Ints | None] = [look.layout.shape, lines, above, shapes, order_codes(look)]
    if look.dress is None:
        return [*codes, None, None, None]
    dress = look.dress.astype(np.int64)
    wide = int(dress.max(initial=0)) + 2
    for by in (-1, 1):
        other = np.append(dress, -1)[batch.places(by)] + 1
        codes.append(np.where(dress >= 0, dress * wide + other, -1))
    codes.insert(-2, dress)
    return codes


def _agreement(
    look: Look, start: Doubles, stories: Found, story: Ints, block: Ints, code: Ints | None
) -> list[Doubles]:
    """``_AGREE`` of each candidate, by one likeness; NaN where there is nothing to agree with."""
    if code is None:
        return [np.full(len(block), np.nan)] * len(_AGREE)
    batch = look.batch
    keyed = batch.page_of * (int(code.max(initial=0)) + 2) + code + 1
    key = np.unique(keyed, return_inverse=True)[1]
    size = int(key.max()) + 1
    own = key[block]
    # Every key once a story, with the greatest chance that it has there.
    once, back = np.unique(story * size + own, return_inverse=True)
    most = np.zeros(len(once))
    np.maximum.at(most, back, start[block])
    keys = once % size
    holders = np.bincount(keys, minlength=size)[own] - 1
    chance = np.bincount(keys, most, size)[own] - most[back]
    in_first = np.bincount(keys, stories.opens[once // size], size)[own] > 0
    times = np.bincount(key, minlength=size)[own]
    others = stories.counts[story] - 1
    # Of the stories of a page the first begins most surely where it was found.
    at = np.arange(len(stories.page))
    openers = stories.start[np.maximum.accumulate(np.where(stories.opens, at, 0))][story]

    def found(by: int) -> Doubles:
        """Share of the other stories that have such a line ``by`` blocks on from their start."""
        places = batch.places(by)[stories.start]
        there = np.append(key, size)[places]
        total = np.bincount(there, minlength=size + 1)[own]
        return np.asarray((total - (there[story] == own)) / np.maximum(others, 1))

    columns = [
        holders / np.maximum(others, 1),
        chance / np.maximum(holders, 1),
        np.where(stories.opens[story], np.nan, in_first),
        found(0),
        np.where(stories.opens[story], np.nan, key[openers] == own),
        found(-1),
        np.log1p(times),
        holders / np.maximum(times - 1, 1),
    ]
    told = code[block] >= 0
    lonely = _AGREE.index("times")
    return [
        np.where(told if i == lonely else told & (others > 0), column, np.nan)
        for i, column in enumerate(columns)
    ]
