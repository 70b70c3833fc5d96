"""How well ``relatedness`` tells two reports on one event from two unrelated stories.

    python -m training.relatedness ARTICLES... [--model DIR] [--held-out]

Nobody labelled which articles report on one event. So it is read from what the model does not weigh
as such: pairs that share several names which hardly any other article has are taken for one event,
pairs drawn at random that share none for unrelated. `en_fnc1` holds many of the first.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from model.batch import Batch
from model.page import Page
from model.segmenter import Segmenter
from training.corpus import Article, read_articles
from training.holdout import held_out_split

__all__ = ["measure", "pairs_of_one_event"]

Floats = NDArray[np.float32]

# Names that at most so many articles have are rare; a report on a big event has a dozen followers.
RARE = 12
# Rare names that two articles share if they report on one event; of 14 pairs drawn from en_fnc1 and
# read, all did.
SHARED = 5
# A name that is capitalised within a sentence, so that no first words come in.
_NAME = re.compile(r"(?<=[a-zß-ÿ,] )[A-ZÀ-Þ][\w’'-]{3,}")


def pairs_of_one_event(texts: Sequence[str]) -> set[tuple[int, int]]:
    """Pairs of texts, by their places, that share at least `SHARED` rare names."""
    names = [set(_NAME.findall(text)) for text in texts]
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for at, some in enumerate(names):
        for name in some:
            holders[name].append(at)
    shared: Counter[tuple[int, int]] = Counter()
    for some_at in holders.values():
        if 2 <= len(some_at) <= RARE:
            shared.update(combinations(some_at, 2))
    return {pair for pair, count in shared.items() if count >= SHARED}


def measure(
    segmenter: Segmenter, articles: Iterable[Article], *, seed: int = 0
) -> dict[str, float]:
    """The area under the ROC curve, and what relatedness says of either kind of pair on average.

    Returns
    -------
    dict
        ``auc``; ``same_event`` and ``unrelated``, means of such pairs; ``pairs`` of one event, as
        many unrelated ones being drawn. Empty where no two articles report on one event.
    """
    by_lang: defaultdict[str, list[Article]] = defaultdict(list)
    for article in articles:
        by_lang[article.lang].append(article)
    rng = np.random.default_rng(seed)
    same: list[float] = []
    unrelated: list[float] = []
    for lang in sorted(by_lang):
        some = by_lang[lang]
        one_event = pairs_of_one_event([article.text for article in some])
        if not one_event:
            continue
        vectors = _vectors(segmenter, some)
        score = segmenter.classifiers.relatedness
        same += [score(float(vectors[a] @ vectors[b])) for a, b in sorted(one_event)]
        drawn = rng.integers(len(some), size=(len(one_event) * 2, 2))
        pairs = [(a, b) for a, b in np.sort(drawn).tolist() if a != b and (a, b) not in one_event]
        unrelated += [score(float(vectors[a] @ vectors[b])) for a, b in pairs[: len(one_event)]]
    if not same or not unrelated:
        return {}
    truth = [1] * len(same) + [0] * len(unrelated)
    return {
        "auc": round(float(roc_auc_score(truth, same + unrelated)), 4),
        "same_event": round(float(np.mean(same)), 4),
        "unrelated": round(float(np.mean(unrelated)), 4),
        "pairs": len(same),
    }


def _vectors(segmenter: Segmenter, articles: Sequence[Article]) -> Floats:
    """One vector of length 1 for each article, as `model.stories` makes it of a story."""
    space = segmenter.classifiers.space
    out = []
    for article in articles:
        batch = Batch.read([Page.from_text(article.text)], space.table)
        whole = space.block_vectors(batch).sum(axis=0)
        out.append(whole / max(float(np.linalg.norm(whole)), 1e-9))
    return np.stack(out).astype(np.float32)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m training.relatedness", description=__doc__)
    parser.add_argument("articles", type=Path, nargs="+", help="JSONL(.gz/.xz/.zst), Parquet, .txt")
    parser.add_argument("--model", type=Path, help="by default the one that ships")
    parser.add_argument("--held-out", action="store_true", help="only outlets never trained on")
    options = parser.parse_args()
    articles = list(read_articles(options.articles))
    if options.held_out:
        articles = list(held_out_split(articles, langs=())[1])
    print(json.dumps(measure(Segmenter.load(options.model), articles), indent=1))


if __name__ == "__main__":
    main()
