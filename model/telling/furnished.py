"""Lines of a story that stand in elements which by their meaning hold no story's text.

A footer, a form, a caption, what a page offers to read beside it: labels are given line by line,
and of a line such as "© 2024 Daily Pier" within a story the markup is surer than its words.
Captions are also known by the credit at their end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.cues import CUES
from model.page import Page
from model.telling.picture_credits import is_picture_credit
from model.telling.shown import Shown

__all__ = ["without_furniture"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# On 46 of 1,364 real pages 147 lines of main stories stand in the first five while the story does
# not, and 2 of them are of it by the gold text. What classes are called is right of four lines in
# five to nine in ten. These were chosen one by one on the 1,160 pages that were learned from, where
# they bring .004 of main text F1; on the 201 of other sites .006. Lists, quotes, related and
# comments bring nothing: the classifier knows them.
_FURNITURE = [
    CUES.index(cue)
    for cue in (
        "in_footer",
        "in_form",
        "role_contentinfo",
        "role_complementary",
        "role_dialog",
        "in_aside",
        "hint_caption",
        "hint_byline",
        "hint_share",
        "own_hint_topic",
    )
]
# Share of a story's characters; where more stands there, the page is built in some other way, and
# what is mostly captions is a gallery of pictures.
_MOST = 0.2


def without_furniture(shown: Shown, own: Sequence[int]) -> Sequence[int]:
    """Those of a story's blocks that are not in furniture by the markup, and no captions."""
    if not own:
        return own
    page, blocks = shown.page, np.asarray(own)
    lengths = page.ends[blocks] - page.starts[blocks]
    left_out = np.zeros(len(blocks), bool)
    for furniture in (_in_furniture(page, blocks, lengths), _captions(shown, own)):
        if lengths[furniture].sum() <= _MOST * lengths.sum():
            left_out |= furniture
    return [k for k, out in zip(own, left_out.tolist(), strict=True) if not out]


def _in_furniture(page: Page, blocks: Ints, lengths: Ints) -> Flags:
    if page.markup is None:
        return np.zeros(len(blocks), bool)
    inside = page.markup[blocks][:, _FURNITURE] > 0.5
    # What the longest paragraph stands in is where this page keeps its story.
    return np.asarray((inside & ~inside[lengths.argmax()]).any(axis=1))


def _captions(shown: Shown, own: Sequence[int]) -> Flags:
    return np.array([is_picture_credit(shown.block(k)) for k in own])
