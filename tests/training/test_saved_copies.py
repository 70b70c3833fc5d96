"""Pages in other forms to learn from: the same stories, in the same folds."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from model.cues import CUES
from model.decoder import OUTSIDE, START
from model.html import page_from_html
from model.page import Page
from tests.model.tiny import story
from training.examples import block_labels
from training.labelled import LabelledPage
from training.looks import fold_of
from training.saved import OF_TEXT
from training.saved_copies import markdown_page, saved_copies

MENU, MORE = "Home and garden", "Read more about the harbour"
FIRST, SECOND = story("topic 1"), story("topic 3")
TEXT = f"{MENU}\n\nQuay opens\n{FIRST}\n{MORE}\nGoats win\n{SECOND}\n{MORE}\n"


def labelled(number: int = 0) -> tuple[Page, LabelledPage]:
    at = [TEXT.index("Quay opens"), TEXT.index("Goats win")]
    more = [(a, a + len(MORE)) for a in range(len(TEXT)) if TEXT.startswith(MORE, a)]
    truth = LabelledPage(
        f"p{number}", TEXT, at, outside=[(0, len(MENU)), *more], articles=(str(number),)
    )
    return Page.from_text(TEXT), truth


def test_a_share_of_the_pages_comes_again_in_every_form() -> None:
    pages = [labelled(number) for number in range(400)]
    copies = saved_copies(pages, 0.25, 7)
    assert 70 < len(copies) < 130
    forms = {truth.id.split()[-1] for _, truth in copies}
    assert forms == {*OF_TEXT, "markdown"} - {"linked"}
    assert len({page.text for page, _ in copies}) > 60
    assert saved_copies(pages, 0.0, 7) == []
    for page, truth in copies:
        assert page.text == truth.check().text
        labels = block_labels(page, truth)
        assert np.count_nonzero(labels == START) == 2
        assert np.count_nonzero(labels == OUTSIDE) == 3
        own = [block.lower() for block in np.array(page.blocks())[labels == START]]
        assert own == ["quay opens", "goats win"]


def test_a_copy_is_in_the_fold_of_its_page() -> None:
    """Or trees that saw the one would be asked what they say of the other."""
    pages = [labelled(number) for number in range(40)]
    bare = [(page, replace(truth, articles=())) for page, truth in pages]
    for some in (pages, bare):
        folds = {truth.id: fold_of(truth, 1) for _, truth in some}
        assert 0 < sum(folds.values()) < len(folds)
        copies = saved_copies(some, 1.0, 7)
        assert len(copies) == len(some)
        for _, truth in copies:
            assert fold_of(truth, 1) == folds[truth.id.split()[0]]


HTML = f"""\
<ul><li><a href=/a>Home and garden</a></ul>
<h1>Quay opens</h1>
<p>{FIRST.splitlines()[0]}
<p><b>All of it is bold</b>
<blockquote>It was old hay, said the goats.</blockquote>
<h2>Goats win</h2>
<p>See <a href=/b>the hay</a> and more of the same.
"""


@pytest.mark.parametrize("seed", range(12))
def test_markdown_says_what_the_html_said(seed: int) -> None:
    page = page_from_html(HTML)
    truth = LabelledPage("h", page.text, [page.text.index("Quay")], html=HTML)
    (made, copy), *others = saved_copies([(page, truth)], 1.0, seed)
    assert not others
    assert copy.html is None
    assert made.blocks() == page.blocks()
    assert made.markup is not None
    assert page.markup is not None
    for name in ("heading_level", "in_list", "in_blockquote", "in_bold"):
        column = CUES.index(name)
        np.testing.assert_array_equal(made.markup[:, column], page.markup[:, column])
    linked = CUES.index("link_density")
    np.testing.assert_allclose(made.markup[:, linked], page.markup[:, linked], atol=0.1)
    np.testing.assert_array_equal(block_labels(made, copy), block_labels(page, truth))


def test_a_story_that_is_a_point_of_a_list_starts_behind_the_indent() -> None:
    page = page_from_html("<p>News<ul><li>Quay opens<li>Goats win</ul>")
    at = [page.text.index("Quay"), page.text.index("Goats")]
    truth = LabelledPage("l", page.text, at, outside=[(0, 4)])
    made = [markdown_page(page, truth, random.Random(seed)) for seed in range(40)]
    assert any("  * Quay" in copy.text or "  - Quay" in copy.text for copy in made)
    for copy in made:
        assert not any(copy.text[start].isspace() for start in copy.check().starts)


def test_text_gets_the_headings_that_it_may_have_had() -> None:
    page, truth = labelled()
    made = [markdown_page(page, truth, random.Random(seed)) for seed in range(40)]
    headed = [Page.from_text(copy.text) for copy in made if "# Goats win" in copy.text]
    assert 10 < len(headed) < 40
    assert any("[Home and garden](" in copy.text for copy in made)
    assert not all("[Home and garden](" in copy.text for copy in made)
    for one in headed:
        assert one.markup is not None
        levels = dict(zip(one.blocks(), one.markup[:, 0].tolist(), strict=True))
        assert levels["Goats win"] == levels["Quay opens"]
