"""Label probabilities of all blocks -> the best stories for the whole page.

A dynamic programme chooses the set of starts that adds up to the most evidence, under one rule
that single blocks cannot see: a story has a body of its own. So the section name, the headline and
the headline repeated, each likely as a start, become one start, and a run of teasers none.

Two more things are decided for the page. Where it is clear that a story starts but not at which of
two or three lines (is that caption the old story's end or the new one's top?), their probabilities
add up at the likeliest. And what costs most is to cut a page of one story: so a page is cut at all
only if it is sure enough that one seam at least is true, and then at every likely one. Ten seams of
even chance say that a page is a feed as surely as one seam that is nearly certain. Where the rest
of a page depends on its sureness so, a very short story must be likelier than a long one, and many
very short ones beside a single long one are its teasers.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.batch import running_sums

__all__ = [
    "FLOOR",
    "INSIDE",
    "LABELS",
    "MANY",
    "OUTSIDE",
    "START",
    "Span",
    "decode",
    "gather_starts",
]

Floats = NDArray[np.float32]

LABELS = ("outside", "inside", "start")
OUTSIDE, INSIDE, START = range(3)

# Words of its own that a story has at least. A teaser is a headline with a line or two; the
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
# A story of fewer words than this is as often a teaser or a comment: further seams before such need
# this chance. It costs a little of what follows a long story and halves of digests, and one false
# split in ten; chosen on tuning pages, where 40 and 80 words, and a chance of .8, gave
# about as much.
_SHORT = 60.0
_SHORT_CHANCE = 0.6
# Not on a page of so many stories: that is a feed, and its items are short.
MANY = 6
# A page on which one story alone is longer than that, by so many times the others' median and at
# least so many words, is that story with its teasers, if there are so many of them. Feeds and
# digests have several long ones, or none.
_MAIN = 150.0
_TIMES = 5.0
_TEASERS = 3


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
    further: float = 1.0,
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
        That one of the page's seams is true must be at least this probable, taking them for
        independent, or the page is not cut. The first story's start needs less: it claims only that
        the page has a story.
    further : float
        What each seam needs; more than ``threshold`` counts as ``threshold``. If it is less, what
        is short is looked at twice: see above.
    headline : int64 array, shape (n_blocks,), optional
        Equal numbers for equal lines, -1 for lines that say nothing of their own, such as a date. A
        story that begins with the line that another one began with is that story once more.

    Returns
    -------
    list of Span
        In order, disjoint; empty where the page holds no story.
    """
    n = len(proba)
    if n == 0:
        return []
    body = tokens * (1.0 - proba[:, OUTSIDE])
    mass = running_sums(body)
    start = gather_starts(proba[:, START], mass)
    starts = _with_first(_choose(start, mass, min(further, threshold)), proba, mass)
    if headline is not None:
        starts = _once(starts, headline)
    if further < threshold:
        starts = _less_doubtful(starts, start, mass, min(_SHORT_CHANCE, threshold))
    if not starts:
        return []
    if 1.0 - np.prod(1.0 - start[starts[1:]].astype(np.float64)) < threshold * 0.999:
        # One story: it begins where a page of one story would, or failing that at its first start.
        starts = (_with_first(_choose(start, mass, threshold), proba, mass) or starts)[:1]
    own = proba[:, OUTSIDE] < 0.5
    spans = []
    for first, bound in zip(starts, [*starts[1:], n], strict=True):
        inside = own[first:bound].copy()
        inside[0] = True
        last = first + int(np.flatnonzero(inside)[-1]) + 1
        spans.append(Span(first, last, float(start[first]), inside[: last - first]))
    main = _main_of(_lengths(starts, mass)) if further < threshold else None
    return spans if main is None else [spans[main]]


def _lengths(starts: list[int], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Words of body from each start to the next one or the page's end."""
    return np.diff(mass[[*starts, len(mass) - 1]])


def _less_doubtful(
    starts: list[int], start: Floats, mass: NDArray[np.float64], least: float
) -> list[int]:
    """Starts without the seams before very short stories that are less likely than ``least``.

    The least likely goes first: what it leaves behind makes the story before it longer.
    """
    kept = starts
    while len(kept) > 1 and len(starts) < MANY:
        chance = np.where(_lengths(kept, mass) < _SHORT, start[kept], 1.0)[1:]
        worst = int(np.argmin(chance))
        if chance[worst] >= least:
            break
        kept = kept[: worst + 1] + kept[worst + 2 :]
    return kept


def _main_of(lengths: NDArray[np.float64]) -> int | None:
    """Which of a page's stories the others are teasers of; None where they are stories."""
    short = lengths < _SHORT
    if short.sum() < _TEASERS or (~short).sum() != 1:
        return None
    main = int(np.argmax(lengths))
    enough = max(_MAIN, _TIMES * float(np.median(lengths[short])))
    return main if lengths[main] >= enough else None


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
