"""Word vectors: windows of one article lie closer than windows of two; the same for a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from model.batch import Batch
from model.page import Page
from model.word_space import WordSpace
from tests.model.tiny import article, tiny_segmenter
from training import vectors, vocabulary
from training.corpus import Article
from training.vectors import LEVELS, learn_space
from training.vocabulary import article_counts, build_table, tokenise

Floats = NDArray[np.float32]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "BUCKETS", 256)
    monkeypatch.setattr(vectors, "DIMENSIONS", 16)


def some(count: int = 40) -> list[Article]:
    return [article(n) for n in range(count)]


def test_the_table_holds_words_of_several_articles_only() -> None:
    lonely = replace(article(1), text="onceonly twiceonly twiceonly")
    words = build_table([*some(), lonely, replace(lonely, text="commonest " * 3)]).vocabulary
    assert "the" in words
    assert "onceonly" not in words
    assert "twiceonly" not in words
    assert len(set(words)) == len(words)


def test_every_language_has_its_part_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "VOCABULARY", 60)
    large = [replace(article(n), text=" ".join(f"en{i}" for i in range(200))) for n in range(100)]
    few = [
        replace(article(n, lang="mi"), text=" ".join(f"mi{i}" for i in range(200)))
        for n in range(4)
    ]
    words = build_table([*large, *few]).vocabulary
    share = sum(word.startswith("mi") for word in words) / len(words)
    assert len(words) <= 60
    assert 0.1 < share < 0.3


def test_the_table_does_not_depend_on_the_order_of_articles() -> None:
    assert build_table(some()).vocabulary == build_table(some()[::-1]).vocabulary


def test_tokens_are_rows_and_their_shares() -> None:
    table = build_table(some())
    (tokens,) = tokenise([replace(article(1), text="The neverseen 渡轮今")], table)
    assert tokens.rows.shape == tokens.share.shape == (4, 2)
    assert tokens.share.tolist() == [[1, 0], [0.5, 0.5], [0.5, 0], [0.5, 0]]
    assert table.vocabulary[tokens.rows[0, 0]] == "the"
    assert np.all(tokens.rows[1] >= len(table.vocabulary))


def test_words_are_counted_the_same_some_articles_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = build_table(some())
    tokens = tokenise(some(), table)
    whole = article_counts(tokens, len(table))
    monkeypatch.setattr(vocabulary, "_AT_ONCE", 7)
    pieces = article_counts(tokens, len(table))
    assert whole.shape == pieces.shape
    np.testing.assert_array_equal(whole.toarray(), pieces.toarray())


def test_the_same_seed_gives_the_same_space_and_another_another() -> None:
    articles = some()
    table = build_table(articles)
    one, two, three = (learn_space(articles, table, seed=s, steps=4) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.vectors, two.vectors)
    np.testing.assert_array_equal(one.scale, two.scale)
    assert np.any(one.vectors != three.vectors)


def test_vectors_are_the_same_to_the_bit_on_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Products of few numbers are never shared between threads.
    monkeypatch.setattr(vectors, "DIMENSIONS", 128)
    articles = some(200)
    table = build_table(articles)
    spaces = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            spaces.append(learn_space(articles, table, seed=1, steps=8))
    np.testing.assert_array_equal(spaces[0].vectors, spaces[1].vectors)
    np.testing.assert_array_equal(spaces[0].scale, spaces[1].scale)


def test_what_is_brought_up_to_date_together_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    articles = some()
    table = build_table(articles)
    whole = learn_space(articles, table, seed=1, steps=4)
    monkeypatch.setattr(vectors, "_PIECE", 7)
    pieces = learn_space(articles, table, seed=1, steps=4)
    np.testing.assert_array_equal(whole.vectors, pieces.vectors)


def test_the_longest_component_of_a_word_is_the_highest_level() -> None:
    articles = some()
    table = build_table(articles)
    calls: list[tuple[int, int]] = []
    space = learn_space(
        articles, table, seed=1, steps=50, progress=lambda done, total: calls.append((done, total))
    )
    assert space.vectors.dtype == np.int8
    assert space.vectors.shape[0] == len(space.scale) == len(space.rarity) == len(table)
    assert np.all(np.abs(space.vectors.astype(int)).max(axis=1) == LEVELS)
    assert np.isfinite(space.scale).all()
    assert np.all((space.rarity >= 0.05) & (space.rarity <= 1.3))
    assert space.rarity[table.rows(["the"])[0]] < 0.5
    assert calls == [(50, 50)]


def halves(space: WordSpace, number: int) -> tuple[Floats, Floats]:
    text = article(20_000 + number, topic=f"topic {number}", paragraphs=8).text
    found = space.block_vectors(Batch.read([Page.from_text(text)], space.table))
    left, right = found[:4].sum(axis=0), found[4:].sum(axis=0)
    return left / np.linalg.norm(left), right / np.linalg.norm(right)


def test_windows_of_one_article_are_closer_than_of_two() -> None:
    space = tiny_segmenter().classifiers.space
    pairs = [halves(space, n) for n in range(12)]
    same = [float(a @ b) for a, b in pairs]
    other = [float(pairs[i][0] @ pairs[j][1]) for i in range(12) for j in range(12) if i != j]
    assert min(same) > np.quantile(other, 0.95)
    assert np.mean(same) > np.mean(other) + 0.3
