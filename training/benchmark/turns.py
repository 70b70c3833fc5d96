"""The turns that measured pages go by in, each contestant after the other."""

from __future__ import annotations

from collections.abc import Sequence

from model.errors import StoryseamError

__all__ = ["TURNS", "TooFewPages", "check_turns"]

#: Turns that the measured pages go by in.
TURNS = 5


class TooFewPages(StoryseamError):
    """There are fewer pages than turns that they go by in."""

    def __init__(self, pages: int, turns: int) -> None:
        super().__init__(pages, turns)
        self.pages = pages
        self.turns = turns

    def __str__(self) -> str:
        return (
            f"{self.pages} pages to measure are too few for {self.turns} turns; give a file with "
            "more, or more articles"
        )


def check_turns(measured: Sequence[object], turns: int) -> None:
    """Raise `TooFewPages` if a turn would have none."""
    if len(measured) < turns:
        raise TooFewPages(len(measured), turns)
