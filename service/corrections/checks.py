"""What of a correction the schema cannot check: that its offsets are of this page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from model.page import Page
from service.errors import Invalid
from training.outlets import outlet_of

__all__ = ["check_outside", "check_starts", "outlets_of"]


def check_starts(page: Page, starts: list[int]) -> None:
    """A story starts where a block does, or a word of a sentence that is none of a line's first:
    see `model.run_ons`. Anything else was counted in other units or text.

    Raises
    ------
    Invalid
    """
    blocks = page.starts.tolist()
    known = set(blocks)
    for number, start in enumerate(starts):
        if start not in known and not _runs_on(page, start):
            near = min(blocks, key=lambda block: abs(block - start), default=None)
            message = (
                f"no line starts at {start}, the nearest at {near}; offsets count Unicode code "
                "points, and a story starts with the first character of a line, or of a word "
                "where line breaks were lost"
                if near is not None
                else "the page has no text that a story could start with"
            )
            raise Invalid.at(f"starts.{number}", message)
        if number and start <= starts[number - 1]:
            raise Invalid.at(f"starts.{number}", "story starts are not ascending")


def check_outside(page: Page, spans: Sequence[tuple[int, int]]) -> None:
    """What belongs to no story lies in the page, one span after another.

    Raises
    ------
    Invalid
    """
    size = len(page.text)
    last = 0
    for number, (start, end) in enumerate(spans):
        if not start < end <= size:
            message = f"an outside span is empty or leaves the text of {size} characters"
            raise Invalid.at(f"outside.{number}", message)
        if start < last:
            raise Invalid.at(f"outside.{number}", "outside spans overlap or are not ascending")
        last = end


def _runs_on(page: Page, start: int) -> bool:
    """Whether a model may say that a story starts there, inside a sentence."""
    if start >= len(page.text):
        return False
    at = int(np.searchsorted(page.starts, start, side="right")) - 1
    if at < 1 or page.breaks[at] or start >= page.ends[at]:
        return False
    return page.text[start - 1].isspace() and not page.text[start].isspace()


def outlets_of(url: str) -> tuple[str, ...]:
    """The site of a URL; pages of one site are learned from or measured on, never both."""
    outlet = outlet_of(url)
    return (outlet,) if outlet else ()
