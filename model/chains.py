"""Words that come back: what ties the text before a gap to the text after it in any language.

Every occurrence of a word is linked with the next one on the page (lexical chains, Morris and
Hirst 1991); what crosses a gap holds it together. No knowledge of the language is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, running_sums

__all__ = ["Links", "link_words", "measure_chains", "share_segments"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# How far back, in words, an earlier occurrence still ties two places together.
REACHES = (40, 120, 400)
# Within this many words what is new comes back, if it is what a story is about.
_SOON = 400
# Weights are float32, with 24 bits; what sums of dozens of them leave below this share is rounding.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class Crossing:
    """Some of the links, to be weighed where they cross gaps.

    Attributes
    ----------
    which : int32 array, shape (n_some,)
        The links by number.
    opened, closed : int32 arrays, shape (n_some,)
        One past the block of each end: the first gap that the link crosses, and the first after.
    """

    which: NDArray[np.int32]
    opened: NDArray[np.int32]
    closed: NDArray[np.int32]

    def weigh(self, strength: Floats, n: int) -> NDArray[np.float64]:
        """Weight that crosses the gap before each block, shape (n,)."""
        some = strength[self.which]
        opened = np.bincount(self.opened, some, minlength=n + 2)
        closed = np.bincount(self.closed, some, minlength=n + 2)
        return np.cumsum(opened - closed)[:n]


@dataclass(frozen=True)
class Links:
    """Each pair of an occurrence of a word and its next one on the page, and what looks share.

    Attributes
    ----------
    before, after : int64 arrays, shape (n_links,)
        The blocks of the two.
    weight : float32 array, shape (n_links,)
    name, fresh : bool arrays, shape (n_links,)
        Whether both have a capital; whether the first is the page's first and the next one near.
    crossings : dict
        By the name of the column that they give.
    mass : float64 array, shape (n_blocks,)
        How much all words of each block say.
    windows : dict
        For each reach the first block of the window before each block's gap, and one past the last
        of the window after it.
    """

    before: Ints
    after: Ints
    weight: Floats
    name: NDArray[np.bool_]
    fresh: NDArray[np.bool_]
    crossings: dict[str, Crossing]
    mass: NDArray[np.float64]
    windows: dict[int, tuple[Ints, Ints]]


def link_words(batch: Batch, weight: Floats, order: Ints) -> Links:
    """Link every token with the next equal one of its page; time linear in the tokens.

    Parameters
    ----------
    weight : float32 array, shape (n_tokens,)
        How much each token says.
    order : int64 array, shape (n_tokens,)
        The tokens by page and word, equal ones as they stand on the page.
    """
    words, n = batch.words, len(batch)
    page = batch.page_of[words.blocks] if n else words.blocks
    left, right = order[:-1], order[1:]
    same = (words.ids[left] == words.ids[right]) & (page[left] == page[right])
    left, right = left[same], right[same]
    before, after, distance = words.blocks[left], words.blocks[right], right - left
    name = words.capital[left] & words.capital[right]
    first_time = np.ones(len(weight), bool)
    first_time[right] = False

    def crossing(keep: NDArray[np.bool_]) -> Crossing:
        # Narrow numbers: they are kept for all looks, and a page of 100 MB has tens of millions.
        which = np.flatnonzero(keep).astype(np.int32)
        ends = (blocks[which].astype(np.int32) + 1 for blocks in (before, after))
        return Crossing(which, *ends)

    near = {reach: distance <= reach for reach in REACHES}
    crossings = {f"chains_{reach}": crossing(near[reach]) for reach in REACHES}
    crossings |= {f"names_{reach}": crossing(near[reach] & name) for reach in REACHES[1:]}
    return Links(
        before=before,
        after=after,
        weight=weight[left],
        name=name,
        fresh=first_time[left] & (distance <= _SOON),
        crossings=crossings,
        mass=np.bincount(words.blocks, weight, minlength=n).astype(np.float64),
        windows=_windows(batch),
    )


def _windows(batch: Batch) -> dict[int, tuple[Ints, Ints]]:
    tokens = running_sums(batch.sizes)
    gap = np.arange(len(batch))
    out = {}
    for reach in REACHES:
        low = np.searchsorted(tokens, tokens[:-1] - reach)
        high = np.searchsorted(tokens, tokens[:-1] + reach)
        out[reach] = (
            np.minimum(np.maximum(low, batch.first), gap),
            np.minimum(np.maximum(high, gap), batch.last),
        )
    return out


def measure_chains(batch: Batch, links: Links, prose: Floats) -> dict[str, Floats]:
    """Columns by name, one value for the gap before each block.

    Parameters
    ----------
    prose : float32 array, shape (n_blocks,)
        How much each block counts, 0 (furniture) to 1 (story).
    """
    n = len(batch)
    mass = links.mass * prose
    ruler = running_sums(mass)
    at = ruler[:-1]
    strength = links.weight * prose[links.before] * prose[links.after]
    out: dict[str, Floats] = {}
    for reach in REACHES:
        low, high = links.windows[reach]
        room = np.minimum(at - ruler[low], ruler[high] - at) + 1.0
        for name in (f"chains_{reach}", f"names_{reach}"):
            if name in links.crossings:
                across = links.crossings[name].weigh(strength, n)
                out[name] = (across / room).astype(np.float32)
    apart = strength * (links.before < links.after)
    seen = np.bincount(links.after, apart, minlength=n)
    returns = np.bincount(links.before, apart, minlength=n)
    # What is new here and comes back soon is what a story introduces: its lead is full of it.
    for name, keep in (("introduces", links.fresh), ("introduces_names", links.fresh & links.name)):
        brought = np.bincount(links.before, strength * keep, minlength=n)
        out[name] = (brought / (mass + 0.5)).astype(np.float32)
    new, ending = _rest(mass, seen), _rest(mass, returns)
    out["block_new"] = (new / (mass + 0.5)).astype(np.float32)
    out["block_ends"] = (ending / (mass + 0.5)).astype(np.float32)
    new_sum, end_sum = running_sums(new), running_sums(ending)
    for reach in (40, 120):
        low, high = links.windows[reach]
        ahead = (new_sum[high] - new_sum[:-1]) / (ruler[high] - at + 0.5)
        out[f"new_ahead_{reach}"] = ahead.astype(np.float32)
        if reach == 40:
            behind = (new_sum[:-1] - new_sum[low]) / (at - ruler[low] + 0.5)
            out[f"new_rise_{reach}"] = (ahead - behind).astype(np.float32)
        closing = (end_sum[:-1] - end_sum[low]) / (at - ruler[low] + 0.5)
        out[f"ends_behind_{reach}"] = closing.astype(np.float32)
    return out


def _rest(mass: NDArray[np.float64], known: NDArray[Any]) -> NDArray[np.float64]:
    """What of each block's mass is left; nothing where only rounding leaves some.

    Weights have seven digits, and a tree would split on what their sum leaves of them.
    """
    rest = mass - known
    return np.where(rest > _ROUNDING * mass, rest, 0.0)


def share_segments(
    batch: Batch,
    links: Links,
    prose: Floats,
    likely: NDArray[np.bool_],
    left: Ints,
    right: Ints,
) -> dict[str, Floats]:
    """What the whole segments on both sides of a gap have in common, however far apart it stands.

    A word that both sides hold has exactly one link across the gap, from its last occurrence
    before it to its first one after it, so that links count shared words once.

    Parameters
    ----------
    likely : bool array, shape (n_blocks,)
        Where segments begin.
    left, right : int64 arrays, shape (n_blocks,)
        First block of the segment before each gap, and one past the last of that after it.

    Returns
    -------
    dict of float32 arrays, shape (n_blocks,)
        ``shared_words`` and ``shared_names``: rarity of the words in common over the root of what
        both sides hold.
    """
    n = len(batch)
    cut = likely.copy()
    cut[batch.offsets[:-1][np.diff(batch.offsets) > 0]] = True
    segment = np.cumsum(cut)
    ruler = running_sums(links.mass * prose)
    at = ruler[:-1]
    room = np.sqrt((at - ruler[left]) * (ruler[right] - at)) + 1.0
    apart: Ints = segment[links.after] - segment[links.before]
    out: dict[str, Floats] = {}
    every = links.weight * prose[links.before] * prose[links.after]
    for name, strength in (("shared_words", every), ("shared_names", every * links.name)):
        # Between blocks of one segment the gap lies inside it; a gap where a segment begins has
        # the whole segments beside it.
        own = strength * (apart == 0)
        opened = np.bincount(links.before + 1, own, minlength=n + 2)
        closed = np.bincount(links.after + 1, own, minlength=n + 2)
        inside = np.cumsum(opened - closed)[:n]
        beside = np.bincount(segment[links.after], strength * (apart == 1), minlength=n + 2)
        across = np.where(cut, beside[segment], inside)
        out[name] = (across / room).astype(np.float32)
    return out
