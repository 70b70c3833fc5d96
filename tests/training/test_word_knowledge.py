"""Windows that are neighbours, and how surely they are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.tiny import articles, tiny_segmenter
from training.labelled import LabelledPage
from training.vectors import latent_semantics
from training.word_knowledge import (
    distil,
    embed,
    inside_and_across,
    neighbours,
    seams_apart,
    tell_apart,
)


def test_windows_are_neighbours_in_their_article() -> None:
    left, right = neighbours(articles(), 20, 50)
    assert len(left) == len(right) == 50
    for one, other in zip(left, right, strict=True):
        joined = f"{one} {other}"
        assert len(joined.split()) == 40
        assert any(joined in " ".join(article.text.split()) for article in articles())


def test_articles_that_are_too_short_give_no_windows() -> None:
    assert neighbours(articles(), 100_000, 5) == ([], [])


def test_equal_rows_are_told_apart_for_certain_and_strangers_by_chance() -> None:
    rng = np.random.default_rng(0)
    some, others = rng.normal(size=(2, 80, 24)).astype(np.float32)
    assert tell_apart(some, some) == (1.0, 1.0)
    area, first = tell_apart(some, others)
    assert area == pytest.approx(0.5, abs=0.12)
    assert first < 0.15


def test_vectors_that_were_learned_know_more_than_chance() -> None:
    space = tiny_segmenter().classifiers.space
    left, right = neighbours(articles(), 20, 60)
    area, _ = tell_apart(embed(space, left), embed(space, right))
    assert area > 0.7


def test_what_vectors_begin_with_knows_more_than_chance_as_well() -> None:
    table = tiny_segmenter().classifiers.space.table
    space = latent_semantics(articles(), table, seed=1)
    left, right = neighbours(articles(), 20, 60)
    area, _ = tell_apart(embed(space, left), embed(space, right))
    assert area > 0.6


def test_a_distilled_space_says_of_words_what_the_transformer_says() -> None:
    space = tiny_segmenter().classifiers.space
    words = space.table.vocabulary

    def encode(some):  # type: ignore[no-untyped-def]
        angle = np.arange(len(some)) % 4 * np.pi / 2
        return np.pad(
            np.stack([np.cos(angle), np.sin(angle)], axis=1),
            ((0, 0), (0, space.vectors.shape[1] - 2)),
        )

    made = distil(space, encode)
    assert made.vectors.shape == space.vectors.shape
    vectors = made.vectors[: len(words)] * made.scale[: len(words), None]
    np.testing.assert_allclose(
        np.linalg.norm(vectors, axis=1), made.rarity[: len(words)], rtol=0.05
    )
    assert vectors[0] @ vectors[4] > 0.9 * np.prod(np.linalg.norm(vectors[[0, 4]], axis=1))
    assert vectors[0] @ vectors[2] < 0
    assert not made.vectors[len(words) :].any()


def test_windows_of_pages_are_of_one_story_or_of_two() -> None:
    one, two = "bell " * 40, "flour " * 24
    text = f"{one}Share{two}"
    start = len(one) + 5
    page = LabelledPage("a", text, [0, start], [(len(one), start)], lang="en-GB")
    inside, across = inside_and_across([page, page, LabelledPage("b", text, [0], lang="de")], 30)
    assert inside == 2 * [(" ".join(["bell"] * 20), " ".join(["bell"] * 20))]
    assert across == 2 * [(" ".join(["bell"] * 30), " ".join(["flour"] * 24))]

    def read(texts):  # type: ignore[no-untyped-def]
        return [[text.count("bell"), text.count("flour")] for text in texts]

    assert seams_apart(read, inside, across) == 1.0
    assert seams_apart(read, across, inside) == 0.0
