"""What Markdown says of the blocks of a page, in the columns of HTML's markup."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cues import CUES
from model.page import Page
from model.segmenter import Segmenter

MARKDOWN = """\
* [Harbour](/harbour)
- [Council](/council) news

# Goats win

By [Ana Brook](/ana)
The goats ate the hay.

**All of it**

> It was old.

Ferry late
==========

Quay shut
---
1. A crane fell.
"""


def column(page: Page, name: str) -> list[float]:
    assert page.markup is not None
    return [round(float(value), 2) for value in page.markup[:, CUES.index(name)]]


def test_each_sign_is_told_in_its_column() -> None:
    page = Page.from_text(MARKDOWN)
    blocks = page.blocks()
    levels = dict(zip(blocks, column(page, "heading_level"), strict=True))
    known = {block: level for block, level in levels.items() if level == level}
    assert known == {"Goats win": 1, "Ferry late": 1, "Quay shut": 2}
    for name, told in (
        ("in_list", ["Harbour", "Council news", "1. A crane fell."]),
        ("in_blockquote", ["It was old."]),
        ("in_bold", ["All of it"]),
    ):
        assert [b for b, v in zip(blocks, column(page, name), strict=True) if v == 1] == told
    links = dict(zip(blocks, column(page, "link_density"), strict=True))
    # Seven letters of twelve, spaces counted.
    assert links["Harbour"] == 1
    assert links["Council news"] == round(7 / 12, 2)
    assert links["By Ana Brook"] == round(9 / 12, 2)
    assert links["Goats win"] == 0


def test_what_markdown_does_not_say_is_unknown() -> None:
    page = Page.from_text("# Goats win\n\nThe hay is gone.\n\n## Ferry late\n\nIt is foggy.\n")
    assert page.markup is not None
    known = ~np.isnan(page.markup).all(axis=0)
    # No link, list or quotation anywhere: whoever saved the page may have left them out.
    assert [CUES[i] for i in np.flatnonzero(known)] == ["heading_level"]


@pytest.mark.parametrize(
    "text",
    ["Goats win\n\nThe hay is gone.", "<p>Goats win</p>\n<p>The hay</p>\n<p>is gone</p>"],
)
def test_text_and_tags_have_no_markup(text: str) -> None:
    assert Page.from_text(text).markup is None


def test_an_empty_page_of_signs_has_no_rows() -> None:
    page = Page.from_text("![](/a.png)\n\n![](/b.png)\n\n[](/c)\n")
    assert page.markup is not None
    assert page.markup.shape == (0, len(CUES))


def test_a_headline_of_markdown_is_told_as_such() -> None:
    shipped = Segmenter.load()
    body = (
        "The goats of Brennick fair ate the prize hay before the judges saw it, said Ana Brook.",
        "She keeps eleven of them in a barn behind the chapel, and has won with them twice before.",
        "The judges gave them the ribbon all the same, as nobody else brought a goat this year.",
    )
    page = "Goats win a prize\n\n# Prize hay eaten\n\n" + "\n\n".join(body)
    text = f"{page}\n\n[Home](/) [More](/more)\n"
    assert shipped.segment(text).stories[0].headline == "Prize hay eaten"
    # Nothing else says so: it is as short as the name of a section.
    plain = shipped.segment(text.replace("# ", "")).stories[0]
    assert plain.headline != "Prize hay eaten"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["[", "](/a)", "# ", "\n", "* ", "> ", "**", "a b", "1. ", "==="])))
def test_shares_stay_shares(parts: list[str]) -> None:
    page = Page.from_text("# a\n\n[b](/c) [d](/e)\n\n" + "".join(parts))
    assert page.markup is not None
    assert len(page.markup) == len(page)
    levels = page.markup[:, 0]
    assert np.isin(levels[~np.isnan(levels)], range(1, 7)).all()
    shares = page.markup[:, 1:]
    shares = shares[~np.isnan(shares)]
    assert ((shares >= 0) & (shares <= 1)).all()
