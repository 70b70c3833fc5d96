"""What comes back on a page: lines, and headers that look alike.

On a page of several stories all headers wear one dress: the same run of line shapes in text, the
same elements and classes in HTML. A header that came once and comes again, with body between, is
the strongest sign of a feed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, running_sums
from model.look import Look

__all__ = [
    "header_pattern",
    "line_codes",
    "order_codes",
    "repetition",
    "run_codes",
    "segment_pattern",
]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Named = tuple[str, Callable[[Look], Floats]]

# Distances beyond this many words say no more.
_FAR = 5000.0
# Characters of a line of text with a stop at its end, and without; a sign of Chinese counts twice.
_TEXT, _LONG = 60, 150


def _keyed(batch: Batch, key: Ints) -> Ints:
    """A key of small numbers, from -1 on, that is only equal within one page."""
    return batch.page_of * (int(key.max(initial=0)) + 2) + key + 1


def _occurrences(batch: Batch, key: Ints) -> tuple[Ints, Ints, Ints]:
    """For each block: how often its key stands on its page, and the blocks where it stood before
    and stands next (-1: nowhere)."""
    n = len(batch)
    keyed = _keyed(batch, key)
    order = np.argsort(keyed, kind="stable")
    same = np.zeros(n, bool)
    same[1:] = keyed[order[1:]] == keyed[order[:-1]]
    before = np.full(n, -1, np.int64)
    after = np.full(n, -1, np.int64)
    at = np.flatnonzero(same)
    before[order[at]] = order[at - 1]
    after[order[at - 1]] = order[at]
    group = np.cumsum(~same) - 1
    counts = np.empty(n, np.int64)
    counts[order] = np.bincount(group)[group] if n else 0
    return counts, before, after


def _words_between(look: Look, low: Ints, high: Ints) -> Floats:
    """log(1 + words) from block ``low`` to block ``high``; NaN where either is -1."""
    total = running_sums(look.tokens)
    distance = total[np.maximum(high, 0)] - total[np.maximum(low, 0)]
    out = np.log1p(np.clip(distance, 0.0, _FAR))
    return np.where((low < 0) | (high < 0), np.nan, out).astype(np.float32)


def _run_code(batch: Batch, code: Ints, length: int) -> Ints:
    """One code for a run of ``length`` blocks from each block on."""
    base = int(code.max(initial=0)) + 2
    # What is beyond the page is 0.
    padded = np.append(code + 1, 0)
    out = padded[batch.places(0)]
    for step in range(1, length):
        if step > 1 and base**length >= 1 << 62:
            _, out = np.unique(out, return_inverse=True)
        out = out * base + padded[batch.places(step)]
    return np.unique(out, return_inverse=True)[1].astype(np.int64)


def _comes_back(name: str, key: Callable[[Look], Ints | None]) -> Iterable[Named]:
    """Features of a key that returns: how often, how many words ago, in how many words."""

    def measure(look: Look, pick: int) -> Floats:
        code = key(look)
        n = len(look.batch)
        if code is None:
            return np.full(n, np.nan, np.float32)
        counts, before, after = look.once(
            ("occurrences", name), lambda: _occurrences(look.batch, code)
        )
        at = np.arange(n)
        if pick == 0:
            return np.asarray(np.log1p(counts), dtype=np.float32)
        if pick == 1:
            return _words_between(look, before, np.where(before < 0, -1, at))
        return _words_between(look, np.where(after < 0, -1, at), after)

    yield f"{name}_times", lambda look: measure(look, 0)
    yield f"{name}_words_ago", lambda look: measure(look, 1)
    yield f"{name}_words_ahead", lambda look: measure(look, 2)


def line_codes(look: Look) -> Ints:
    """Equal small numbers for equal lines, shape (n_blocks,)."""
    code: Ints = look.once("line", lambda: np.unique(look.layout.line, return_inverse=True)[1])
    return code


def repetition() -> Iterable[Named]:
    """Features of lines that stand on the page more than once."""
    yield from _comes_back("line", line_codes)

    def blocks_to(look: Look, forward: bool) -> Floats:
        _, before, after = look.once(
            ("occurrences", "line"), lambda: _occurrences(look.batch, line_codes(look))
        )
        at = np.arange(len(look.batch))
        other = after if forward else before
        return np.where(other < 0, np.nan, np.minimum(np.abs(other - at), 200)).astype(np.float32)

    yield "line_blocks_ahead", lambda look: blocks_to(look, True)
    yield "line_blocks_ago", lambda look: blocks_to(look, False)


def run_codes(look: Look, length: int) -> Ints:
    """Equal small numbers where runs of ``length`` lines look alike, shape (n_blocks,)."""
    measure = partial(_run_code, look.batch, look.layout.shape, length)
    code: Ints = look.once(("shape run", length), measure)
    return code


def order_codes(look: Look) -> Ints:
    """Equal small numbers where four lines on end are of the same kinds, shape (n_blocks,).

    The kinds are three (date, text, other line), so that "By Ana Brook" and three names with their
    trades are alike: tops of one page differ in the look of their lines, and hardly in what stands
    there in which order.
    """

    def measure() -> Ints:
        columns = look.layout.columns
        length = columns["length"] * (1 + columns["uncased"])
        text = (length >= _LONG) | ((columns["ends_stop"] > 0) & (length >= _TEXT))
        return _run_code(look.batch, np.where(text, 2, columns["date"] > 0).astype(np.int64), 4)

    code: Ints = look.once("order", measure)
    return code


def _run(length: int) -> Callable[[Look], Ints]:
    return partial(run_codes, length=length)


def _dress_run(length: int) -> Callable[[Look], Ints | None]:
    def key(look: Look) -> Ints | None:
        if look.dress is None:
            return None
        measure = partial(_run_code, look.batch, look.dress.astype(np.int64) + 1, length)
        code: Ints = look.once(("dress run", length), measure)
        return code

    return key


def header_pattern() -> Iterable[Named]:
    """Features of header-like runs that come back."""
    for length in (2, 4):
        yield from _comes_back(f"shape_run_{length}", _run(length))
    for length in (1, 3):
        for name, function in _comes_back(f"dress_run_{length}", _dress_run(length)):
            yield name, _where_dressed(function)


def _where_dressed(function: Callable[[Look], Floats]) -> Callable[[Look], Floats]:
    """The same feature, NaN on pages without markup: other pages of the batch must not matter."""

    def dressed(look: Look) -> Floats:
        if look.dress is None:
            return np.full(len(look.batch), np.nan, np.float32)
        return np.where(look.dress >= 0, function(look), np.nan).astype(np.float32)

    return dressed


def segment_pattern() -> Iterable[Named]:
    """Features of the second look: what the first look's probabilities say of the page."""

    def mean_of_alike(look: Look, key: Callable[[Look], Ints | None]) -> Floats:
        """Mean start probability of the *other* blocks of the page that look like this one."""
        code = key(look)
        assert look.proba is not None
        start = look.proba[:, 2].astype(np.float64)
        if code is None:
            return np.full(len(start), np.nan, np.float32)
        group = _keyed(look.batch, code)
        total = np.bincount(group, start)[group] - start
        count = np.bincount(group)[group] - 1
        return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)

    yield "alike_shape_2", lambda look: mean_of_alike(look, _run(2))
    yield "alike_shape_3", lambda look: mean_of_alike(look, _run(3))
    alike = partial(mean_of_alike, key=_dress_run(1))
    yield "alike_dress_1", _where_dressed(alike)

    def header_top(look: Look, by: int, key: Callable[[Look], Ints | None]) -> Floats:
        """Share of the page's other starts that have the same look of line above them as this
        block is (``by`` 0: is this line the top of the next one's header?) or as stands above it
        (``by`` -1: is this one the top itself?)."""
        code = key(look)
        assert look.proba is not None
        batch, n = look.batch, len(look.batch)
        if code is None:
            return np.full(n, np.nan, np.float32)
        at = np.arange(n)
        start = look.proba[:, 2].astype(np.float64)
        above = np.where(at > batch.first, code[np.maximum(at - 1, 0)], -1)
        keyed = _keyed(batch, above)
        size = int(keyed.max(initial=0)) + 1
        mass = np.bincount(keyed, start, minlength=size)
        total = np.bincount(batch.page_of, start, minlength=len(batch.pages))[batch.page_of]
        # The start whose line above is meant: the next block's for by 0, this block's for by -1.
        own_at = np.minimum(at + 1 + by, batch.last - 1)
        own = start[own_at]
        same = mass[keyed[own_at]] - own
        share = same / np.maximum(total - own, 1e-3)
        return np.where(total - own > 0.3, share, np.nan).astype(np.float32)

    yield "top_of_next", lambda look: header_top(look, 0, _run(1))
    yield "top_itself", lambda look: header_top(look, -1, _run(1))
    dress_top = partial(header_top, key=_dress_run(1))
    yield "top_of_next_dress", _where_dressed(partial(dress_top, by=0))
    yield "top_itself_dress", _where_dressed(partial(dress_top, by=-1))

    def stories(look: Look) -> Floats:
        """Expected number of starts on the page."""
        assert look.proba is not None
        batch = look.batch
        total = running_sums(look.proba[:, 2])
        return np.asarray(np.log1p(total[batch.last] - total[batch.first]), dtype=np.float32)

    yield "starts_expected", stories

    def body(look: Look, forward: bool, threshold: float) -> Floats:
        """Words of story from here to the next likely start, or back to the last one."""
        assert look.proba is not None
        batch = look.batch
        n = len(batch)
        at = np.arange(n)
        mass = running_sums(look.tokens * look.proba[:, 1])
        likely = look.proba[:, 2] > threshold
        if forward:
            marks = np.where(likely, at, n)
            ahead = np.minimum.accumulate(marks[::-1])[::-1]
            bound = np.minimum(np.append(ahead[1:], n), batch.last)
            return np.asarray(np.log1p(np.maximum(mass[bound] - mass[at], 0)), dtype=np.float32)
        marks = np.where(likely, at, -1)
        ago = np.maximum.accumulate(marks)
        bound = np.maximum(np.concatenate([[-1], ago[:-1]])[:n], batch.first)
        return np.asarray(np.log1p(np.maximum(mass[at] - mass[bound], 0)), dtype=np.float32)

    for threshold in (0.2, 0.5):
        yield f"body_ahead_{threshold}", partial(body, forward=True, threshold=threshold)
        yield f"body_ago_{threshold}", partial(body, forward=False, threshold=threshold)

    def outside_near(look: Look, low: int, high: int) -> Floats:
        assert look.proba is not None
        batch = look.batch
        total = running_sums(look.proba[:, 0])
        at = np.arange(len(batch))
        left = np.minimum(np.maximum(at + low, batch.first), batch.last)
        right = np.minimum(np.maximum(at + high, batch.first), batch.last)
        share = (total[right] - total[left]) / np.maximum(right - left, 1)
        return np.asarray(share, dtype=np.float32)

    yield "outside_behind", lambda look: outside_near(look, -10, 0)
    yield "outside_ahead", lambda look: outside_near(look, 1, 11)
