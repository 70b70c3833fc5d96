"""What the looks measure of a page, word by word and gap by gap: slow, and simple enough to be
believed.

The oracle of :mod:`tests.model.test_oracle`. Each function stands in for one of :mod:`model` with
the same parameters and results, and takes page after page.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch
from model.feature import Feature
from model.look import Look
from model.places import PLACES
from model.subject import one_subject
from model.trees import FIRST_SAY, Settled
from model.word_space import WordSpace
from model.wording import Wording
from model.words import Words, WordTable
from tests.model.slow_cohesion import Link, SlowPage, slow_columns, slow_segments
from tests.model.slow_words import slow_words
from tests.model.test_places import slow_places

Floats = NDArray[np.float32]

# Numbers of words outside the vocabulary and of pairs, as `Words.unlearned` tells them apart.
_WORDS, _PAIRS, _SYLLABLES = 1 << 32, 2 << 32, 1 << 44
# What one more run costs a parting, and what a block must count to be parted from others.
_RUN, _LEAST = 2.74, 0.1


class TextPage(SlowPage):
    """A slow page of any text, where :class:`SlowPage` wants words with single spaces."""

    def __init__(self, blocks: Sequence[str], space: WordSpace, prose: Sequence[float]) -> None:
        self.n, self.prose, self.sums = len(blocks), list(prose), {}
        known = len(space.table.vocabulary)
        dense = space.vectors.astype(np.float64) * space.scale[:, None].astype(np.float64)
        meaning = [np.zeros(dense.shape[1]) for _ in blocks]
        self.counts = [0] * self.n
        self.tokens = []
        pieces: list[tuple[int, ...]] = []
        unlearned = 0
        for token in slow_words(blocks, space.table):
            self.counts[token.block] += 1
            for row in token.rows:
                meaning[token.block] += token.share * dense[row]
            row = token.rows[0]
            rarity = float(space.rarity[row]) if row < known else 1.0
            self.tokens.append((token.key, token.block, token.capital, rarity))
            pieces.append(token.rows if len(token.rows) > 1 else ())
            unlearned += len(token.rows) > 1 or token.syllables
        trust = min(max((0.85 - unlearned / max(len(pieces), 1)) / 0.3, 0.0), 1.0)
        self.meaning = [trust * vector for vector in meaning]
        rarities = [rarity for *_, rarity in self.tokens]
        self.recurrence = self._recurrence(pieces)
        self.vectors = [
            np.concatenate([one, 12.0 * other])
            for one, other in zip(self.meaning, self.recurrence, strict=True)
        ]
        self.tokens = [
            (key, at, capital, float(np.float32(rarity) * np.float32(says / rarity)))
            for (key, at, capital, says), rarity in zip(self.tokens, rarities, strict=True)
        ]
        self.links = self._rounded_links()
        self.mass = [0.0] * self.n
        for _, at, _, rarity in self.tokens:
            self.mass[at] += rarity * self.prose[at]

    def _rounded_links(self) -> list[Link]:
        """Links with weights in single precision, as :mod:`model.chains` has them.

        Where all words of a block come back, nothing ends but what this rounding leaves of it:
        trees are fitted on that and split there, so that it has to be the same.
        """
        single = copy.copy(self)
        single.prose = [np.float32(share) for share in self.prose]
        single.tokens = [(*token[:3], np.float32(token[3])) for token in self.tokens]
        return [replace(link, weight=float(link.weight)) for link in single._links()]


def read_words(blocks: Sequence[str], table: WordTable, _: object = None) -> Words:
    """As :func:`model.words.read_words`."""
    tokens = slow_words(blocks, table)
    known = len(table.vocabulary)
    own: dict[str, int] = {}
    ids = []
    for token in tokens:
        if token.rows[0] < known:
            ids.append(token.rows[0])
        else:
            many = _WORDS if len(token.rows) > 1 else _SYLLABLES if token.syllables else _PAIRS
            ids.append(own.setdefault(token.key, len(own)) + many)
    rows = [(row, token.share, at) for at, token in enumerate(tokens) for row in token.rows]
    return Words(
        ids=np.array(ids, np.int64),
        blocks=np.array([token.block for token in tokens], np.int64),
        capital=np.array([token.capital for token in tokens], bool),
        rows=np.array([row for row, _, _ in rows], np.int64),
        row_share=np.array([share for _, share, _ in rows], np.float32),
        row_tokens=np.array([at for _, _, at in rows], np.int64),
    )


class SlowSpace:
    """What the looks ask :mod:`model.cohesion`, :mod:`model.places` and :mod:`model.partings`, with
    nothing of theirs but their parameters."""

    def __init__(self, space: WordSpace) -> None:
        self.space = space
        # A page is asked for once a look and measurement, and all answers come from its sums.
        self.page = cache(self._page)

    def _page(self, blocks: tuple[str, ...], prose: tuple[float, ...]) -> TextPage:
        return TextPage(blocks, self.space, prose)

    def measure_cohesion(
        self, batch: Batch, _: object, prose: Floats, __: object = None
    ) -> dict[str, Floats]:
        return self._each(batch, prose, lambda page, _: slow_columns(page))

    def compare_segments(
        self, batch: Batch, _: object, prose: Floats, start: Floats, __: object = None
    ) -> dict[str, Floats]:
        def segments(page: SlowPage, own: slice) -> dict[str, list[float]]:
            return {
                f"{name}_{threshold}": values
                for threshold in (0.15, 0.5)
                for name, values in slow_segments(page, start[own].tolist(), threshold).items()
            }

        return self._each(batch, prose, segments)

    def measure_places(
        self, batch: Batch, prose: Floats, start: Floats, _: object
    ) -> dict[str, Floats]:
        def places(page: SlowPage, own: slice) -> dict[str, list[float]]:
            rows = slow_places(page, start[own].tolist())
            return {name: [row[i] for row in rows] for i, name in enumerate(PLACES)}

        return self._each(batch, prose, places)

    def measure_partings(self, batch: Batch, _: object, prose: Floats) -> dict[str, Floats]:
        return self._each(batch, prose, lambda page, _: slow_partings(page))

    def _each(
        self,
        batch: Batch,
        prose: Floats,
        measure: Callable[[SlowPage, slice], dict[str, list[float]]],
    ) -> dict[str, Floats]:
        """The columns of each page, end to end."""
        found: dict[str, list[float]] = {}
        for page, (low, high) in zip(batch.pages, pairwise(batch.offsets.tolist()), strict=True):
            if low == high:
                continue
            slow = self.page(tuple(page.blocks()), tuple(prose[low:high].tolist()))
            for name, values in measure(slow, slice(low, high)).items():
                found.setdefault(name, []).extend(values)
        return {name: np.array(values, np.float32) for name, values in found.items()}


def slow_partings(page: SlowPage) -> dict[str, list[float]]:
    """Both columns of :func:`model.partings.measure_partings`, forward and backward in loops."""
    counted = [at for at in range(page.n) if page.prose[at] > _LEAST]
    many = len(counted)
    split = len(page.meaning[0])
    # Logarithm of the weight of each run of those that count, from one up to before another.
    run: dict[tuple[int, int], float] = {}
    for low in range(many):
        total, mass = np.zeros(len(page.vectors[0])), [0.0, 0.0]
        for high in range(low + 1, many + 1):
            vector = page.prose[counted[high - 1]] * page.vectors[counted[high - 1]]
            total = total + vector
            mass[0] += math.sqrt(float(vector[:split] @ vector[:split]))
            mass[1] += math.sqrt(float(vector[split:] @ vector[split:]))
            square = complex(total[:split] @ total[:split], total[split:] @ total[split:])
            run[low, high] = float(
                one_subject(np.complex128(square), np.complex128(complex(*mass)))
            )
            run[low, high] -= _RUN
    before, after = [0.0] * (many + 1), [0.0] * (many + 1)
    for gap in range(1, many + 1):
        before[gap] = log_sum([before[other] + run[other, gap] for other in range(gap)])
    for gap in range(many - 1, -1, -1):
        after[gap] = log_sum([run[gap, other] + after[other] for other in range(gap + 1, many + 1)])
    parting = [0.0] * page.n
    for gap in range(1, many):
        parting[counted[gap]] = math.exp(before[gap] + after[gap] - before[many])
    return {"parting": parting, "partings": [math.log1p(sum(parting))] * page.n}


def log_sum(values: Sequence[float]) -> float:
    """Logarithm of the sum of the exponentials."""
    most = max(values)
    return most + math.log(sum(math.exp(value - most) for value in values))


def known_share(space: WordSpace, batch: Batch) -> Floats:
    """As :meth:`model.word_space.WordSpace.known_share`."""
    known: list[float] = []
    for page in batch.pages:
        tokens = slow_words(page.blocks(), space.table)
        inside = [token for token in tokens if token.rows[0] < len(space.table.vocabulary)]
        known += [len(inside) / max(len(tokens), 1)] * len(page)
    return np.array(known, np.float32)


def scores(wording: Wording, batch: Batch, table: WordTable) -> Floats:
    """As :meth:`model.wording.Wording.scores`."""
    weights, size = wording.weights.astype(np.float64), len(table)
    out = np.zeros((len(batch), len(wording.bias)))
    for at, block in enumerate(batch.blocks):
        tokens = slow_words([block], table)
        raw = wording.bias.astype(np.float64)
        for place, token in enumerate(tokens):
            for row in token.rows:
                raw = raw + token.share / math.sqrt(len(tokens)) * weights[row]
                if place < 4:
                    raw = raw + token.share / 2 * weights[size + row]
                if place >= len(tokens) - 4:
                    raw = raw + token.share / 2 * weights[2 * size + row]
        out[at] = raw - raw.mean()
    return out.astype(np.float32)


def feature_matrix(
    features: Sequence[Feature], look: Look, rows: NDArray[np.bool_] | None = None
) -> Floats:
    """As :func:`model.feature.feature_matrix`."""
    columns = []
    for feature in features:
        values = feature.function(look)
        column = []
        for low, high in pairwise(look.batch.offsets.tolist()):
            near = range(low + feature.by, high + feature.by)
            column += [float(values[at]) if low <= at < high else math.nan for at in near]
        columns.append(column)
    table = np.array(columns, np.float32).T
    return table if rows is None else table[rows]


class SlowTrees:
    """As :class:`model.trees.Trees`, by scikit-learn's own prediction."""

    def __init__(self, classifier: Any) -> None:
        self._classifier = classifier

    def predict_proba(self, rows: Floats, *, settled: Settled | None = None) -> Floats:
        said = self._classifier.predict_proba(rows)
        several = len(self._classifier._predictors) > self._classifier.max_iter
        if settled is not None and several:
            alone = self._first().predict_proba(rows)
            said = np.where(settled(alone)[:, None], alone, said)
        return np.asarray(said, dtype=np.float32)

    def _first(self) -> Any:
        """The first of several fits, by itself."""
        first = copy.copy(self._classifier)
        first._predictors = []
        for stage in self._classifier._predictors[: first.max_iter]:
            trees = [copy.copy(tree) for tree in stage]
            for tree in trees:
                tree.nodes = tree.nodes.copy()
                tree.nodes["value"] /= FIRST_SAY
            first._predictors.append(trees)
        return first
