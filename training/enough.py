"""Whether there is enough to train on and to measure with, once all of it has its side."""

from __future__ import annotations

from model.errors import StoryseamError
from training.holdout.pages import FEWEST_ARTICLES, FEWEST_PARAGRAPHS, HELD_OUT_SHARE
from training.partition import Partition

__all__ = ["NothingToTrainOn", "check_enough"]

# As many as the gate asks of a kind of page: of one page an interval has no width.
_FEWEST_FROZEN = 50


class NothingToTrainOn(StoryseamError):
    """The articles that were given leave nothing to train on or nothing to measure with."""

    def __init__(self, what: str, remedy: str = "give more files") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy} with `--articles FILES`"


def check_enough(sides: Partition, fewest: int = _FEWEST_FROZEN) -> None:
    """Raise `NothingToTrainOn`, with what would help, if a side is too small.

    Parameters
    ----------
    fewest : int
        Pages to measure with; by default as many as the gate needs.
    """
    if not sides.articles:
        none = "no article is left to train on"
        if not sides.measured_sites:
            raise NothingToTrainOn(none)
        # More files of the same outlets would go the same way.
        sites = ", ".join(sorted(sides.measured_sites))
        raise NothingToTrainOn(
            f"{none}, as pages of {sites} are measured on and what is of the same site is not "
            "learned from",
            "take these pages out of --real, or give articles of other outlets",
        )
    if len(sides.frozen) < fewest:
        few = f"the held-out articles make {len(sides.frozen)} pages, too few to measure with"
        raise NothingToTrainOn(
            f"{few}, {sides.copies} copies left out; it takes {fewest}, and a language has "
            f"some once {FEWEST_ARTICLES} of its articles, of {FEWEST_PARAGRAPHS} paragraphs or "
            f"more, are held out, as is one outlet in {round(1 / HELD_OUT_SHARE)}"
        )
