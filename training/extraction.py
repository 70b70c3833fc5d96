"""Stored pages of HTML, in the text that this version extracts from it.

A correction's offsets count in the text of its day. Where an upgrade extracts another one, what
people said still holds: of lines that are there in both. Without this, an upgrade would take all
corrections of HTML away until somebody sent them again.
"""

from __future__ import annotations

from dataclasses import replace

from model.errors import StoryseamError
from training.labelled import LabelledPage, as_page
from training.real.sides import html_twin

__all__ = ["in_todays_text"]


def in_todays_text(page: LabelledPage) -> LabelledPage | None:
    """The page itself, or with its labels on the text that its HTML gives today.

    Returns
    -------
    LabelledPage or None
        None where a story starts with a line that is there no more.
    """
    try:
        as_page(page)
    except StoryseamError:
        if page.html is None:
            return None
        found = html_twin(replace(page, html=None), page.html)
        return None if found is None else replace(found[1], id=page.id)
    return page
