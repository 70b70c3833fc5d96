"""Composed pages: exact labels, the same for seed and number, every kind."""

from __future__ import annotations

from functools import cache

import pytest

from model.page import Page
from tests.model.tiny import article
from training.corpus import Article
from training.labelled import LabelledPage
from training.material import own_material
from training.sentences import first_words, split_sentences
from training.synthesis import KINDS, Composer

COUNT = 400


@cache
def articles() -> dict[str, Article]:
    found = [article(n) for n in range(80)]
    # One outlet leaves no paragraphs, one no titles: both are in the corpora.
    flat = [
        Article(f"flat-{n}", "flat", "en", "", "", "", article(n + 90).text.replace("\n", " "))
        for n in range(20)
    ]
    other = [article(n, lang="mi") for n in range(30)]
    return {one.id: one for one in (*found, *flat, *other)}


def composer(seed: int = 1) -> Composer:
    return Composer(list(articles().values()), own_material(), seed)


@cache
def pages() -> list[LabelledPage]:
    return list(composer().pages(COUNT))


def test_pages_depend_on_seed_and_number_only() -> None:
    assert list(composer().pages(5, first=50)) == pages()[50:55]
    assert list(composer(2).pages(5)) != pages()[:5]


def test_every_kind_occurs_and_half_of_the_pages_hold_one_story() -> None:
    kinds = {page.kind for page in pages()}
    assert kinds == {kind for kind, _ in KINDS} | {"single"}
    assert 0.3 < sum(page.kind == "single" for page in pages()) / COUNT < 0.5
    assert {page.lang for page in pages()} == {"en", "mi"}
    assert max(len(page.starts) for page in pages()) >= 10


def test_labels_are_sound() -> None:
    for page in pages():
        page.check()
        assert len(page.starts) == len(page.articles)
        assert (len(page.starts) == 1) == (page.kind == "single")
        assert page.outlets
        for start in page.starts:
            assert not any(a <= start < b for a, b in page.outside)


def test_each_start_is_the_first_character_of_a_block() -> None:
    for page in pages():
        if page.kind == "running":
            continue  # Its line breaks are lost on purpose.
        blocks = set(Page.from_text(page.text).starts.tolist())
        assert set(page.starts) <= blocks, page.id


def test_each_story_is_its_article_from_its_start_to_the_next() -> None:
    """What stands between two starts and is not outside comes from the one article."""
    checked = 0
    for page in pages():
        if page.kind in ("full", "interrupted"):
            continue
        for start, end, name in zip(
            page.starts, [*page.starts[1:], len(page.text)], page.articles, strict=True
        ):
            # Without spaces, as some pages are cut into tokens.
            words = "".join(articles()[name].text.split())
            blocks = [b for b in page.text[start:end].split("\n") if b.strip()]
            own = [s for b in blocks for s in split_sentences(b) if "".join(s.split()) in words]
            assert own, page.id
            checked += 1
    assert checked > 300


def test_a_titled_story_starts_with_its_title() -> None:
    found = [page for page in pages() if page.kind == "titled"]
    assert found
    for page in found:
        for start, name in zip(page.starts, page.articles, strict=True):
            title = articles()[name].title
            line = page.text[start:].split("\n")[0].strip()
            assert not title or title.casefold() in line.casefold()


def test_pages_without_headers_start_with_the_body() -> None:
    for page in (page for page in pages() if page.kind == "plain"):
        for start, name in zip(page.starts, page.articles, strict=True):
            line = page.text[start : start + 40].split("\n")[0].strip()
            assert line in " ".join(articles()[name].text.split())


def test_outside_is_furniture_and_never_covers_a_whole_page() -> None:
    assert sum(bool(page.outside) for page in pages()) > COUNT / 4
    for page in pages():
        covered = sum(b - a for a, b in page.outside)
        assert covered < len(page.text)
        assert all(page.text[a:b] == page.text[a:b].strip() for a, b in page.outside)


def test_some_pages_have_windows_line_breaks_and_running_ones_have_none() -> None:
    assert any("\r\n" in page.text for page in pages())
    assert all("\n" not in page.text for page in pages() if page.kind == "running")


@pytest.mark.parametrize(("words", "expected"), [(1, 1), (10, 1), (40, 2), (1000, 4)])
def test_first_words_are_whole_paragraphs(words: int, expected: int) -> None:
    paragraphs = ["x" * 150] * 4
    assert first_words(paragraphs, words) == paragraphs[:expected]
    assert first_words([], 5) == []
