"""The feature table: its names, its hash, and that a page's features are the page's alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import model.features
from model.batch import Batch
from model.cues import CUES
from model.feature import Feature, feature_matrix
from model.features import FIRST_LOOK, SECOND_LOOK, table_hash
from model.html import page_from_html
from model.look import Look
from model.page import Page
from model.wording import ROLES, Wording
from tests.model.tiny import random_page, random_space, story

Floats = NDArray[np.float32]
NAMES = [feature.name for feature in SECOND_LOOK]
HTML = (
    "<html><body><header><nav><ul><li><a href=/>Home</a><li><a href=/s>Sport</a></ul></nav>"
    "</header>"
    "<main><article class=story><h1>Harbour news today</h1><div class=byline>By Ana Brook</div>"
    "<p>The ferry leaves at noon.<p>It comes <b>back</b> late.</article>"
    "<article class=story><h2>Pier to be mended</h2><p>Work on it begins in May.</article></main>"
    "<footer><p>About us</footer></body></html>"
)


def look_at(*pages: Page) -> Look:
    """A second look, with weights and first probabilities that depend on the page only."""
    rng = np.random.default_rng(0)
    space = random_space(rng)
    shape = (3 * len(space.table), len(ROLES))
    wording = Wording(rng.normal(0, 1, shape).astype(np.float16), np.zeros(len(ROLES), np.float32))
    look = Look.first(Batch.read(pages, space.table), space, wording)
    parts = [
        np.random.default_rng(len(page.text)).dirichlet((1, 2, 1), len(page)) for page in pages
    ]
    return look.again(np.concatenate(parts).astype(np.float32))


def matrix(*pages: Page) -> Floats:
    return feature_matrix(SECOND_LOOK, look_at(*pages))


def column(name: str, *pages: Page) -> Floats:
    return matrix(*pages)[:, NAMES.index(name)]


def pages() -> list[Page]:
    rng = np.random.default_rng(7)
    return [
        random_page(rng, 14),
        Page.from_text(story("topic 1") + "\n\n\n" + story("topic 2")),
        Page.from_text(""),
        random_page(rng, 1),
        Page.from_text("By Ana Brook\n12 March 2021\n***\nShare\nShare\n\n\nBy Ana Brook"),
        Page.from_text("今天下雨。\n渡轮停运，市民不满。\n" * 4),
        page_from_html(HTML),
        random_page(rng, 60),
    ]


def test_names_are_told_apart_and_the_second_look_sees_all_of_the_first() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert SECOND_LOOK[: len(FIRST_LOOK)] == FIRST_LOOK
    assert len(SECOND_LOOK) > len(FIRST_LOOK)


def test_the_first_look_needs_no_probabilities() -> None:
    look = look_at(*pages())
    object.__setattr__(look, "proba", None)
    assert feature_matrix(FIRST_LOOK, look).shape == (len(look.batch), len(FIRST_LOOK))


def test_the_hash_changes_with_name_group_order_version_and_the_columns_of_cuts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashes = {table_hash()}
    assert table_hash() in hashes
    first, second, *rest = SECOND_LOOK
    renamed = Feature(first.name + "x", first.group, first.function)
    regrouped = Feature(first.name, "wording", first.function)
    for table in ((renamed, second, *rest), (regrouped, second, *rest), (second, first, *rest)):
        monkeypatch.setattr(model.features, "SECOND_LOOK", table)
        hashes.add(table_hash())
    monkeypatch.setattr(model.features, "SECOND_LOOK", SECOND_LOOK)
    monkeypatch.setattr(model.features, "_VERSION", 10_000)
    hashes.add(table_hash())
    for columns in ("PAGE_COLUMNS", "CUT_COLUMNS"):
        monkeypatch.setattr(model.features, columns, ("another",))
        hashes.add(table_hash())
    assert len(hashes) == 7


def test_every_feature_gives_one_number_or_none_a_block() -> None:
    look = look_at(*pages())
    for feature in SECOND_LOOK:
        values = feature.function(look)
        assert values.shape == (len(look.batch),), feature.name
        assert not np.isinf(values).any(), feature.name
    assert feature_matrix(SECOND_LOOK, look).dtype == np.float32


def test_features_of_a_page_are_the_same_alone_and_in_any_batch() -> None:
    some = pages()
    for order in (range(len(some)), reversed(range(len(some)))):
        shuffled = [some[i] for i in order]
        together = matrix(*shuffled)
        at = 0
        for page in shuffled:
            if len(page):
                alone = matrix(page)
                for j, name in enumerate(NAMES):
                    if name.startswith(("body_ahead", "body_ago")):
                        continue  # test_pattern expects these to fail.
                    np.testing.assert_allclose(
                        together[at : at + len(page), j], alone[:, j], atol=1e-5, err_msg=name
                    )
            at += len(page)


def test_nothing_is_nothing_in_any_batch() -> None:
    """Rounding of what stands on other pages must not turn zero into nearly zero: trees split
    between the two."""
    some = pages()
    together = matrix(*some)
    at = 0
    wrong = set()
    for page in some:
        if len(page):
            alone = matrix(page)
            differ = (alone == 0) != (together[at : at + len(page)] == 0)
            wrong |= {NAMES[j] for j in np.flatnonzero(differ.any(axis=0))}
        at += len(page)
    assert not wrong


def test_neighbours_are_seen_in_their_place() -> None:
    page = Page.from_text("one two\n12 March 2021\nBy Ana Brook\n\n\nlast of the lines.")
    assert column("date+1", page).tolist()[0] == 1.0
    assert column("date-1", page).tolist()[2] == 1.0
    assert column("byline+2", page).tolist()[0] == 1.0
    assert np.isnan(column("byline+2", page)[2:]).all()
    assert column("ends_stop+3", page).tolist()[0] == 1.0
    assert column("breaks+0", page).tolist() == [0.0, 1.0, 1.0, 3.0]
    assert column("breaks_relative", page).tolist() == [-1.0, 0.0, 0.0, 2.0]
    np.testing.assert_allclose(column("length+0", page)[:2], np.log1p([7.0, 13.0]), atol=1e-6)


def test_every_markup_cue_of_the_table_is_a_cue_of_html() -> None:
    named = [*model.features._CUES, *(name for name, _ in model.features._CUES_NEAR)]
    assert len(set(model.features._CUES)) == len(model.features._CUES)
    assert set(named) <= set(CUES)
    columns = [feature.name for feature in SECOND_LOOK if feature.group == "markup"]
    near = [f"{name}{by:+d}" for name, some in model.features._CUES_NEAR for by in some]
    assert columns == [*model.features._CUES, *near]


def test_markup_cues_are_those_of_the_page_and_nan_where_it_is_text() -> None:
    html = page_from_html(HTML)
    assert html.markup is not None
    text = Page.from_text(html.text)
    assert len(text) == len(html)
    for name in model.features._CUES:
        cue = html.markup[:, CUES.index(name)]
        assert np.isnan(column(name, text)).all(), name
        np.testing.assert_array_equal(column(name, html), cue, err_msg=name)
        # A page of text stays one beside a page with markup.
        beside = column(name, text, html)
        assert np.isnan(beside[: len(text)]).all(), name
        np.testing.assert_array_equal(beside[len(text) :], cue, err_msg=name)
    for name, near in model.features._CUES_NEAR:
        for by in near:
            assert np.isnan(column(f"{name}{by:+d}", text)).all(), name
    np.testing.assert_array_equal(column("in_p+2", html)[:-2], html.markup[2:, CUES.index("in_p")])


def test_place_size_and_prose_of_the_page() -> None:
    page = Page.from_text("a headline\nIt ends here.\nmore\nAnd here.")
    both = (Page.from_text("x y\nz"), page)
    assert column("position", *both).tolist() == [0, 1, 0, 1, 2, 3]
    assert column("from_end", *both).tolist() == [2, 1, 4, 3, 2, 1]
    assert column("prose_share", *both).tolist() == [0, 0, 0.5, 0.5, 0.5, 0.5]
    np.testing.assert_allclose(column("page_blocks", *both)[2:], np.log1p(4), atol=1e-6)


def test_words_near_count_the_blocks_that_their_name_says() -> None:
    page = Page.from_text("\n".join(["aa bb cc"] * 6))
    np.testing.assert_allclose(
        np.expm1(column("words_near_1_4", page)), [9, 9, 9, 6, 3, 0], atol=1e-4
    )
    np.testing.assert_allclose(
        np.expm1(column("words_near_-4_0", page)), [0, 3, 6, 9, 12, 12], atol=1e-4
    )


def test_the_first_look_s_probabilities_are_features_of_the_second() -> None:
    (page,) = pages()[:1]
    look = look_at(page)
    assert look.proba is not None
    values = feature_matrix(SECOND_LOOK, look)
    np.testing.assert_array_equal(values[:, NAMES.index("start+0")], look.proba[:, 2])
    np.testing.assert_array_equal(values[:-1, NAMES.index("outside+1")], look.proba[1:, 0])


def test_the_second_look_does_not_change_the_first() -> None:
    look = look_at(*pages())
    before = feature_matrix(FIRST_LOOK, look).copy()
    look.again(np.tile(np.array([0.9, 0.05, 0.05], np.float32), (len(look.batch), 1)))
    np.testing.assert_array_equal(feature_matrix(FIRST_LOOK, look), before)


def test_a_row_holds_what_the_functions_say_of_the_neighbours() -> None:
    """The straightforward way: each function, its value so many blocks on, NaN past the page."""
    look = look_at(*pages())
    got = feature_matrix(SECOND_LOOK, look)
    first, last = look.batch.first, look.batch.last
    for j, feature in enumerate(SECOND_LOOK):
        values = feature.function(look)
        for i in range(0, len(look.batch), 7):
            there = i + feature.by
            inside = first[i] <= there < last[i]
            np.testing.assert_equal(got[i, j], np.float32(values[there] if inside else np.nan))


def test_some_rows_are_those_of_the_whole() -> None:
    look = look_at(*pages())
    whole = feature_matrix(SECOND_LOOK, look)
    some = np.random.default_rng(1).random(len(look.batch)) < 0.3
    np.testing.assert_array_equal(feature_matrix(SECOND_LOOK, look, some), whole[some])
    np.testing.assert_array_equal(
        feature_matrix(SECOND_LOOK, look, np.array([5, 2])), whole[[5, 2]]
    )


def test_what_is_settled_does_not_depend_on_the_first_look() -> None:
    """Nor may it: the second look takes it over."""
    look = look_at(*pages())
    rng = np.random.default_rng(3)
    other = look.again(rng.dirichlet((1, 1, 1), len(look.batch)).astype(np.float32))
    for feature in SECOND_LOOK:
        same = np.array_equal(feature.function(look), feature.function(other), equal_nan=True)
        assert same or not feature.settled, feature.name
