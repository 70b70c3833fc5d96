"""Texts that are one text: the same wire story at two outlets, a later version, a shortened one.

Every text is reduced to a sample of the hashes of its 32-character shingles, white space and case
set aside, so that line breaks and scripts without spaces do not matter; nor do, where they are
many, soft hyphens and accents that are characters of their own. The sample is taken by the
hash's own value (a bottom slice, as in FracMinHash, Irber et al. 2022), so the same shingle is kept
in every text or in none, and the share of one sample found in another estimates how much of the
shorter text the longer one contains. Fifty thousand articles take about ten seconds.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from model.characters import UNSEEN

__all__ = ["COPY", "duplicate_pairs", "first_of_each", "forget_sketches"]

Hashes = NDArray[np.uint64]
Ints = NDArray[np.int64]

#: More of a text than this in another one makes it a copy: two reports on one event that quote the
#: same statement share up to about a quarter.
COPY = 0.35

# Shingle of 2**5 characters: five or six words. Shorter ones meet by chance in formulaic news.
_DOUBLINGS = 5
# Of all shingles one in 16 is kept: about 40 for the shortest articles that corpora have (600
# characters), where an estimate of containment is good to about .08.
_KEEP_BITS = 4
_MULTIPLIER = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
# A shingle in more texts than this is a publisher's phrase and says nothing about copying, unless a
# text is made of such shingles: then it is itself what more texts than this have.
_COMMON = 40
# Fewer than this many shared shingles are a quotation, however short the text is.
_LEAST_SHARED = 4
# Hashes are sorted and compared in 2**4 parts, by their value. Those of 200,000 articles are 0.4
# GB, and what is made of them to compare them is five times as much.
_PART_BITS = 4

# Sketches by the digest of their text, as a training asks for copies four times, of the same
# articles but for those that it has left out; not by the text, which would stay in memory. Beyond
# so many, of some 2 kB each, they are made anew: what is asked for in turn is never asked for soon.
_MOST_KEPT = 250_000
_kept: dict[bytes, Hashes] = {}
# Each sign that nobody sees, or accent that is a character of its own, is in 32 shingles: one in so
# many characters spoils a quarter of them at most, and hides no copy. Texts with fewer are taken as
# they are, so that those of the corpora keep the samples that models were divided by.
_HIDING = 128
_UNSEEN = re.compile(f"[{re.escape(UNSEEN)}]+")


def forget_sketches() -> None:
    """Free what is kept of texts: nothing will be asked of them again soon."""
    _kept.clear()


def _sketch(text: str) -> Hashes:
    """Sampled shingle hashes of one text, sorted and distinct."""
    key = _digest(text)
    sketch = _kept.get(key)
    if sketch is None:
        sketch = _sample(text)
        if len(_kept) < _MOST_KEPT:
            _kept[key] = sketch
    return sketch


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _letters(text: str) -> str:
    """What shingles are taken of."""
    letters = "".join(text.casefold().split())
    seen = "".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text)).casefold().split())
    return seen if len(letters) - len(seen) > len(letters) // _HIDING else letters


def _sample(text: str) -> Hashes:
    letters = _letters(text)
    hashes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    rolling = hashes.astype(np.uint64) + np.uint64(1)
    base, width = _MULTIPLIER, 1
    for _ in range(_DOUBLINGS):
        if len(rolling) <= width:
            return np.empty(0, np.uint64)
        rolling = rolling[:-width] * np.uint64(base) + rolling[width:]
        base, width = base * base & _MASK, width * 2
    # The sum is linear in the characters; mixed, its high bits are as good as random.
    rolling ^= rolling >> np.uint64(32)
    rolling *= np.uint64(0xD6E8FEB86659FD93)
    rolling ^= rolling >> np.uint64(29)
    kept: Hashes = np.unique(rolling[rolling >> np.uint64(64 - _KEEP_BITS) == 0])
    return kept


def duplicate_pairs(texts: Sequence[str], threshold: float) -> NDArray[np.int64]:
    """Pairs of texts of which the shorter is contained in the other.

    Parameters
    ----------
    texts : sequence of str
        Any; short ones have no shingles and no duplicates.
    threshold : float
        Share of the smaller sample that both have, 0 to 1.

    Returns
    -------
    ndarray of shape (n_pairs, 2)
        Indexes, the lower one first.
    """
    sketches = [_sketch(text) for text in texts]
    sizes = np.array([len(sketch) for sketch in sketches], np.int64)
    none = np.empty((0, 2), np.int64)
    if not sizes.sum():
        return none
    hashes, ends = np.concatenate(sketches), np.cumsum(sizes)
    del sketches
    found: list[Ints] = []
    common = np.zeros(len(texts), np.int64)
    for some, owners in _parts(hashes, ends):
        counts = _counts(some)
        found += [low * len(texts) + high for low, high in _sharing(some, owners, counts)]
        common += np.bincount(owners[counts > _COMMON], minlength=len(texts))
    # What is left of these is too little to find even a whole copy by.
    made_of_it = common > (1 - threshold) * sizes
    if made_of_it.any():
        for some, owners in _parts(hashes, ends):
            kept = (_counts(some) > _COMMON) & made_of_it[owners]
            found += [low * len(texts) + high for low, high in _starred(some[kept], owners[kept])]
    if not found:
        return none
    keys, shared = np.unique(np.concatenate(found), return_counts=True)
    left, right = keys // len(texts), keys % len(texts)
    smaller = np.minimum(sizes[left], sizes[right])
    alike = (shared >= _LEAST_SHARED) & (shared >= threshold * smaller)
    return np.stack((left[alike], right[alike]), axis=1)


def _parts(hashes: Hashes, ends: Ints) -> Iterator[tuple[Hashes, Ints]]:
    """Sorted hashes and the text of each, one range of values after another.

    Parameters
    ----------
    hashes : uint64 array, shape (n_hashes,)
        Those of one text after those of another.
    ends : int64 array, shape (n_texts,)
        Where the hashes of each text end.
    """
    width = 1 << (64 - _KEEP_BITS - _PART_BITS)
    for part in range(1 << _PART_BITS):
        low, last = np.uint64(part * width), np.uint64((part + 1) * width - 1)
        at = np.flatnonzero((hashes >= low) & (hashes <= last))
        at = at[np.argsort(hashes[at], kind="stable")]
        yield hashes[at], np.searchsorted(ends, at, side="right")


def _groups(hashes: Hashes) -> tuple[Ints, Ints]:
    """Where each group of equal ones among sorted hashes begins, and how many it has."""
    starts = np.flatnonzero(np.diff(hashes, prepend=hashes[:1] + np.uint64(1)))
    return starts, np.diff(np.append(starts, len(hashes)))


def _counts(hashes: Hashes) -> Ints:
    """Of each of the sorted hashes, how many are equal to it."""
    _, counts = _groups(hashes)
    return np.repeat(counts, counts)


def _sharing(hashes: Hashes, owners: Ints, counts: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of texts that share a hash, as often as they share one, the lower first."""
    # Each hash only where its group is small enough; groups stay contiguous.
    usable = (counts > 1) & (counts <= _COMMON)
    hashes, owners = hashes[usable], owners[usable]
    for step in range(1, _COMMON):
        same = np.flatnonzero(hashes[step:] == hashes[:-step])
        if not len(same):
            break
        yield owners[same], owners[same + step]


