"""Word vectors that know what belongs to one story.

Two windows of one article should point the same way, windows of two articles should not: the rows
of the word table are trained for exactly that, by a contrastive loss over batches of articles of
one language (InfoNCE, van den Oord et al. 2018), from a start by latent semantic analysis. The
length that a row takes on says how much its word weighs, so no other weighting is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits

from model.word_space import WordSpace
from model.words import WordTable
from training.corpus import Article
from training.vocabulary import Rows, Shares, article_counts, rarity_of, tokenise

__all__ = ["latent_semantics", "learn_space"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

DIMENSIONS = 128
# Windows of held-out articles are told apart as well after 1,500; but in a trial with trees of the
# first look, fitted on 4,000 composed pages, the average precision of seams on held-out ones was
# .864 with vectors of 7,000 steps (from a slightly older rule for sentences) and .870 with these.
STEPS = 20_000
# Rows that are brought up to date together: all that is made of them stays in a core's cache.
_PIECE = 256
# Articles a step; every other article of the batch is a contrast for each.
BATCH = 512
TEMPERATURE = 0.06
RATE = 0.004
# Steps from 0 to a row's largest value. Sums of many words hide the rounding: with 127 and with 15
# the windows of one held-out article are told from those of others equally well (area under the
# curve .9800 and .9799), and what repeats compresses, by a quarter at 31.
LEVELS = 31
# Windows, in words, between a sentence and half a story.
SHORTEST, LONGEST = 12, 160
# Share of known words that are read as unknown, so that the buckets learn what beginnings and
# endings mean.
FORGOTTEN = 0.2


def learn_space(
    articles: Sequence[Article],
    table: WordTable,
    *,
    seed: int,
    steps: int = STEPS,
    progress: Callable[[int, int], None] | None = None,
) -> WordSpace:
    """Train the rows of the word table on articles.

    Parameters
    ----------
    progress : callable, optional
        Called with steps done and steps in all.
    """
    rng = np.random.default_rng(seed)
    tokens = tokenise(articles, table)
    usable = [i for i, t in enumerate(tokens) if len(t.rows) >= 2 * SHORTEST]
    counts = article_counts(tokens, len(table))
    rarity = rarity_of(counts)
    vectors = _semantic_analysis(counts, rarity, seed)
    del counts
    pairs = _known_pairs(table)
    groups = _groups(articles, usable)
    moments = np.zeros((2, *vectors.shape), np.float32)

    def draw() -> tuple[csr_matrix, Ints]:
        left, right = [], []
        for i in _draw(groups, rng):
            a, b = _two_windows(len(tokens[i].rows), rng)
            left.append((tokens[i].rows[a], tokens[i].share[a]))
            right.append((tokens[i].rows[b], tokens[i].share[b]))
        return _slim(_windows(left + right, table, pairs, rng))

    # The windows of the next step are drawn while this one is learned from, and half of the rows
    # are brought up to date beside the other half. Sums on several threads would be other sums in
    # their last digits, and some vectors others by a level.
    with (
        ThreadPoolExecutor(1) as ahead,
        ThreadPoolExecutor(1) as beside,
        threadpool_limits(1, user_api="blas"),
    ):
        drawn = ahead.submit(draw)
        for step in range(steps):
            windows, used = drawn.result()
            if step + 1 < steps:
                drawn = ahead.submit(draw)
            rate = RATE * min(1.0, (step + 1) / 200) * (1 - step / steps) ** 0.5
            gradient = _gradient(vectors[used], windows)
            half = len(used) // 2
            other = beside.submit(
                _descend, vectors, moments, used[half:], gradient[half:], rate, step
            )
            _descend(vectors, moments, used[:half], gradient[:half], rate, step)
            other.result()
            if progress is not None and (step + 1) % 50 == 0:
                progress(step + 1, steps)
    return _rounded(vectors, table, rarity)


def latent_semantics(articles: Sequence[Article], table: WordTable, seed: int) -> WordSpace:
    """What the vectors begin with, and what they would be without being trained."""
    counts = article_counts(tokenise(articles, table), len(table))
    rarity = rarity_of(counts)
    return _rounded(_semantic_analysis(counts, rarity, seed), table, rarity)


def _rounded(vectors: Floats, table: WordTable, rarity: Floats) -> WordSpace:
    peak = np.abs(vectors).max(axis=1)
    scale = np.where(peak > 0, peak / LEVELS, 1.0).astype(np.float32)
    return WordSpace(
        table=table,
        vectors=np.rint(vectors / scale[:, None]).astype(np.int8),
        scale=scale,
        rarity=rarity,
    )


def _semantic_analysis(counts: csr_matrix, rarity: Floats, seed: int) -> Floats:
    """Where to begin: singular vectors of the damped counts."""
    damped = counts.copy()
    damped.data = np.log1p(damped.data) * rarity[damped.indices]
    norm = np.sqrt(np.asarray(damped.multiply(damped).sum(axis=1)).ravel())
    # In place: a product with a column is made of three more of these.
    damped.data *= np.repeat(1.0 / np.maximum(norm, 1e-6), np.diff(damped.indptr))
    # On one thread, as in `learn_space`.
    with threadpool_limits(1, user_api="blas"):
        svd = TruncatedSVD(DIMENSIONS, n_iter=3, random_state=seed).fit(damped)
    vectors = svd.components_.T * np.sqrt(1.0 / np.maximum(svd.singular_values_, 1e-6))
    vectors = vectors * rarity[:, None]
    noise = np.random.default_rng(seed).normal(0, 0.02, vectors.shape)
    scale = np.sqrt((vectors**2).sum(axis=1).mean())
    return np.asarray(vectors / max(scale, 1e-6) + noise * rarity[:, None], dtype=np.float32)


def _known_pairs(table: WordTable) -> Ints:
    """Bucket rows of every vocabulary word."""
    return table.buckets_of(table.vocabulary)


def _groups(articles: Sequence[Article], usable: Sequence[int]) -> list[list[Ints]]:
    """Articles by language, and within it by topic or outlet: neighbours are the hard contrast."""
    langs: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for i in usable:
        article = articles[i]
        langs[article.lang][article.topic or article.outlet].append(i)
    return [
        [np.asarray(members) for members in kinds.values()] for _, kinds in sorted(langs.items())
    ]


def _draw(groups: list[list[Ints]], rng: np.random.Generator) -> Ints:
    """Articles of one language; half of the time all of one topic or outlet."""
    sizes = np.asarray([sum(len(k) for k in kinds) for kinds in groups], float)
    weight = np.sqrt(sizes)
    kinds = groups[rng.choice(len(groups), p=weight / weight.sum())]
    if rng.random() < 0.5:
        part = np.asarray([len(k) for k in kinds], float)
        members = kinds[rng.choice(len(kinds), p=part / part.sum())]
        if len(members) >= 24:
            return rng.choice(members, min(BATCH, len(members)), replace=False)
    members = np.concatenate(kinds)
    return rng.choice(members, min(BATCH, len(members)), replace=False)


def _two_windows(n: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """Two windows of one article that do not overlap, half of the time next to each other."""
    a, b = np.exp(rng.uniform(np.log(SHORTEST), np.log(LONGEST), 2)).astype(int)
    a, b = min(a, n // 2), min(b, n // 2)
    spare = n - a - b
    gap = 0 if rng.random() < 0.5 else int(rng.integers(0, spare + 1))
    at = int(rng.integers(0, spare - gap + 1))
    return slice(at, at + a), slice(at + a + gap, at + a + gap + b)


def _windows(
    parts: list[tuple[Rows, Shares]], table: WordTable, pairs: Ints, rng: np.random.Generator
) -> csr_matrix:
    """One row of word counts a window, some known words read as unknown."""
    rows = np.concatenate([p[0] for p in parts])
    share = np.concatenate([p[1] for p in parts])
    owner = np.repeat(np.arange(len(parts)), [len(p[0]) for p in parts])
    known = (rows[:, 0] < len(table.vocabulary)) & (share[:, 0] == 1.0)
    forget = known & (rng.random(len(rows)) < FORGOTTEN)
    rows[forget] = pairs[rows[forget, 0]]
    share[forget] = 0.5
    return csr_matrix(
        (share.ravel(), (np.repeat(owner, 2), rows.ravel())),
        shape=(len(parts), len(table)),
        dtype=np.float32,
    )


def _slim(windows: csr_matrix) -> tuple[csr_matrix, Ints]:
    """The same windows over the rows that occur, and which rows these are, ascending."""
    most = windows.shape[1]
    occurs = np.zeros(most, bool)
    occurs[windows.indices] = True
    used = np.flatnonzero(occurs)
    # As `np.unique` does, without sorting.
    place = np.empty(most, windows.indices.dtype)
    place[used] = np.arange(len(used))
    shape = (windows.shape[0], len(used))
    return csr_matrix((windows.data, place[windows.indices], windows.indptr), shape=shape), used


def _gradient(rows: Floats, windows: csr_matrix) -> Floats:
    """Slope of InfoNCE.

    Parameters
    ----------
    rows : float32 array, shape (n_used, n_dims)
        Vectors of the rows that occur.
    windows : csr_matrix, shape (2 * n, n_used)
        One of each article, then the other of each in the same order.
    """
    n = windows.shape[0] // 2
    sums = np.asarray(windows @ rows)
    norm = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    unit = sums / norm
    scores = unit[:n] @ unit[n:].T / TEMPERATURE
    across = np.exp(scores - scores.max(axis=1, keepdims=True))
    across /= across.sum(axis=1, keepdims=True)
    down = np.exp(scores - scores.max(axis=0, keepdims=True))
    down /= down.sum(axis=0, keepdims=True)
    slope = (across + down - 2 * np.eye(n, dtype=np.float32)) / (2 * n * TEMPERATURE)
    pull = np.concatenate([slope @ unit[n:], slope.T @ unit[:n]])
    pull -= unit * (unit * pull).sum(axis=1, keepdims=True)
    return np.asarray(windows.T @ (pull / norm), dtype=np.float32)


def _descend(
    vectors: Floats, moments: Floats, used: Ints, gradient: Floats, rate: float, step: int
) -> None:
    """One step of Adam on the rows that occur."""
    correct = np.sqrt(1 - 0.999 ** (step + 1)) / (1 - 0.9 ** (step + 1))
    for low in range(0, len(used), _PIECE):
        some, slope = used[low : low + _PIECE], gradient[low : low + _PIECE]
        first = moments[0, some] * 0.9 + slope * 0.1
        second = moments[1, some] * 0.999 + slope**2 * 0.001
        moments[0, some], moments[1, some] = first, second
        vectors[some] -= rate * correct * first / (np.sqrt(second) + 1e-8)
