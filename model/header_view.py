"""The lines at a story's top, each by what is known of it: layout, markup, what it opens like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.bylines import announces_next, is_sentence
from model.page import Page

__all__ = ["LENGTHS", "View"]

Floats = NDArray[np.float32]

# A line of more characters that ends a sentence is the story's text, not its header.
_PROSE = 120
#: A headline has so many characters; shorter lines are section names, longer ones captions.
LENGTHS = (8, 200)
_NAMED = 5  # of model.html.CUES: jsonld_headline_match
_DATED = 110  # characters; a longer line with a date in it is a caption or a paragraph


@dataclass(frozen=True, slots=True)
class View:
    """A page's blocks with the layout of the batch that they are in."""

    page: Page
    columns: dict[str, Floats]
    low: int

    def of(self, name: str, k: int) -> float:
        """A column of the layout at a block."""
        return float(self.columns[name][self.low + k])

    def prose(self, k: int) -> bool:
        """Whether the block is text and no line of a header."""
        return bool(self.of("ends_stop", k)) and self.of("length", k) > _PROSE

    def body(self, k: int) -> bool:
        """Whether the text begins here as agencies begin it; "Kyiv: a headline" looks alike."""
        opens = bool(self.of("dateline", k))
        return opens and (bool(self.of("ends_stop", k)) or self.of("length", k) > LENGTHS[1])

    def dates(self, k: int) -> bool:
        """Whether the block is a line with a date, and no sentence."""
        if self.of("length", k) > _DATED or not self.of("digits", k):
            return False
        return bool(self.of("date", k)) or not self.of("ends_stop", k)

    def signed(self, k: int) -> bool:
        """Whether the block opens like a byline and does not go on like a headline."""
        return bool(self.of("byline", k)) and not is_sentence(self.page.block(k))

    def level(self, k: int) -> float:
        """The level of the heading that the block is in; NaN where it is in none."""
        markup = self.page.markup  # model.html.CUES begins with it
        return float("nan") if markup is None else float(markup[k, 0])

    def begins_named(self, k: int) -> bool:
        """Whether the headline of the metadata is the block, or begins with it."""
        markup = self.page.markup
        return markup is not None and markup[k, _NAMED] == 1

    def mark(self, k: int) -> bool:
        """Whether the block is a line that only headers have."""
        if self.signed(k) or announces_next(self.page.block(k)):
            return not self.of("ends_stop", k)
        return bool(self.of("date", k)) and not self.prose(k) and self.of("length", k) <= _DATED
