"""Evaluation pages: exact offsets, the same for a seed, nothing on both sides. Invented text."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache

import pytest

from training.corpus import Article
from training.holdout import (
    HELD_OUT_LANGS,
    ROTATIONS,
    held_out_split,
    holdout_pages,
    is_held_out,
)
from training.holdout.layouts import KINDS, Draft
from training.holdout.stories import neighbours, prepare, sentences
from training.holdout.wording import Wording
from training.labelled import LabelledPage

ALL_KINDS = {*KINDS, "single_hard"}


def sentence(rng: random.Random) -> str:
    syllables = ("ba", "ko", "ri", "tem", "sul", "gra", "vin", "ole", "pas", "dur", "mek", "lio")
    words = ("".join(rng.choices(syllables, k=rng.randint(2, 4))) for _ in range(12))
    return " ".join(words).capitalize() + "."


def article(number: int, lang: str = "en", *, one_line: bool = False) -> Article:
    rng = random.Random(f"{lang}{number}")
    paragraphs = [f"{sentence(rng)} {sentence(rng)}" for _ in range(8)]
    return Article(
        id=f"{lang}-{number}",
        outlet=f"{lang}-outlet-{number % 9}",
        lang=lang,
        title=f"Title {sentence(rng)[:-1]}",
        date="2024-01-01",
        byline="Ana Ruiz",
        text=(" " if one_line else "\n").join(paragraphs),
    )


@cache
def pages() -> list[LabelledPage]:
    articles = [article(n) for n in range(40)]
    articles += [article(n, "zz", one_line=True) for n in range(40)]
    return holdout_pages(articles, seed=5, per_kind=6, by_article={"zz"})


def test_every_kind_in_every_language() -> None:
    assert {(page.kind, page.lang) for page in pages()} == {
        (kind, lang) for kind in ALL_KINDS for lang in ("en", "zz")
    }
    singles = [page for page in pages() if page.kind.startswith("single")]
    assert 0.4 < len(singles) / len(pages()) < 0.6
    assert len({page.id for page in pages()}) == len(pages())


def test_each_story_starts_with_its_own_words() -> None:
    """The first block of a story is one of its header lines or of its article's sentences."""
    everything = {one.id: one for lang in ("en", "zz") for one in map_articles(lang)}
    wrong = []
    for page in pages():
        if page.kind in {"dressed", "fullpage", "interrupted", "single", "single_hard"}:
            continue  # may start with a byline or a date
        for start, name in zip(page.starts, page.articles, strict=True):
            one = everything[name]
            own = f"{one.title}\n{one.title.upper()}\n{one.text}"
            if page.text[start : start + 25] not in own:
                wrong.append((page.id, start))
    assert not wrong


def map_articles(lang: str) -> list[Article]:
    return [article(n, lang, one_line=lang == "zz") for n in range(40)]


def test_starts_begin_blocks_and_lie_in_no_furniture() -> None:
    for page in pages():
        page.check()
        assert len(page.starts) == len(page.articles)
        for start in page.starts:
            assert page.kind == "running" or start == 0 or page.text[start - 1] == "\n"
            assert not any(a <= start < b for a, b in page.outside)
        for a, b in page.outside:
            assert a == 0 or page.text[a - 1] == "\n"
            assert b == len(page.text) or page.text[b] == "\n"


def test_one_story_pages_have_one_start() -> None:
    assert all(len(p.starts) == 1 for p in pages() if p.kind.startswith("single"))
    assert all(4 <= len(p.starts) <= 10 for p in pages() if p.kind == "digest")
    assert all(len(p.starts) == 10 for p in pages() if p.kind == "choi")


def test_running_text_has_no_line_breaks() -> None:
    assert all("\n" not in p.text for p in pages() if p.kind == "running")


def test_line_breaks_do_not_give_one_line_bodies_away() -> None:
    plain = [page for page in pages() if page.kind == "plain" and page.lang == "zz"]
    assert plain
    for page in plain:
        assert page.text.replace("\n\n", "\n").count("\n") > 2 * len(page.starts)


