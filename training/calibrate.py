"""Numbers that are chosen when all else is fitted: the threshold, and the scale of relatedness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from model.batch import Batch
from model.cohesion import WordSpace
from model.decoder import decode
from model.page import Page
from model.segmenter import Segmenter
from model.stories import Relatedness
from training.corpus import Article
from training.plan import Labelled

__all__ = ["choose_threshold", "fit_relatedness"]

Floats = NDArray[np.float32]

# At most three in two hundred of the composed pages of one story may be cut. They are full of
# traps: of the held-out ones about one in a hundred is, and some of these are weekly digests that
# hold several stories. Lower it when the model tells them apart more surely: at two thirds of this
# five of twelve invented pages with two stories in plain divs stay whole. It was one in two hundred
# once, when a page was cut by its single gaps.
_MOST_CUT = 0.015
# Finer towards 1: there a hundredth is as much evidence as a tenth is in the middle.
_THRESHOLDS = np.round(1 / (1 + np.exp(-np.arange(0.0, 7.01, 0.25))), 3)
# On composed pages this bar hardly matters; on real feeds, whose stories tell of each other, .5
# in place of .3 loses a third of what is found.
_FURTHER = np.array([0.25, 0.3, 0.35, 0.4])


def choose_threshold(segmenter: Segmenter, pages: Sequence[Labelled]) -> tuple[float, float]:
    """How sure it must be that a page holds a seam, and what each seam needs.

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
    proba = segmenter.label_proba([page for page, _ in pages])
    counts = [
        np.bincount(batch.words.blocks, minlength=len(batch)).astype(np.float32)
        for batch in (Batch.read([page], segmenter.classifiers.space.table) for page, _ in pages)
    ]
    rows = [
        (page, set(truth.starts[1:]), p, tokens)
        for (page, truth), p, tokens in zip(pages, proba, counts, strict=True)
    ]
    single = [(p, tokens) for _, wanted, p, tokens in rows if not wanted]
    best, best_score = (float(_THRESHOLDS[-1]), float(_FURTHER[-1])), -1.0
    for further in _FURTHER.tolist():
        threshold = _lowest(single, further)
        if threshold is None:
            continue
        hits = found = true = 0
        for page, wanted, p, tokens in rows:
            spans = decode(p, tokens, threshold, further)
            seams = {int(page.starts[s.first]) for s in spans[1:]}
            hits += len(seams & wanted)
            found += len(seams)
            true += len(wanted)
        score = 2 * hits / max(found + true, 1)
        if score > best_score:
            best, best_score = (threshold, min(further, threshold)), score
    return best


def _lowest(single: Sequence[tuple[Floats, Floats]], further: float) -> float | None:
    """The lowest threshold that cuts few pages of one story; None if the highest cuts too many."""
    lowest = None
    for threshold in _THRESHOLDS[::-1].tolist():
        cut = sum(len(decode(p, tokens, threshold, further)) > 1 for p, tokens in single)
        if cut > _MOST_CUT * len(single):
            break
        lowest = float(threshold)
    return lowest


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
