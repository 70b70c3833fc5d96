"""What a page takes back with ``<del>``: words that an edit removed, but no price crossed out.

Browsers strike it through, which a text cannot: "oldnew" is what comes of
``<del>old</del><ins>new</ins>``. By the standard it is no longer part of the document. But of 11
real pages of 1,364 with deleted text, 6 cross out prices and go on about them: "Was $679 Now $579".
Such figures stay where they stand apart and nothing takes their place.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

__all__ = ["taken_back"]

Ints = NDArray[np.int64]

# Units and currencies have three letters, "USD" or "Rs".
_WORD = re.compile(r"[^\W\d_]{4}")
_ENDS = ",.;:!?)"  # and nothing at all
_DIGIT = re.compile(r"\d")
MAX_SPANS = 20_000  # that are looked at one by one; more are of no page, and all taken back


def taken_back(text: str, deleted: Ints, inserted: Ints | None) -> Ints | None:
    """Those of the deleted spans of a text that its story is told without; None if all stay.

    Parameters
    ----------
    deleted, inserted : int64 arrays, shape (n, 2)
        Spans of ``del`` and of ``ins``, ascending and disjoint; None where no ``ins`` is.
    """
    if len(deleted) > MAX_SPANS:
        return deleted
    beside: set[int] = set() if inserted is None else set(inserted.ravel().tolist())
    kept = [
        start not in beside and end not in beside and _is_price(text, start, end)
        for start, end in deleted.tolist()
    ]
    out = deleted[~np.array(kept)]
    return out if len(out) else None


def _is_price(text: str, start: int, end: int) -> bool:
    words = text[start:end]
    if _WORD.search(words) or not _DIGIT.search(words):
        return False
    before, after = text[start - 1 : start], text[end : end + 1]
    apart = not before or before.isspace() or before == "("
    return apart and (words[-1].isspace() or after.isspace() or after in _ENDS)