def test_split_by_article_is_said() -> None:
    marks = {page.lang: {name.endswith("#articles") for name in page.outlets} for page in pages()}
    assert marks == {"en": {False}, "zz": {True}}


def test_same_seed_same_pages() -> None:
    articles = [article(n) for n in range(30)]
    one = holdout_pages(articles, seed=1, per_kind=2)
    assert holdout_pages(articles[::-1], seed=1, per_kind=2) == one
    assert holdout_pages(articles, seed=2, per_kind=2) != one


def test_no_article_and_no_outlet_on_both_sides() -> None:
    articles = [replace(article(n), outlet=f"paper {n % 60}") for n in range(600)]
    articles += [replace(article(n, HELD_OUT_LANGS[0]), outlet="solo") for n in range(20)]
    train, held = held_out_split(articles, langs=HELD_OUT_LANGS)
    assert len(train) + len(held) == len(articles)
    assert not {one.id for one in train} & {one.id for one in held}
    assert not {one.outlet for one in train} & {one.outlet for one in held}
    assert HELD_OUT_LANGS[0] not in {one.lang for one in train}
    assert 0.02 < sum(one.lang == "en" for one in held) / 600 < 0.4


def test_rotations_hold_out_other_languages() -> None:
    assert all(is_held_out("any", lang, langs=langs) for langs in ROTATIONS for lang in langs)
    assert len({lang for langs in ROTATIONS for lang in langs}) == sum(map(len, ROTATIONS))
    assert is_held_out("usatoday.com", "en")
    assert not is_held_out("foxnews.com", "en")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("He left. (She stayed.) “No.” Then J. Bell came.", 4),
        ("他说。“好。”她走。", 3),
        ("Version 2.5 is out. it said so.", 1),
        ("Mr. Bell spoke! Nobody did.", 2),
    ],
)
def test_sentences_lose_nothing(text: str, parts: int) -> None:
    made = sentences(text)
    assert len(made) == parts
    assert "".join("".join(made).split()) == "".join(text.split())


def test_paragraphs_restored_to_one_line_bodies_lose_nothing() -> None:
    one = article(3, one_line=True)
    story = prepare(one, random.Random(1))
    assert len(story.paragraphs) >= 4
    assert " ".join(story.paragraphs) == one.text


def test_neighbours_are_alike() -> None:
    rng = random.Random(3)
    themes = [[sentence(rng) for _ in range(12)] for _ in range(4)]
    articles = [
        replace(article(n), text="\n".join([article(n).text, *rng.sample(themes[n % 4], 4)]))
        for n in range(40)
    ]
    near = neighbours(articles, count=3)
    same = [other % 4 == at % 4 for at, others in enumerate(near) for other in others]
    assert sum(same) / len(same) > 0.8
    assert all(at not in others for at, others in enumerate(near))


def test_outside_lines_side_by_side_are_one_span() -> None:
    rng = random.Random(1)
    draft = Draft(rng, Wording(rng, "en"), [])
    draft.outside("Menu", "Search")
    draft.story(["A headline", "A body."])
    draft.outside("Footer")
    assert draft.page("\n") == (
        "Menu\nSearch\nA headline\nA body.\nFooter",
        [12],
        [(0, 11), (31, 37)],
    )


@pytest.mark.parametrize("lang", ["en", "ru", "zh", "ar", "vi", "xx"])
def test_wording_fills_every_place(lang: str) -> None:
    wording = Wording(random.Random(2), lang)
    lines = [wording.byline(), wording.byline("Jo Bell"), wording.date(), *wording.menu(30)]
    lines += [*wording.comments(), *wording.footer(), *wording.scores()]
    lines += [make() for make in (wording.promo, wording.share, wording.biography) * 20]
    assert all(line.strip() and "{" not in line and "\n" not in line for line in lines)
