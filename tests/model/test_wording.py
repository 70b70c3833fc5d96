"""Word counts of a block, its opening and its end, against counting by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from model.batch import Batch
from model.page import Page
from model.wording import ROLES, Wording, word_counts
from model.words import WordTable, read_words

TABLE = WordTable([f"w{n}" for n in range(20)], buckets=12)
TEXT = "w1 w2 w3 w4 w5 w6 w1\nw7\n***\nw2 nothing w3 w2\nw8 渡轮今天 w9"


def read(*texts: str) -> Batch:
    return Batch.read([Page.from_text(text) for text in texts], TABLE)


def by_hand(block: str) -> dict[int, float]:
    """Column -> share: whole block, first four and last four words."""
    words = read_words([block], TABLE)
    n = len(words.ids)
    out: Counter[int] = Counter()
    size = len(TABLE)
    for row, share, token in zip(
        words.rows.tolist(), words.row_share.tolist(), words.row_tokens.tolist(), strict=True
    ):
        out[row] += share / max(n, 1) ** 0.5
        if token < 4:
            out[size + row] += share / 2
        if token >= n - 4:
            out[2 * size + row] += share / 2
    return dict(out)


def test_counts_are_those_made_by_hand() -> None:
    batch = read(TEXT, "", "w3 w3 w1")
    counts = word_counts(batch, len(TABLE)).toarray()
    assert counts.shape == (len(batch), 3 * len(TABLE))
    for i, block in enumerate(batch.blocks):
        expected = np.zeros(3 * len(TABLE))
        for column, value in by_hand(block).items():
            expected[column] = value
        np.testing.assert_allclose(counts[i], expected, atol=1e-6)


@pytest.fixture
def wording() -> Wording:
    rng = np.random.default_rng(0)
    shape = (3 * len(TABLE), len(ROLES))
    return Wording(
        rng.normal(0, 2, shape).astype(np.float16), rng.normal(0, 1, len(ROLES)).astype(np.float32)
    )


def test_scores_are_the_linear_model_less_its_mean(wording: Wording) -> None:
    batch = read(TEXT)
    counts = word_counts(batch, len(TABLE)).toarray()
    raw = counts @ wording.weights.astype(np.float32) + wording.bias
    scores = wording.scores(batch)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, raw - raw.mean(axis=1, keepdims=True), atol=1e-4)
    # A block without words says what its role is before anything is read.
    np.testing.assert_allclose(scores[2], wording.bias - wording.bias.mean(), atol=1e-6)


def test_a_block_scores_the_same_in_any_batch(wording: Wording) -> None:
    together = wording.scores(read("w1 w2\nnothing w5", TEXT, "w9"))
    np.testing.assert_allclose(together[2:7], wording.scores(read(TEXT)), atol=1e-6)


def test_roles_are_named_once() -> None:
    assert len(set(ROLES)) == len(ROLES)
    assert {"outside", "start"} < set(ROLES)


def test_a_page_of_nothing_has_no_scores(wording: Wording) -> None:
    assert wording.scores(read("")).shape == (0, len(ROLES))
