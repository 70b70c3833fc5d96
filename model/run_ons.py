"""Where inside a sentence does a story begin, if the one before ends without a full stop?

Where line breaks are lost, blocks are sentences, and a story may end with what no stop stands
behind: "Follow her on Twitter: @imara_quill WELLEN - The harbour board said …" is one sentence by
any rule. Of 1,434 seams between articles of the corpora, joined by a space, 258 are of that kind.
The trees find the sentence. Here its words are asked which of them is the story's first: whether
the page writes a word small elsewhere, what stands before it, and what each part of the sentence
has in common with the stories on either side. Then the page is told as if the sentence were two.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch
from model.decoder import INSIDE, OUTSIDE, START, Span
from model.first_words import WORD, WRITTEN_COLUMNS, Sentence, written
from model.look import Look
from model.page import Page
from model.word_space import WordSpace
from model.wording import ROLES, Wording

__all__ = ["RUN_ON_COLUMNS", "RunOns", "list_run_ons", "part", "parted_at"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Sentences whose parts are in memory at once.
_AT_ONCE = 32
# Blocks on either side that the parts of the sentence are compared with.
_REACH = 6
#: Of a candidate: what it looks like; how much rather the words before it belong to the story
#: before than to the one after, also beside the best candidate (``less``); what each part has in
#: common with its story, and what it reads like, also beside a sentence that is left whole
#: (``more``); and the share of the page's words that are known, without which all that says little.
RUN_ON_COLUMNS = (
    *WRITTEN_COLUMNS,
    "parts", "parts_less", "parts_rank", "left_alike", "right_alike",
    "lead", "lead_more", "closing", "closing_more", "above_lead", "known",
)  # fmt: skip


@dataclass(frozen=True)
class RunOns:
    """The words that may be the first of a story.

    Attributes
    ----------
    rows : float32 array, shape (n_candidates, n_columns)
        ``RUN_ON_COLUMNS`` of each.
    block : int64 array, shape (n_candidates,)
        The sentence of each, within the batch.
    offset : int64 array, shape (n_candidates,)
        Characters of the sentence before each; 0 for its first word.
    """

    rows: Floats
    block: Ints
    offset: Ints


def list_run_ons(look: Look, blocks: Sequence[int], space: WordSpace, wording: Wording) -> RunOns:
    """What there is to know of the words of some sentences.

    Parameters
    ----------
    look : Look
    blocks : sequence of int
        First blocks of stories, within the batch. Those that begin a line or page, or have one
        candidate alone, are left out.
    """
    batch = look.batch
    inner = [at for at in blocks if batch.breaks[at] == 0 and at > batch.first[at]]
    read = [(at, Sentence.read(batch.blocks[at])) for at in inner]
    read = [(at, sentence) for at, sentence in read if len(sentence.candidates) > 1]
    if not read:
        none = np.zeros(0, np.int64)
        return RunOns(np.zeros((0, len(RUN_ON_COLUMNS)), np.float32), none, none)
    counts: dict[int, Counter[str]] = {}
    rows: list[list[float]] = []
    for at, sentence in read:
        page = int(batch.page_of[at])
        if page not in counts:
            counts[page] = Counter(WORD.findall(batch.pages[page].text))
        rows += written(sentence, counts[page])
    sizes = np.asarray([len(sentence.candidates) for _, sentence in read], np.int64)
    known = space.known_share(batch)
    meant = np.vstack(
        [
            _meant(look, read[i : i + _AT_ONCE], sizes[i : i + _AT_ONCE], space, wording, known)
            for i in range(0, len(read), _AT_ONCE)
        ]
    )
    return RunOns(
        np.hstack([np.asarray(rows, np.float32), meant]),
        np.repeat(np.asarray([at for at, _ in read], np.int64), sizes),
        np.asarray([s.begins[i] if i else 0 for _, s in read for i in s.candidates], np.int64),
    )


def parted_at(run_ons: RunOns, chances: Floats) -> dict[int, int]:
    """Block -> characters before the likeliest first word; without those where it is the first."""
    order = np.lexsort((-chances.astype(np.float64), run_ons.block))
    blocks, first = np.unique(run_ons.block[order], return_index=True)
    best = run_ons.offset[order[first]]
    return {int(at): int(offset) for at, offset in zip(blocks, best, strict=True) if offset}


def part(
    page: Page, proba: Floats, spans: Sequence[Span], cuts: dict[int, int]
) -> tuple[Page, Floats, list[Span]]:
    """A page, its label probabilities and its stories with some sentences made two.

    Parameters
    ----------
    proba : float32 array, shape (n_blocks, 3)
    cuts : dict
        First block of a story -> its characters that belong to what stands before.
    """
    at = sorted(cuts)
    left = proba[[block - 1 for block in at]]  # as what it goes on,
    left[:, INSIDE] += left[:, START]  # which may have been a start; it is none
    left[:, START] = 0.0
    own = dict(zip(at, (left[:, OUTSIDE] < 0.5).tolist(), strict=True))
    out = []
    for span in spans:
        # A block that is cut gives its place to its left part, and is one further on.
        first = span.first + bisect_right(at, span.first)
        inside = span.inside
        if own.get(span.last, False):
            inside = np.append(inside, True)
        out.append(replace(span, first=first, last=first + len(inside), inside=inside))
    return page.parted(cuts), np.insert(proba, at, left, axis=0), out


def _meant(
    look: Look,
    read: Sequence[tuple[int, Sentence]],
    sizes: Ints,
    space: WordSpace,
    wording: Wording,
    known: Floats,
) -> Floats:
    """What both parts of the sentence say at each candidate."""
    batch = look.batch
    # Left and right part at each candidate: a page of two lines.
    halves = Batch.read([_in_two(s, i) for _, s in read for i in s.candidates], space.table)
    vectors = space.block_vectors(halves)
    reads = wording.scores(halves)
    left, right = vectors[0::2], vectors[1::2]
    lead, closing = ROLES.index("lead"), ROLES.index("closing")
    above = [slice(max(at - _REACH, batch.first[at]), at) for at, _ in read]
    below = [slice(at + 1, min(at + 1 + _REACH, batch.last[at])) for at, _ in read]
    before, after = (
        _length_one(np.stack([look.cohesion.meaning[one].sum(axis=0) for one in side]))
        for side in (above, below)
    )
    story = np.repeat(np.arange(len(read)), sizes)
    first = np.cumsum(sizes) - sizes
    # How much rather the words so far belong to the story before than to the one after.
    parts = np.einsum("cd,cd->c", left, (before - after)[story])
    best = np.maximum.reduceat(parts, first)[story]
    order = np.lexsort((-parts, story))
    rank = np.empty(len(parts))
    rank[order] = np.arange(len(parts)) - first[story]
    leads, closings = reads[1::2, lead], reads[0::2, closing]
    columns = [
        parts,
        parts - best,
        rank,
        np.einsum("cd,cd->c", left, before[story]),
        np.einsum("cd,cd->c", right, after[story]),
        leads,
        leads - leads[first][story],
        closings,
        closings - closings[first + sizes - 1][story],
        reads[0::2, lead],
        known[[at for at, _ in read]][story],
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _in_two(sentence: Sentence, candidate: int) -> Page:
    """A page of what stands before a candidate, which may be nothing, and of the rest."""
    text, begin = sentence.text, sentence.begins[candidate] if candidate else 0
    bounds = np.array([0, begin, len(text)], np.int64)
    return Page(text, bounds[:-1], bounds[1:], np.array([0, 1], np.int64))


def _length_one(vectors: Floats) -> Floats:
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norm, 1e-9), np.float32)
