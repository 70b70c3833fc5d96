"""Words that come back: what ties the text before a gap to the text after it in any language.

Every occurrence of a word is linked with the next one on the page (lexical chains, Morris and
Hirst 1991); what crosses a gap holds it together. No knowledge of the language is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, depth

__all__ = ["Links", "link_words", "measure_chains", "share_segments"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# How far back, in words, an earlier occurrence still ties two places together.
REACHES = (40, 120, 400)


@dataclass(frozen=True)
class Links:
    """Each pair of an occurrence of a word and its next one on the page."""

    before: Ints
    after: Ints
    token_before: Ints
    token_after: Ints
    distance: Ints
    weight: Floats
    name: NDArray[np.bool_]


def link_words(batch: Batch, rarity: Floats) -> Links:
    """Link every token with the next equal one of its page; time n log n in the tokens."""
    words = batch.words
    page = batch.page_of[words.blocks] if len(batch) else words.blocks
    order = np.lexsort((words.ids, page))
    left, right = order[:-1], order[1:]
    same = (words.ids[left] == words.ids[right]) & (page[left] == page[right])
    left, right = left[same], right[same]
    return Links(
        before=words.blocks[left],
        after=words.blocks[right],
        token_before=left,
        token_after=right,
        distance=right - left,
        weight=rarity[left],
        name=words.capital[left] & words.capital[right],
    )


def measure_chains(batch: Batch, links: Links, rarity: Floats, prose: Floats) -> dict[str, Floats]:
    """Columns by name, one value for the gap before each block.

    Parameters
    ----------
    rarity : float32 array, shape (n_tokens,)
    prose : float32 array, shape (n_blocks,)
        How much each block counts, 0 (furniture) to 1 (story).
    """
    n = len(batch)
    blocks = batch.words.blocks
    mass = np.bincount(blocks, rarity, minlength=n) * prose
    ruler = np.concatenate([[0.0], np.cumsum(mass)])
    tokens = np.concatenate([[0], np.cumsum(np.bincount(blocks, minlength=n))])
    strength = links.weight * prose[links.before] * prose[links.after]
    gap = np.arange(n)
    out: dict[str, Floats] = {}

    def crossing(keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Weight of the links that cross the gap before each block."""
        opened = np.bincount(links.before[keep] + 1, strength[keep], minlength=n + 2)
        closed = np.bincount(links.after[keep] + 1, strength[keep], minlength=n + 2)
        return np.cumsum(opened - closed)[:n]

    for reach in REACHES:
        low = np.clip(np.searchsorted(tokens, tokens[:-1] - reach), batch.first, gap)
        high = np.clip(np.searchsorted(tokens, tokens[:-1] + reach), gap, batch.last)
        room = np.minimum(ruler[gap] - ruler[low], ruler[high] - ruler[gap])
        near = links.distance <= reach
        across = crossing(near)
        out[f"chains_{reach}"] = (across / (room + 1.0)).astype(np.float32)
        if reach > REACHES[0]:
            out[f"names_{reach}"] = (crossing(near & links.name) / (room + 1.0)).astype(np.float32)
    valleys = depth(np.stack([out[f"chains_{reach}"] for reach in REACHES[1:]]), batch)
    for reach, valley in zip(REACHES[1:], valleys, strict=True):
        out[f"chain_depth_{reach}"] = valley

    seen = np.bincount(links.after, strength * (links.before < links.after), minlength=n)
    returns = np.bincount(links.before, strength * (links.before < links.after), minlength=n)
    # What is new here and comes back soon is what a story introduces: its lead is full of it.
    first_time = np.ones(len(rarity), bool)
    first_time[links.token_after] = False
    fresh = first_time[links.token_before] & (links.distance <= 400)
    for name, keep in (("introduces", fresh), ("introduces_names", fresh & links.name)):
        brought = np.bincount(links.before[keep], strength[keep], minlength=n)
        out[name] = (brought / (mass + 0.5)).astype(np.float32)
    new = np.maximum(mass - seen, 0.0)
    ending = np.maximum(mass - returns, 0.0)
    out["block_new"] = (new / (mass + 0.5)).astype(np.float32)
    out["block_ends"] = (ending / (mass + 0.5)).astype(np.float32)
    new_sum = np.concatenate([[0.0], np.cumsum(new)])
    end_sum = np.concatenate([[0.0], np.cumsum(ending)])
    for reach in (40, 120):
        low = np.clip(np.searchsorted(tokens, tokens[:-1] - reach), batch.first, gap)
        high = np.clip(np.searchsorted(tokens, tokens[:-1] + reach), gap, batch.last)
        ahead = (new_sum[high] - new_sum[gap]) / (ruler[high] - ruler[gap] + 0.5)
        behind = (new_sum[gap] - new_sum[low]) / (ruler[gap] - ruler[low] + 0.5)
        out[f"new_ahead_{reach}"] = ahead.astype(np.float32)
        out[f"new_rise_{reach}"] = (ahead - behind).astype(np.float32)
        closing = (end_sum[gap] - end_sum[low]) / (ruler[gap] - ruler[low] + 0.5)
        out[f"ends_behind_{reach}"] = closing.astype(np.float32)
    return out


def share_segments(
    batch: Batch,
    links: Links,
    rarity: Floats,
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
    mass = np.bincount(batch.words.blocks, rarity, minlength=n) * prose
    ruler = np.concatenate([[0.0], np.cumsum(mass)])
    gap = np.arange(n)
    room = np.sqrt((ruler[gap] - ruler[left]) * (ruler[right] - ruler[gap])) + 1.0
    apart: Ints = segment[links.after] - segment[links.before]
    out: dict[str, Floats] = {}
    for name, some in (("shared_words", np.ones(len(apart), bool)), ("shared_names", links.name)):
        strength = links.weight * prose[links.before] * prose[links.after] * some
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
