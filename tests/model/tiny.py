"""A model fitted in seconds from invented articles: weak, but every part of it is real."""

from __future__ import annotations

import os
import random
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from model.page import Page
from model.segmenter import Segmenter
from model.word_space import WordSpace
from model.words import WordTable
from training import reviewers, run_ons
from training.corpus import Article
from training.fit import fit
from training.plan import Plan

COMMON = (
    "the", "of", "and", "to", "in", "on", "was", "said", "for", "with", "that", "by", "after",
    "from", "people", "year", "town", "new",
)  # fmt: skip
PLAN = Plan(
    pages=170,
    wording_pages=60,
    vector_steps=40,
    rounds=20,
    first_rounds=8,
    spliced=10,
    set_in=10,
    tuning_pages=30,
    jobs=1,
)


def hurry(patch: pytest.MonkeyPatch) -> None:
    """Coarse words, reviewers of few rounds and short tables on the card.

    For tests of other things, whose small fits and trainings take a third of their time with it.
    """
    patch.setattr("training.vectors.DIMENSIONS", 12)
    patch.setattr("training.vocabulary.BUCKETS", 500)
    sizes = {name: (15, 7, least) for name, (*_, least) in reviewers._SIZES.items()}
    patch.setattr(reviewers, "_SIZES", sizes)
    patch.setattr("training.thresholds.THRESHOLDS", (None, 0.5))
    patch.setattr("training.importance._ROUNDS", 1)
    boost = run_ons.HistGradientBoostingClassifier
    patch.setattr(
        run_ons, "HistGradientBoostingClassifier", lambda **of: boost(**of | {"max_iter": 15})
    )


@cache
def topic_words(topic: str) -> tuple[str, ...]:
    """Sixty words that only this topic has."""
    rng = random.Random(topic)
    return tuple(
        "".join(rng.choice("bcdfglmnprstv") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
        for _ in range(60)
    )


def sentence(rng: random.Random, topic: str, words: int = 0) -> str:
    """A sentence about a topic, a third of it words that any sentence has."""
    count = words or rng.randint(9, 16)
    some = [rng.choice(topic_words(topic) if rng.random() < 0.65 else COMMON) for _ in range(count)]
    return " ".join(some).capitalize() + "."


def article(number: int, *, topic: str = "", lang: str = "en", paragraphs: int = 6) -> Article:
    """An invented article; equal numbers and topics make equal articles."""
    topic = topic or f"topic {number % 12}"
    rng = random.Random(f"{lang}/{topic}/{number}")
    own = f"{topic}/{number // 24}"
    body = [
        f"{sentence(rng, topic)} {sentence(rng, own)} {sentence(rng, topic)}"
        for _ in range(paragraphs)
    ]
    return Article(
        id=f"{lang}-{topic}-{number}",
        outlet=f"{lang}-outlet-{number % 7}",
        lang=lang,
        title=sentence(rng, topic, 7)[:-1],
        date="2024-03-09",
        byline=f"{sentence(rng, own, 1)[:-1]} {sentence(rng, own, 1)[:-1]}",
        text="\n".join(body),
        topic=topic,
    )


@cache
def articles() -> tuple[Article, ...]:
    return tuple(article(n) for n in range(150)) + tuple(article(n, lang="mi") for n in range(50))


@cache
def tiny_segmenter() -> Segmenter:
    """Fitted once a run, by the worker that comes first."""
    shared = os.environ.get("STORYSEAM_TEST_SHARED")  # set by `tests/conftest.py`
    if shared is None:
        return fit(articles(), seed=5, plan=PLAN)
    folder = Path(shared) / "tiny"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            fit(articles(), seed=5, plan=PLAN).save(folder)
    return Segmenter.load(folder)


def story(topic: str, number: int = 0, *, headline: bool = True, paragraphs: int = 5) -> str:
    """Lines of one story that no model has seen."""
    made = article(10_000 + number, topic=topic, paragraphs=paragraphs)
    return f"{made.title}\n{made.text}" if headline else made.text


def random_space(rng: np.random.Generator, words: int = 30, dims: int = 6) -> WordSpace:
    """Vectors without meaning, for what is computed with them."""
    table = WordTable([f"w{n}" for n in range(words)], buckets=16)
    return WordSpace(
        table=table,
        vectors=rng.integers(-90, 90, (len(table), dims)).astype(np.int8),
        scale=rng.uniform(0.005, 0.02, len(table)).astype(np.float32),
        rarity=rng.uniform(0.05, 1.3, len(table)).astype(np.float32),
    )


def random_text(rng: np.random.Generator, blocks: int, words: int = 40) -> str:
    """Lines of few words from a small stock, some of them unknown to `random_space`."""
    return "\n".join(
        " ".join(
            (f"W{n}" if rng.random() < 0.3 else f"w{n}")
            for n in rng.integers(0, words, rng.integers(1, 18))
        )
        for _ in range(blocks)
    )


def random_page(rng: np.random.Generator, blocks: int) -> Page:
    return Page.from_text(random_text(rng, blocks))
