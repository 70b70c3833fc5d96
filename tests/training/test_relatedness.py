"""Pairs of one event by the names that they share; how relatedness separates them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.segmenter import Segmenter
from model.stories import Relatedness
from tests.model.tiny import article, random_space, tiny_segmenter
from training.corpus import Article
from training.relatedness import RARE, measure, pairs_of_one_event

NAMES = "They met Brennick, Halden, Ostrava, Quillon and then Marwick at the quay."


def test_articles_of_one_event_share_rare_names() -> None:
    other = "They met Brennick and then Sorley, Tarbet, Uist and Vatersay elsewhere."
    assert pairs_of_one_event([NAMES, other, "It rains.", f"Later. {NAMES}"]) == {(0, 3)}


def test_names_that_many_articles_have_say_nothing() -> None:
    assert pairs_of_one_event([NAMES] * (RARE + 1)) == set()
    assert len(pairs_of_one_event([NAMES] * RARE)) == RARE * (RARE - 1) // 2


@pytest.fixture
def articles() -> list[Article]:
    made = [article(n, topic=topic) for topic in ("storm", "opera") for n in range(6)]
    return [
        replace(one, text=f"{one.text}\n{NAMES if n < 2 else 'It rains.'}")
        for n, one in enumerate(made)
    ]


@pytest.fixture
def unfitted() -> Segmenter:
    """Weighs words at random: what is measured comes from the pairs, not from what was learnt."""
    return Segmenter(
        replace(
            tiny_segmenter().classifiers,
            space=random_space(np.random.default_rng(1)),
            relatedness=Relatedness(slope=8.0, middle=0.5),
        ),
        {},
    )


def test_figures_hold_both_kinds_of_pairs(unfitted: Segmenter, articles: list[Article]) -> None:
    found = measure(unfitted, articles)
    assert set(found) == {"auc", "same_event", "unrelated", "pairs"}
    assert found["pairs"] == 1
    assert 0 <= found["unrelated"] <= 1
    assert found == measure(unfitted, articles), "the same pairs are drawn again"


def test_without_two_articles_on_one_event_there_is_nothing_to_say(unfitted: Segmenter) -> None:
    assert measure(unfitted, [article(1), article(2)]) == {}
