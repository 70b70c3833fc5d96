"""Numbers that are chosen when all else is fitted: the two bars, and the scale of relatedness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from model.batch import Batch
from model.page import Page
from model.segmenter import Segmenter
from model.stories import Relatedness
from model.word_space import WordSpace
from training.corpus import Article
from training.plan import Labelled
from training.reviewers import true_cuts

__all__ = ["choose_threshold", "fit_relatedness"]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Of the composed pages of one story so many may be cut. They are full of traps: of the held-out
# ones about half as many are, and some of these are weekly digests of several stories.
_MOST_CUT = 0.01
# Finer towards 1: there a hundredth is as much evidence as a tenth is in the middle.
_THRESHOLDS = np.round(1 / (1 + np.exp(-np.arange(0.0, 7.01, 0.25))), 3)
# What each cut needs, where the page is cut.
_FURTHER = np.array([0.3, 0.35, 0.4, 0.45, 0.5])


@dataclass(frozen=True)
class _Judged:
    """A page with cuts: which are true, how likely each is, and that the page has any."""

    wanted: int
    true: Bools
    chances: Floats
    several: float


def choose_threshold(segmenter: Segmenter, pages: Sequence[Labelled]) -> tuple[float, float]:
    """How sure it must be that a page holds a second story, and what each cut needs.

    The first is the lowest that cuts few pages of one story beside the second, and of such pairs
    the one with the best seam F1 is taken.

    Parameters
    ----------
    pages : sequence of (Page, LabelledPage)
        Pages that nothing was fitted on, some of them with one story.

    Returns
    -------
    (threshold, further)
    """
    judged = list(_judge(segmenter, pages))
    true = sum(len(true_cuts(page)) for page in pages)
    single = sum(len(truth.starts) < 2 for _, truth in pages)
    best, best_score = (float(_THRESHOLDS[-1]), float(_FURTHER[-1])), -1.0
    for further in _FURTHER.tolist():
        threshold = _lowest([one for one in judged if not one.wanted], single, further)
        if threshold is None:
            continue
        sure = [one for one in judged if one.several >= threshold]
        hits = sum(int((one.true & (one.chances >= further)).sum()) for one in sure)
        found = sum(int((one.chances >= further).sum()) for one in sure)
        score = 2 * hits / max(found + true, 1)
        if score > best_score:
            best, best_score = (threshold, min(further, threshold)), score
    return best


def _judge(segmenter: Segmenter, pages: Sequence[Labelled]) -> Iterator[_Judged]:
    """The pages that have cuts."""
    first = 0
    for cuts, _, found in segmenter.drafts([page for page, _ in pages]):
        chances, several = segmenter.judge(cuts)
        bounds = pairwise(cuts.offsets.tolist())
        for page, (a, b), sure in zip(cuts.pages.tolist(), bounds, several.tolist(), strict=True):
            wanted = true_cuts(pages[first + page])
            true = np.array([span.first in wanted for span in found[page][1:]])
            yield _Judged(len(wanted), true, chances[a:b], sure)
        first += len(found)


def _lowest(judged: Sequence[_Judged], single: int, further: float) -> float | None:
    """The lowest threshold that cuts few pages of one story; None if the highest cuts too many."""
    sure = np.sort([one.several for one in judged if (one.chances >= further).any()])
    for threshold in _THRESHOLDS.tolist():
        if len(sure) - np.searchsorted(sure, threshold) <= _MOST_CUT * single:
            return float(threshold)
    return None


def fit_relatedness(articles: Sequence[Article], space: WordSpace, seed: int) -> Relatedness:
    """Halves of one article stand for one event, halves of two for unrelated stories."""
    rng = np.random.default_rng(seed)
    by_lang: dict[str, list[Article]] = {}
    for article in articles:
        by_lang.setdefault(article.lang, []).append(article)
    cosines, same = [], []
    for lang in sorted(by_lang):
        some = by_lang[lang][:300]
        halves = [_halves(a, space) for a in some]
        for i, (left, right) in enumerate(halves):
            other = halves[int(rng.integers(len(halves)))][1] if len(halves) > 1 else right
            for vector, label in ((right, 1), (other, 0)):
                norm = float(np.linalg.norm(left) * np.linalg.norm(vector))
                if norm > 0 and (label or other is not right):
                    cosines.append(float(left @ vector) / norm)
                    same.append(label)
            del i
    model = LogisticRegression(C=100.0).fit(np.asarray(cosines)[:, None], same)
    slope = float(model.coef_[0, 0])
    return Relatedness(slope=slope, middle=-float(model.intercept_[0]) / slope)


def _halves(article: Article, space: WordSpace) -> tuple[Floats, Floats]:
    paragraphs = article.paragraphs
    if len(paragraphs) < 2:
        middle = len(article.text) // 2
        paragraphs = [article.text[:middle], article.text[middle:]]
    batch = Batch.read([Page.from_text("\n".join(paragraphs))], space.table)
    vectors = space.block_vectors(batch)
    cut = max(1, len(vectors) // 2)
    return vectors[:cut].sum(axis=0), vectors[cut:].sum(axis=0)
