"""Label probabilities of all blocks -> the best stories for the whole page.

A dynamic programme chooses the set of starts that adds up to the most evidence, under one rule
that single blocks cannot see: a story has a body of its own. So the section name, the headline and
the headline repeated, each likely as a start, become one start, and a run of teasers none.

Where it is clear that a story starts but not at which of two or three lines (is that caption the
old story's end or the new one's top?), their probabilities add up at the likeliest. Whether the
page is cut at all is not decided here: see :mod:`model.review`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.batch import running_sums

__all__ = [
    "FLOOR",
    "INSIDE",
    "LABELS",
    "MANY",
    "MIN_BODY",
    "OPENING",
    "OUTSIDE",
    "START",
    "Span",
    "decode",
    "decode_whole",
    "draw_spans",
    "gather_starts",
]

Floats = NDArray[np.float32]

LABELS = ("outside", "inside", "start")
OUTSIDE, INSIDE, START = range(3)

#: Words of its own that a story has at least. A teaser is a headline with a line or two; the
# shortest tenth of the stories of real digests has about 25 words.
MIN_BODY = 22.0
#: Starts less likely than this are never considered; it bounds the work, not the result.
FLOOR = 0.02
# Blocks on either side over which it may be unclear where a story starts: 1 gave three quarters of
# the gain in F1 on held-out pages, 3 no more than 2.
_REACH = 2
# The likeliest of those blocks must have this share of their sum, or the place is a guess that is
# wrong more often than right.
_SHARE = 0.4
# What neighbours add up to is never certain.
_SUREST = 0.995
# What stands before the first start is a story of its own if it is as long as this, in words, or if
# it is this likely to start one. Else it is the newsletter, the advertisement or the notice that
# pages begin with: the first start of a page of several stories is nearly always all but certain.
_LEADING = 150.0
_FIRST = 0.3
#: A page of so many stories is a feed.
MANY = 6
#: Where a page of one story begins: at a start as likely as this, or where its body does.
OPENING = 0.9


@dataclass(frozen=True, slots=True)
class Span:
    """Blocks ``first`` to ``last`` (exclusive) hold a story; ``inside`` marks its own blocks."""

    first: int
    last: int
    probability: float
    inside: NDArray[np.bool_]


def decode(
    proba: Floats,
    tokens: Floats,
    threshold: float,
    headline: NDArray[np.int64] | None = None,
) -> list[Span]:
    """Best spans of one page.

    Parameters
    ----------
    proba : float32 array, shape (n_blocks, 3)
        Probability of each label.
    tokens : float32 array, shape (n_blocks,)
        Words of each block.
    threshold : float
        Least probability of each seam. The first story's start needs less: it claims only that the
        page has a story.
    headline : int64 array, shape (n_blocks,), optional
        Equal numbers for equal lines, -1 for lines that say nothing of their own, such as a date. A
        story that begins with the line that another one began with is that story once more.

    Returns
    -------
    list of Span
        In order, disjoint; empty where the page holds no story.
    """
    if len(proba) == 0:
        return []
    start, mass = _evidence(proba, tokens)
    starts = _with_first(_choose(start, mass, threshold), proba, mass)
    if headline is not None:
        starts = _once(starts, headline)
    return draw_spans(starts, start[starts], proba)


def decode_whole(proba: Floats, tokens: Floats) -> list[Span]:
    """The one story of a page, if it holds any. Parameters are those of :func:`decode`."""
    if len(proba) == 0:
        return []
    start, mass = _evidence(proba, tokens)
    starts = _with_first(_choose(start, mass, OPENING), proba, mass)
    # Failing a likely start: the first that may be one.
    starts = starts or _with_first(_choose(start, mass, FLOOR), proba, mass)
    return draw_spans(starts[:1], start[starts[:1]], proba)


def draw_spans(
    starts: Sequence[int], chances: Sequence[float] | Floats, proba: Floats
) -> list[Span]:
    """Spans from each start to the next one or the page's end, less what is outside at their end.

    Parameters
    ----------
    starts : sequence of int
        First blocks, ascending.
    chances : sequence of float
        Probability of each.
    proba : float32 array, shape (n_blocks, 3)
    """
    own = proba[:, OUTSIDE] < 0.5
    bounds = [*starts, len(proba)][1:]
    spans = []
    for first, bound, chance in zip(starts, bounds, chances, strict=True):
        inside = own[first:bound].copy()
        inside[0] = True
        last = first + int(np.flatnonzero(inside)[-1]) + 1
        spans.append(Span(first, last, float(chance), inside[: last - first]))
    return spans


def _evidence(proba: Floats, tokens: Floats) -> tuple[Floats, NDArray[np.float64]]:
    """Gathered chances of starts, and the words of body before each block."""
    mass = running_sums(tokens * (1.0 - proba[:, OUTSIDE]))
    return gather_starts(proba[:, START], mass), mass


def _once(starts: list[int], headline: NDArray[np.int64]) -> list[int]:
    """Starts without those that begin as one before them did."""
    seen: set[int] = set()
    kept = []
    for start in starts:
        line = int(headline[start])
        if line < 0 or line not in seen:
            kept.append(start)
        seen.add(line)
    return kept


def gather_starts(start: Floats, mass: NDArray[np.float64]) -> Floats:
    """Probability that a story starts here, or so near that only the exact place is unsure.

    Of blocks with less than a body between them one start at most can stand, so that the chances
    exclude each other and add up: the likeliest gets the sum, the others keep what they have.

    Parameters
    ----------
    start : float32 array, shape (n_blocks,)
        Probability of a start at exactly this block.
    mass : float64 array, shape (n_blocks + 1,)
        Words of body before each block.
    """
    n = len(start)
    total = start.astype(np.float64)
    most = start.copy()
    for step in range(1, min(_REACH, n - 1) + 1):
        close = mass[step:n] - mass[: n - step] < MIN_BODY
        ahead, behind = start[step:] * close, start[:-step] * close
        total[:-step] += ahead
        total[step:] += behind
        np.maximum(most[:-step], ahead, out=most[:-step])
        np.maximum(most[step:], behind, out=most[step:])
    top = (start >= most) & (start >= _SHARE * total)
    gathered = np.maximum(np.minimum(total, _SUREST), start)
    return np.where(top, gathered, start).astype(np.float32)


def _choose(start: Floats, mass: NDArray[np.float64], threshold: float) -> list[int]:
    """Starts with the greatest sum of log odds over the threshold's, each with a body.

    ``best[j]`` is the best sum that ends with candidate ``j``; the candidates that leave room for
    a body before ``j`` are a prefix, so that one running maximum serves all.
    """
    candidates = np.flatnonzero(start >= max(FLOOR, min(threshold, 1.0) * 0.999))
    if len(candidates) == 0:
        return []
    p = np.clip(start[candidates].astype(np.float64), 1e-6, 1 - 1e-6)
    bar = min(max(threshold, 1e-6), 1 - 1e-6)
    gain = np.log(p / (1 - p)) - np.log(bar / (1 - bar)) + 1e-3
    at = mass[candidates]
    room = at.tolist()
    best = np.empty(len(candidates))
    back = np.full(len(candidates), -1)
    # Running maximum of ``best`` and where it stands.
    top = np.empty(len(candidates))
    top_at = np.empty(len(candidates), np.int64)
    for j, value in enumerate(gain.tolist()):
        k = bisect_right(room, room[j] - MIN_BODY, 0, j) - 1
        best[j] = value
        if k >= 0 and top[k] > 0:
            best[j] += top[k]
            back[j] = top_at[k]
        if j and top[j - 1] >= best[j]:
            top[j], top_at[j] = top[j - 1], top_at[j - 1]
        else:
            top[j], top_at[j] = best[j], j
    ends = np.flatnonzero(mass[-1] - at >= MIN_BODY)
    if len(ends) == 0:
        return []
    j = int(ends[np.argmax(best[ends])])
    chosen = []
    while j >= 0:
        chosen.append(int(candidates[j]))
        j = int(back[j])
    return chosen[::-1]


def _with_first(starts: list[int], proba: Floats, mass: NDArray[np.float64]) -> list[int]:
    """Give the body before the first start, if it may be a story, a start of its own."""
    bound = starts[0] if starts else len(proba)
    story = proba[:bound, OUTSIDE] < 0.5
    own = np.diff(mass[: bound + 1]) * story
    if own.sum() < MIN_BODY:
        return starts
    # The likeliest start before which little of this body lies; failing that its first block.
    before = np.cumsum(own) - own
    early = before <= MIN_BODY
    likely = np.where(early, proba[:bound, START], 0.0)
    best = int(np.argmax(likely))
    if starts and likely[best] < _FIRST and own.sum() < _LEADING:
        return starts
    if likely[best] < FLOOR:
        best = int(np.flatnonzero(story)[0])
    return [best, *starts]
