"""The dress of a page: drawn once, worn by every story, of a real header where there is one."""

from __future__ import annotations

import random

import pytest

from model.decoder import INSIDE, OUTSIDE
from model.layout import looks_like_date
from tests.model.tiny import article
from training.dress import (
    _KICKERS,
    Dress,
    draw_dress,
    fill_header,
    open_with_dateline,
    other_date,
)
from training.sentences import split_sentences

ARTICLE = article(5)
SENTENCES = split_sentences(ARTICLE.text.replace("\n", " "))


def drawn(header: list[str] | None, seed: int = 0, fixed: frozenset[str] = frozenset()) -> Dress:
    return draw_dress(random.Random(seed), ["Ana Brook", "Tom Field"], header, fixed)


def test_the_same_seed_draws_the_same_dress_and_seeds_differ() -> None:
    dresses = [drawn(None, seed) for seed in range(60)]
    assert dresses == [drawn(None, seed) for seed in range(60)]
    assert len({d.slots for d in dresses}) > 10
    assert any(d.dateline for d in dresses)
    assert any(d.tail for d in dresses)
    assert any("headline" in d.slots for d in dresses)


def test_a_real_header_becomes_slots_and_keeps_what_is_fixed() -> None:
    header = ["\0", "Share", "By Jo Bell", "3 May 2024", "Jo Bell", "x" * 90]
    dress = drawn(header, fixed=frozenset({"Share"}))
    assert dress.slots[:4] == ("headline", "=Share", "byline", "date")
    assert dress.slots[4] == "byline"
    assert dress.slots[5] in ("dek", "caption")
    assert dress.date == "3 May 2024"


def fill(*slots: str, dress: Dress | None = None, seed: int = 0) -> list[tuple[str, int]]:
    made = dress or Dress(slots=slots, names=("Ana Brook",), header=2)
    lines = fill_header(made, ARTICLE, SENTENCES, random.Random(seed))
    assert all(line.breaks == made.header for line in lines)
    return [(line.text, line.label) for line in lines]


def test_half_of_the_sections_are_called_by_a_word_of_the_language() -> None:
    words = {word.capitalize() for word in ARTICLE.title.split() if len(word) > 3}
    names = [fill("kicker", seed=seed)[0][0] for seed in range(80)]
    assert 20 < sum(name in words for name in names) < 60
    assert words.isdisjoint(_KICKERS)
    assert {name for name in names if name not in words} < set(_KICKERS)


def test_slots_are_filled_from_the_article() -> None:
    lines = fill("kicker", "headline", "byline", "=Share", "headline again")
    assert [label for _, label in lines] == [INSIDE, INSIDE, INSIDE, OUTSIDE, INSIDE]
    assert lines[1][0] == lines[4][0] == ARTICLE.title
    assert lines[2][0] == f"By {ARTICLE.byline}"
    assert lines[3][0] == "Share"


def test_bullets_deks_and_captions_are_the_article_s_sentences() -> None:
    lines = fill("dek", "bullets", "caption")
    assert lines[0][0] in SENTENCES
    assert all(text.startswith("• ") and text[2:] in ARTICLE.text for text, _ in lines[1:3])
    assert lines[3][1] == OUTSIDE
    assert any(lines[3][0].startswith(s[:100]) for s in SENTENCES)


def test_an_article_without_a_title_has_no_headline() -> None:
    untitled = article(6)
    object.__setattr__(untitled, "title", "")
    lines = fill_header(Dress(slots=("headline",)), untitled, SENTENCES, random.Random(0))
    assert lines == []


@pytest.mark.parametrize(
    "template", ["12 March 2021", "2021-03-12", "12.03.2021", "March 12, 2021 at 2:05 PM"]
)
def test_dates_keep_their_form(template: str) -> None:
    made = {other_date(template, random.Random(seed)) for seed in range(30)}
    assert len(made) > 5
    assert all(looks_like_date(date) for date in made)
    if template[0].isdigit():
        assert all(date[0].isdigit() for date in made)


def test_bodies_open_with_the_page_s_dateline_or_with_nothing() -> None:
    rng = random.Random(0)
    assert open_with_dateline(Dress(), "Text.", rng) == "Text."
    opened = open_with_dateline(Dress(dateline="{place} — "), "Text.", rng)
    assert opened.endswith(" — Text.")
    assert len(opened) > len(" — Text.")


def test_every_drawn_dress_can_be_filled() -> None:
    for seed in range(200):
        dress = drawn(None, seed)
        lines = fill(dress=dress, seed=seed)
        assert lines
        assert not any("{" in text for text, _ in lines)
