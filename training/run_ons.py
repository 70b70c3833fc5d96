"""Articles -> the classifier that says at which word of a sentence a story begins.

Pages of two articles each, joined by a space as where line breaks were lost. What an article ends
with, a stop or a photographer's name, is left as it came: that is what there is to learn.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from model.batch import Batch
from model.look import Look
from model.page import Page
from model.run_ons import list_run_ons
from model.word_space import WordSpace
from model.wording import Wording
from training.corpus import Article
from training.foreign import foreign

__all__ = ["fit_run_ons", "pairs"]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Characters of each article that are kept: what a candidate is measured by is nearer.
_KEPT = 1500
# Articles at most, and times that each is followed by another one. Only what ends without a stop
# teaches anything the second time; together its pairs count for twice what they are: of 78
# seams inside held-out sentences 55 are then found, and 3 of 489 others are moved away from where a
# sentence begins. In a trial by their natural share fewer were found, and at four times more moved.
_MOST, _TURNS, _WEIGHT = 9_000, 4, 0.5
_AT_ONCE = 200
# Share of the pairs that are read again in letters that nobody knows, and of these without
# capitals. Or words would be believed where they say nothing: without such pairs seam F1 of running
# text in unknown languages was .634, which is .653 without this reviewer, and with them it is .668.
_FOREIGN, _WITHOUT_CAPITALS = 0.4, 0.5


def pairs(articles: Sequence[Article], seed: int) -> Iterator[tuple[Page, int, bool]]:
    """Pages of two articles of one language.

    Of more articles than ``_MOST`` so many are drawn, of all languages alike.

    Yields
    ------
    (Page, int, bool)
        The page, the character at which its second story begins, and whether a block does, too.
    """
    rng = random.Random(seed)
    if len(articles) > _MOST:
        articles = rng.sample(articles, _MOST)
    by_lang: defaultdict[str, list[str]] = defaultdict(list)
    for article in articles:
        if text := " ".join(article.text.split()):
            by_lang[article.lang].append(text)
    for turn in range(_TURNS):
        for _, texts in sorted(by_lang.items()):
            texts = rng.sample(texts, len(texts))
            for one, other in zip(texts, [*texts[1:], texts[0]], strict=True):
                page = Page.from_text(f"{one[-_KEPT:].lstrip()} {other[:_KEPT]}")
                start = len(one[-_KEPT:].lstrip()) + 1
                stops = start in page.starts
                if len(texts) > 1 and not (turn and stops):
                    yield page, start, stops


def fit_run_ons(
    articles: Sequence[Article], space: WordSpace, wording: Wording, seed: int, *, jobs: int = 1
) -> HistGradientBoostingClassifier | None:
    """Fit it; None where no seam that lies inside a sentence can be learned from."""
    made = [*pairs(articles, seed)]
    made += _foreign(made, seed)
    chunks = [made[at : at + _AT_ONCE] for at in range(0, len(made), _AT_ONCE)]
    parts = Parallel(n_jobs=jobs if len(chunks) > 1 else 1, max_nbytes=None)(
        delayed(_examples)(chunk, space, wording) for chunk in chunks
    )
    if not parts:
        return None
    rows, true, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not true.any() or true.all() or (weights == 1.0).all():
        return None
    classifier = HistGradientBoostingClassifier(
        max_iter=300,
        learning_rate=0.06,
        max_leaf_nodes=31,
        min_samples_leaf=20,
        l2_regularization=2.0,
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    )
    with threadpool_limits(1):
        return classifier.fit(rows, true, sample_weight=weights)


def _foreign(made: Sequence[tuple[Page, int, bool]], seed: int) -> Iterator[tuple[Page, int, bool]]:
    """Some of the pairs in a language that nobody speaks, see :mod:`training.foreign`."""
    rng = random.Random(seed)
    for number, (page, start, stops) in enumerate(made):
        if rng.random() < _FOREIGN:
            capitals = rng.random() >= _WITHOUT_CAPITALS
            text = foreign(page.text, seed + number, capitals=capitals)
            yield replace(page, text=text), start, stops


def _examples(
    some: Sequence[tuple[Page, int, bool]], space: WordSpace, wording: Wording
) -> tuple[Floats, Bools, Floats]:
    """Rows of the candidates of the sentences that seams lie in, which is true, and weights."""
    with threadpool_limits(1):
        batch = Batch.read([page for page, _, _ in some], space.table)
        look = Look.first(batch, space, wording)
        wanted: dict[int, int] = {}
        weight: dict[int, float] = {}
        for low, (page, start, stops) in zip(batch.offsets.tolist(), some, strict=False):
            at = int(np.searchsorted(page.starts, start, side="right")) - 1
            wanted[low + at] = start - int(page.starts[at])
            weight[low + at] = 1.0 if stops else _WEIGHT
        words = list_run_ons(look, [*wanted], space, wording)
    blocks = words.block.tolist()
    true = words.offset == np.asarray([wanted[at] for at in blocks], np.int64)
    # What is no candidate teaches nothing.
    known = np.isin(words.block, words.block[true])
    weights = np.asarray([weight[at] for at in blocks], np.float32)
    return words.rows[known], true[known], weights[known]