def _starred(hashes: Hashes, owners: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Of the texts that share a hash, each with the first and with the next one.

    All pairs of a thousand versions of one text would be half a million for every hash.
    """
    starts, counts = _groups(hashes)
    first = np.repeat(owners[starts], counts)
    others = first != owners
    yield first[others], owners[others]
    same = np.flatnonzero((hashes[1:] == hashes[:-1]) & others[:-1])
    yield owners[same], owners[same + 1]


def first_of_each(texts: Sequence[str], names: Sequence[str], threshold: float) -> list[int]:
    """Indexes of texts that no kept text contains, in order; of two alike the longer stays.

    Parameters
    ----------
    texts, names : sequences of str
        A name decides between texts of one length, so that the order of the files does not.
    threshold : float
        As for `duplicate_pairs`.
    """
    # By a digest: the texts themselves would be in memory twice.
    whole: dict[bytes, int] = {}
    for index in sorted(range(len(texts)), key=lambda i: (-len(texts[i]), names[i])):
        whole.setdefault(_digest(_letters(texts[index])), index)
    ranked = list(whole.values())
    del whole
    pairs = duplicate_pairs([texts[index] for index in ranked], threshold)
    better: dict[int, list[int]] = {}
    for high, low in pairs.tolist():
        better.setdefault(low, []).append(high)
    kept = np.ones(len(ranked), bool)
    for low in sorted(better):
        kept[low] = not any(kept[high] for high in better[low])
    return sorted(ranked[rank] for rank in np.flatnonzero(kept))
