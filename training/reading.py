"""What people labelled, as a job reads it: each page once, in the text that this version extracts.

A page in another text could be neither learned from nor measured on, and would stop a job that has
fitted for an hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.extraction import in_todays_text
from training.labelled import LabelledPage, read_pages
from training.steps import Corrections

__all__ = ["Labelled", "read_labelled", "usable_of"]


@dataclass(frozen=True)
class Labelled:
    """What people labelled, and what came in beside it.

    Attributes
    ----------
    pages, corrections, sampled
        Of files, of the database, and such of it that nobody corrected.
    unusable : int
        Pages and corrections left out, as a start is gone from what their HTML gives today.
    """

    pages: list[LabelledPage]
    corrections: list[LabelledPage]
    sampled: list[LabelledPage]
    unusable: int

    def counts(self) -> dict[str, int]:
        """What a log says of it."""
        return {
            "pages": len(self.pages),
            "corrections": len(self.corrections),
            "unusable": self.unusable,
            "sampled": len(self.sampled),
        }

    def noticed(self) -> list[str]:
        """A line where something was left out."""
        if not self.unusable:
            return []
        return [
            f"labelled pages and corrections left out: {self.unusable}, as a line that a story "
            "starts with is gone from what their HTML gives today"
        ]


def read_labelled(paths: Sequence[Path], corrections: Corrections | None) -> Labelled:
    """Labelled pages of files, and of a database where there is one.

    Raises
    ------
    BadLabelledPage, OSError
    """
    pages, lost = usable_of(read_pages(*paths))
    if corrections is None:
        return Labelled(pages, [], [], lost)
    # A page that is corrected while this reads comes again, and what was said last counts.
    corrected = {page.id: page for page in corrections.pages()}
    usable, more = usable_of(corrected.values())
    return Labelled(pages, usable, usable_of(corrections.sampled())[0], lost + more)


def usable_of(pages: Iterable[LabelledPage]) -> tuple[list[LabelledPage], int]:
    """The pages in today's text, and how many there are no more."""
    every = [in_todays_text(page) for page in pages]
    usable = [page for page in every if page is not None]
    return usable, len(every) - len(usable)
